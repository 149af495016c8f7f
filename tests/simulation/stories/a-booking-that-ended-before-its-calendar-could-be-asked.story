# syncd story 1

world
    practice = two have the last word
the clinic books
time passes
    seconds = 2700000
