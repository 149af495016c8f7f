# syncd story 1
# What had ended when a clock was a day ahead was not adopted, and was to come again once the clock
# was set back: nobody could have known better.

world
a colleague adds
the clinic books
a colleague adds
time passes
    seconds = 90000
the clock steps
    by = -86400
