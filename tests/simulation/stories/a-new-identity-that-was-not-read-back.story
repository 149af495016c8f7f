# syncd story 1
# A server that moves an event by making a new one did not show the new one at once. Its UID was
# taken for a stranger's, and the appointment was cancelled.

world
    server = calcom
    nodes = 2
the clinic books
a colleague adds
    kind = floating
a node freezes
a colleague adds
time passes
the clinic books
the clinic moves
    starts = after a year
time passes
    n2 main update before = rejected
    n2 main update before #2 = rate limited
time passes
a colleague removes
time passes
    n2 main get_many before #2 = rate limited
