# syncd story 1
# A listing left an event out, and an old answer said that it was not there: that is what a removal
# looks like. The cursor passed it, as it passes what was removed.

world
    answers = sometimes old
the clinic books
time passes
the clinic moves
time passes
a node stops
time passes
time passes
    n1 main answer to listing #3 = leaves one out
    n1 main answer to get_many = stale
    changes ago = 2
