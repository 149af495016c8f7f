# syncd story 1
# One try was not answered, the next one refused, the appointment cancelled; then the first arrived,
# and a busy block for nobody stayed in the public calendar.

world
    practice = publishes
the clinic books
time passes
    n1 main create on its way = late
time passes
    n1 main create before = rejected
the clinic cancels
