# syncd story 1
# An appointment whose creation was unheard, and whose event then was not answered for until its time
# was over, was moved ahead: what syncd had written itself became a conflict.

world
    practice = two calendars
    nodes = 2
    the dead = unknown
the clinic books
time passes
    n1 before Pusher._conclude = crash
an object is not answered for
time passes
    seconds = 2700000
the clinic moves
