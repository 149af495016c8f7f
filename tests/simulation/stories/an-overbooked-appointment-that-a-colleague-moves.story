# syncd story 1
# Overbooked where it was, it hid that it overlaps another one where a colleague moved it.

world
    open = from 8 to 18
the clinic books
a colleague adds
a colleague moves
the clinic books
    how = overbooked
    time = taken
time passes
a colleague moves
    where = right there
