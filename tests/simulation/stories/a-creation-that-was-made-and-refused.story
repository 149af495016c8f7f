# syncd story 1
# A creation came to the server twice: once it had its effect, and once it was refused, which is what we
# heard. Its appointment was cancelled meanwhile, and the event stayed in the calendar, known to nobody.

world
    practice = adopts nothing
a colleague adds
a colleague copies
time passes
a colleague keeps one copy
time passes
    n1 main check before = switch
the clinic books
    front after book.work = switch
somebody goes on
    n1 before Pusher._intend = switch
somebody goes on
somebody goes on
    n1 after Pusher._intend = switch
the clinic cancels
somebody goes on
    n1 main create on its way = twice
    n1 main create before #2 = rejected
