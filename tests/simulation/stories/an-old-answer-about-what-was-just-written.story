# syncd story 1
# A calendar did not answer for what was just written, and then with a colleague's older edit: it was
# believed, and our own write met as a conflict. The calendar is listed again, and a person asked.

world
    answers = sometimes old
    ids = 803795
the clinic books
a colleague adds
time passes
an object is not answered for
a colleague moves
the clinic moves
time passes
a colleague adds
the clinic resolves
time passes
    n1 main answer to get_many = stale
time passes
    n1 main answer to get_many = stale
the clinic moves
