# syncd story 1
# A colleague moved an event to an address that the server named and did not show. An hour later an
# answer left its old place out, too: it waited for itself from then on, and was taken for deleted.

world
    practice = two calendars
a colleague adds
time passes
    n1 second changes before = needs login
a colleague relocates
    calendar = 1
    silent = the new one
time passes
time passes
    seconds = 4000
    n1 second answer to get_many #2 = leaves one out
time passes
