# syncd story 1

world
    server = versions that begin anew
    practice = one has the last word
a hint arrives
    kind = delivers
the clock steps
    by = -86400
