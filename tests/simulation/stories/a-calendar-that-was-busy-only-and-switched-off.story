# syncd story 1
# While a calendar was busy only, the links to it ended; switched off and on again as two-way it never
# got the appointments back.

world
the clinic books
time passes
the practice changes
    setting = mode
    value = 3
a colleague relocates
time passes
the practice changes
    value = 1
