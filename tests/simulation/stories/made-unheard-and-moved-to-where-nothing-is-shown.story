# syncd story 1
# The answer to a creation was lost, and a colleague moved the event to an address that was named and
# not shown. It was made another time where it had been, and then there were two.

world
    practice = five calendars
the clinic books
time passes
time passes
    n1 second create after = answer lost
the clinic moves
a colleague relocates
    where = right there
    silent = the new one
time passes
a colleague relocates
    where = right there
