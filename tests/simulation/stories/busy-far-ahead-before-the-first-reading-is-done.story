# syncd story 1
# The first reading broke off after its first batch: there was no horizon yet, and a series that
# was known already kept nobody out a year ahead.

world
    batch = 2
the clinic books
a colleague adds
    kind = floating
a colleague adds
    starts = after a year
    kind = daily for ever
a colleague adds
time passes
    n1 before apply_pull.work = switch
somebody goes on
    n1 after apply_pull.work = ledger away
a colleague adds
the clinic books
a colleague adds
a colleague adds
the clinic moves
    time = taken
    like = 6
