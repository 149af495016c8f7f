# syncd story 1
# A colleague removed an event from a calendar that is only written to. A request of before, which
# had been given up, arrived then and made another one, and that became the appointment's. It is no
# stranger's: the oracle took it for one.

world
    server = calcom
    practice = two calendars, one to show
the clinic books
time passes
    n1 public create on its way = late
time passes
a colleague removes
    calendar = 1
