# syncd story 1
# An event at a new place waited for its old one, which was not answered for. A listing left it out,
# and the cursor passed a move of it that nobody had read.

world
a colleague adds
time passes
a colleague relocates
    silent = the old place
time passes
a colleague moves
time passes
    n1 main answer to listing #2 = leaves one out
