# syncd story 1
# An event that was made and never heard of was copied by somebody; then the server showed the
# copy and named the event without showing it. The copy was taken for the event.

world
    practice = publishes
    answers = sometimes old
the clinic books
    front before book.work = done again
time passes
    n1 before Pusher._conclude = ledger away
a colleague copies
time passes
    n1 main answer to get_many #2 = leaves one out
