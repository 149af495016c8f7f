# syncd story 1
# An event was moved, made recurring and called off at once: what is called off takes no time, though
# its kind is disputed.

world
    nodes = 2
a colleague adds
the clinic books
    starts = across the horizon
the clinic books
    starts = across the horizon
the clinic books
time passes
the clinic books
the clinic books
a colleague moves
time passes
a colleague removes
a colleague makes recurring
    event = 1
the clinic moves
a colleague moves
    event = 1
a colleague calls off
    event = 1
time passes
    n1 read = ledger away
    n2 after apply_pull.work = ledger away
the clinic moves
    which = written
    time = half taken
    like = 1
