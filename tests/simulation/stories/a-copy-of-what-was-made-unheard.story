# syncd story 1
# Of an event that was made unheard somebody made a copy, and syncd went on with the copy: when that
# was removed, another event was written beside the first.

world
    practice = two calendars, one to show
a colleague adds
the clinic books
the clinic books
time passes
    n1 public create on its way #2 = late
time passes
    n1 public create after #2 = answer lost
a colleague renames
    where = right there
a colleague copies
    where = right there
time passes
a colleague removes
    where = right there
