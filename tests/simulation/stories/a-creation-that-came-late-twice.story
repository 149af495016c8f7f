# syncd story 1
# A creation came twice, both times long after it was given up, and a colleague moved the first one
# to another address in between: the second is a copy, and nobody's.

world
    practice = adopts nothing
the clinic books
time passes
    n1 main create on its way = late
time passes
    n1 main create on its way = late
a late request arrives
a colleague relocates
    where = right there
