# syncd story 1

world
    practice = two have the last word
the clinic books
time passes
    n1 after take.work #2 = switch
the clinic cancels
