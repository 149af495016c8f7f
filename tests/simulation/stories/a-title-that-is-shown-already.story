# syncd story 1
# A late creation showed a title that the practice had wanted before, and wanted again: it was asked
# for once more, and the event written as it was.

world
the clinic books
    how = held
the clinic books
time passes
    n1 main create on its way = late
the practice changes
    setting = disclosure
time passes
the clinic moves
a colleague removes
