# syncd story 1
# A booking waited for its calendar's word, and its node ended. A month later it was too old to be
# published, so that nobody's word was missing any more, and then it was moved ahead. The oracle
# held that who booked it was told what was not so yet.

world
    practice = two have the last word
    nodes = 2
the clinic books
time passes
    seconds = 2700000
    n1 read #16 = crash
the clinic moves
a client waits no longer
