# syncd story 1
# Two old answers in a row denied an event in a calendar that only shows, so it was written another
# time, and that was not shown either. When both were, the appointment went back to the old one.

world
    practice = two calendars, one to show
    answers = sometimes old
    ids = 1852035496
the clinic books
the clinic books
time passes
    n1 after apply_pull.work #2 = ledger away
    n1 public create on its way = late
time passes
    n1 main answer to listing = stale
    n1 public create before = transient
a colleague moves
time passes
    n1 main listing before = transient
    n1 public answer to get_many = stale
time passes
    seconds = 25
    n1 after Leases.beat = ledger away
time passes
    n1 main answer to listing = stale
    n1 public answer to listing = stale
    changes ago #2 = 2
    n1 public answer to get_many = stale
    changes ago #3 = 2
    n1 public answer to get_many #3 = stale
