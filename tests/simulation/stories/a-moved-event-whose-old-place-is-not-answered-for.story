# syncd story 1
# An event moved to another address, and the server said nothing about the old one: the event was
# adopted once more, and its first appointment cancelled a round later.

world
    practice = two calendars, one to show
a colleague adds
time passes
    n1 before Pusher._intend = crash
a colleague relocates
time passes
    n1 main answer to get_many = leaves one out
