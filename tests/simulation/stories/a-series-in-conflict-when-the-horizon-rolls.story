# syncd story 1
# A colleague made an appointment's event recurring, which is in conflict; it was looked at again in
# the very round in which the horizon rolled on, and its last days were left out.

world
the clinic books
the clinic moves
    starts = after a year
time passes
a colleague makes recurring
time passes
the clinic moves
time passes
    seconds = 2700000
