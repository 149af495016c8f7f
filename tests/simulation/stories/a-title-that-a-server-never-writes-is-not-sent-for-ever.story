# syncd story 1
# Cal.com keeps its own titles; a change of mode had the title sent at every poll.

world
    server = calcom
the clinic books
the practice changes
    setting = mode
    value = 1
