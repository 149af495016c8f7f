# syncd story 1
# An old answer of a server without versions looks like what is known: only the day's listing tells.

world
    server = no versions
    practice = two calendars, one to show
    answers = sometimes old
    ids = 802636
the clinic books
time passes
a colleague resizes
    minutes = 15
the practice changes
    calendar = 1
    setting = mode
a colleague resizes
    calendar = 1
time passes
    n1 read = crash
a colleague resizes
time passes
    n1 main answer to get_many = stale
