# syncd story 1
# A series of a first reading that broke off was known when it was read again a day later, and its
# last day was free though the horizon said otherwise.

world
    batch = 2
a colleague adds
a colleague adds
    kind = daily for ever
a colleague copies
time passes
    n1 after apply_pull.work = ledger away
time passes
    seconds = 90000
