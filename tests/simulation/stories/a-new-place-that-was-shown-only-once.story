# syncd story 1
# An event that had moved was shown once at its new place, and not at the next look, when its old
# place was gone: its appointment was cancelled.

world
the clinic books
time passes
a colleague relocates
    silent = the new one
time passes
    n1 main answer to get_many = leaves one out
time passes
