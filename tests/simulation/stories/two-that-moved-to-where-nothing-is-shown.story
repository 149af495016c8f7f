# syncd story 1
# Two events moved to places that were named and not shown. Which of them was which could only be
# guessed; the wrong one showed itself first, and its event was adopted once more.

world
    practice = asks about what is removed
a colleague adds
a colleague adds
a colleague adds
a colleague adds
a colleague adds
    starts = after a year
a colleague copies
time passes
a colleague relocates
    silent = the new one
a colleague relocates
    silent = the new one
the clinic resyncs
a colleague adds
a colleague adds
time passes
time passes
a colleague moves
    event = 7
time passes
