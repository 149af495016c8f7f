# syncd story 1
# A server that is listed in full each time was asked for a refused event at every poll, for ever.

world
    server = a feed that lies
the clinic books
    activity = request
time passes
the clinic confirms
an item is refused
