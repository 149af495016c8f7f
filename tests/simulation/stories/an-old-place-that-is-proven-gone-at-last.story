# syncd story 1
# An event moved, and its old place was not answered for. When that was gone at last, its new place
# was looked at one round later: the appointment was cancelled, and its event adopted once more.

world
a colleague adds
time passes
a colleague relocates
    silent = the old place
time passes
the clinic cancels
time passes
