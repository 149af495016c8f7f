# syncd story 1
# Two old answers took an event for removed; it was made anew, and the answer to that was lost. The old
# one was shown, the new one only named: the old one was taken again, and there were two.

world
    practice = two calendars, one to show
    answers = sometimes old
the clinic books
the clinic books
the clinic cancels
time passes
the clinic moves
a node is killed
time passes
    n1 before Pusher._intend = ledger away
    n1 public answer to listing = stale
    n1 public answer to get_many = stale
    n1 commit #7 = ledger away
time passes
    n1 public answer to get_many = stale
