# syncd story 1
# A publish calendar puts its titles back; where none can be written that was tried at every poll.

world
    server = calcom
    practice = publishes
the clinic books
the practice changes
    setting = disclosure
