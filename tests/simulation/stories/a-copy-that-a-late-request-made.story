# syncd story 1
# A creation that was given up arrived after the activity was renamed and a colleague had moved the event:
# the copy that it made shows the old name, and nobody can tell whose that is.

world
    practice = two calendars
the clinic books
time passes
    n1 second create on its way = late
the clinic renames an activity
time passes
a colleague relocates
    where = right there
