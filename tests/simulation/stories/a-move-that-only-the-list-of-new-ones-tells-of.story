# syncd story 1
# A booking moved, which makes a new one. The list of what was made told of it, the list of what
# was written was behind: the new one got a number of its own, and the old one's was cancelled.

world
    server = calcom
a colleague adds
time passes
a colleague resizes
time passes
    n1 main answer to changes #2 = only what is new
