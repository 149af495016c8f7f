# syncd story 1
# A server that moves an event by making a new one cancelled the old one, and did not show the new
# one yet: the appointment was cancelled, although it had only been moved.

world
    server = calcom
a colleague adds
a colleague adds
the clinic books
a colleague adds
time passes
    n1 main create on its way = late
a colleague resizes
a colleague calls off
an object is not answered for
    event = 1
time passes
