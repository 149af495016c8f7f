# syncd story 1
# Whose name was erased went on to be shown by the event of an appointment to come.

world
    nodes = 2
the clinic books
time passes
the clinic erases a client
