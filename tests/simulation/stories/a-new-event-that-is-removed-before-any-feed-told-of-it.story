# syncd story 1
# Made by syncd and removed by a colleague between two polls: no feed need tell of it, and the
# appointment stood until the next full listing.

world
    server = no word of brief lives
the clinic books
time passes
a colleague removes
