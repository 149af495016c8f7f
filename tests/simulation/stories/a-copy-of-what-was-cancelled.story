# syncd story 1
# The event of a cancelled appointment was copied to another calendar: it counted as that
# appointment's image there for good, and its time was free.

world
    practice = two calendars, one to show
a colleague adds
a colleague adds
time passes
the clinic cancels
a colleague copies
    calendar = 1
    into = 1
