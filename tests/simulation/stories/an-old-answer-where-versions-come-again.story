# syncd story 1
# Versions of this server come again. An old answer was believed, though the listing before it told of
# the version that was known: the appointment moved back, and then met our own write as a conflict.

world
    server = versions that begin anew
    answers = sometimes old
    ids = 703096
a colleague adds
    kind = weekly
the clinic books
a colleague adds
a colleague adds
the clinic books
a colleague adds
a colleague adds
time passes
the clinic moves
    appointment = 4
    starts = after a year
the clinic moves
time passes
a colleague moves
the clinic moves
time passes
    n1 main update on its way = late
time passes
    n1 main answer to get_many = stale
    changes ago = 2
the clinic cancels
the clinic moves
