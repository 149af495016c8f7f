# syncd story 1
# A late update brought an event back that a colleague had called off in a calendar that only
# shows, after its appointment was cancelled: it was taken for a colleague's, and stayed for good.

world
    practice = two calendars, one to show
    nodes = 2
the clinic books
time passes
a colleague calls off
    calendar = 1
time passes
    n1 before Pusher._intend = crash
    n2 public update on its way = late
the clinic cancels
time passes
