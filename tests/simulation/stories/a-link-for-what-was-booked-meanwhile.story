# syncd story 1
# Booked while its calendar was switched off, found by the next full listing, and moved before it was
# written: no later round knew that it belongs there.

world
the clinic books
    front before book.work = switch
the practice changes
    value = 1
somebody goes on
the practice changes
time passes
    n1 main listing before = switch
somebody goes on
    n1 before Pusher._intend = switch
the clinic moves
