# syncd story 1
# An event moved to an address that was named and not shown at two looks; its old place was gone,
# so its appointment was cancelled.

world
a colleague adds
time passes
a colleague relocates
    silent = the new one
cursors expire
time passes
time passes
