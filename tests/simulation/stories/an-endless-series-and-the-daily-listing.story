# syncd story 1
# A series that cannot be expanded was taken for an old answer at each listing, so that no listing
# was ever complete and nothing that had been refused was tried again.

world
a colleague adds
an item is refused
a colleague adds
    kind = daily since long ago
the clinic books
time passes
a colleague removes
    where = right there
time passes
the clinic moves
