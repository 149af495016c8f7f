# syncd story 1
# A clock set back by a day: what changed afterwards was expanded to an earlier end than the
# horizon said, so that its last days were free.

world
    practice = two calendars
a colleague adds
    calendar = 1
a colleague adds
    calendar = 1
a colleague adds
    calendar = 1
a colleague adds
    calendar = 1
    kind = daily for ever
a colleague adds
the clinic books
the clinic moves
the clinic books
a colleague adds
time passes
a colleague spoils
    calendar = 1
a colleague moves
    calendar = 1
    event = 5
the clock steps
    by = -86400
