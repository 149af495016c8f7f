# syncd story 1
# A colleague moved an event where moving makes a new one; the new one was shown, the old one not
# answered for. The appointment went on in the new one, and was suspended for the sake of the old.

world
    server = calcom
    nodes = 2
a colleague adds
a colleague adds
a colleague adds
a colleague adds
a colleague adds
the clinic books
the clinic books
a colleague adds
time passes
    n1 main create after = crash
a colleague moves
an object is not answered for
    event = 4
a colleague moves
    event = 4
time passes
