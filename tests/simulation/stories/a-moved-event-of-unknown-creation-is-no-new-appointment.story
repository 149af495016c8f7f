# syncd story 1
# The answer to a creation was lost, the appointment cancelled, the event moved by a colleague: it
# was adopted as a new appointment under another number.

world
the clinic books
time passes
    n1 main create after = answer lost
the clinic cancels
a colleague moves
time passes
the clinic moves
