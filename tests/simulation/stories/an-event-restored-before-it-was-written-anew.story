# syncd story 1
# The practice let its version of a removed event stand; a colleague restored the event before it
# was written under a new identity: then there were two.

world
the clinic books
time passes
the clinic moves
a colleague removes
time passes
the clinic resolves
a colleague restores
