# syncd story 1
# An event had moved, and its old place was not answered for. When it was asked for without any
# news, an old answer showed it there; it was believed until the next day's listing.

world
    server = versions that begin anew
    practice = two calendars, one to show
    answers = sometimes old
the clinic books
time passes
an object is not answered for
a colleague relocates
    calendar = 1
    silent = the old place
time passes
time passes
    seconds = 90000
a colleague adds
    calendar = 1
time passes
    n1 main answer to get_many = stale
    n1 public answer to get_many = stale
    changes ago #2 = 3
