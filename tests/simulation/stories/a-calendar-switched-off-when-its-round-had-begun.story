# syncd story 1
# A round that had begun went on to write to a calendar that was switched off meanwhile.

world
the clinic books
time passes
    n1 read #6 = switch
the practice changes
    value = 1
