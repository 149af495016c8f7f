# syncd story 1
# Where versions cannot tell, an event is looked at before it is deleted; an old answer that did not
# show it yet was taken for its end, and the event of a cancelled appointment stayed.

world
    server = nextcloud
    answers = sometimes old
the clinic books
time passes
    n1 main create on its way = late
the clinic cancels
a late request arrives
time passes
    n1 main answer to get_many #3 = stale
