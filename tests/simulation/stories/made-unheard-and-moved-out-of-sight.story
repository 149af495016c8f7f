# syncd story 1
# Where moving makes a new booking: the answer to a creation was lost, a colleague moved it, and the
# new one was not shown at first. The old one's end was a conflict, and the new one was adopted.

world
    server = calcom
a colleague adds
the clinic books
time passes
    n1 main create after = crash
a colleague removes
a colleague moves
an object is not answered for
time passes
