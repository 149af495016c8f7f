# syncd story 1
# A confirmation arrived twice and was refused the second time: it had its effect, and was written
# once more over what said so already.

world
the clinic books
    activity = request
    starts = in a month
the clinic books
time passes
the clinic confirms
the clinic cancels
time passes
    n1 main update on its way = twice
    n1 main update before #2 = rejected
a colleague relocates
