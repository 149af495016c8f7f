# syncd story 1
# In a calendar that only shows, an event that may have moved was kept with an end, as if it took
# time there.

world
    practice = publishes
a colleague adds
a colleague adds
time passes
time passes
    n1 read = switch
a colleague calls off
a colleague relocates
    silent = the old place
somebody goes on
a colleague spoils
