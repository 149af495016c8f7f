# syncd story 1
# The answer to a creation was lost, the appointment moved, and its event was not shown yet: what
# had been intended first was forgotten, and our own event was in conflict with us.

world
    answers = sometimes old
the clinic books
time passes
    n1 main listing before = switch
somebody goes on
    n1 main create after = answer lost
time passes
    n1 read #2 = switch
the clinic moves
somebody goes on
    n1 main answer to listing = stale
