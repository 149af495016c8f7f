# syncd story 1
# A creation in the same round had the calendar looked at once more, and what was not shown for a
# moment was taken for gone.

world
    server = no bodies in the feed
a colleague adds
time passes
the clinic books
a colleague relocates
an object is not answered for
time passes
