# syncd story 1
# A new event was renamed before it was first read, and an old body of it believed: the cursor went
# past the rename.

world
    answers = sometimes old
a node stops
the clinic books
time passes
time passes
    n1 main create before = needs login
a colleague adds
a colleague renames
time passes
    n1 main answer to get_many = stale
