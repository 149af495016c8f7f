# syncd story 1
# Where a move makes a new event, one was moved again between the change feed and the look at what
# it told of: its last event was in no answer, and the appointment was cancelled.

world
    server = calcom
    nodes = 2
    the dead = unknown
time passes
    n1 read #2 = switch
    n2 read #4 = switch
a colleague adds
somebody goes on
    who = 1
somebody goes on
a colleague moves
time passes
    n1 read #5 = switch
a colleague moves
