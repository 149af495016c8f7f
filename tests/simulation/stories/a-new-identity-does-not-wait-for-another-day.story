# syncd story 1
# An identity was refused for a day; the next day it was found burnt, and the new one waited for
# yet another day.

world
the clinic books
time passes
    n1 main create after = answer lost
an item is refused
a colleague spoils
