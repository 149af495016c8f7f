# syncd story 1
# The link of an event that became a series ended in one transaction; the database broke off before
# the next, which was to note that the event is a stranger's.

world
    batch = 2
the clinic books
    front read = crash
the clinic books
    starts = after a year
a colleague adds
a colleague adds
time passes
    seconds = 90000
a colleague makes recurring
    event = 2
time passes
the practice changes
    setting = mode
    value = 2
the clinic cancels
    appointment = 1
time passes
    n1 before apply_pull.work #2 = ledger away
