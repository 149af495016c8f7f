# syncd story 1
# An update that restores what a colleague called off arrives when the clinic has cancelled it as well:
# the event lives again, and nobody can tell who did that.

world
    practice = restores what is removed
the clinic books
a colleague adds
    kind = free
time passes
    seconds = 90000
a colleague adds
the clinic books
time passes
a colleague clears out
    how = called off
the clinic cancels
time passes
    n1 main update after = answer lost
time passes
    n1 main update on its way = late
the clinic cancels
    appointment = 1
time passes
