# syncd story 1
# A creation that was given up arrived after a colleague had removed the event: it came back under the name
# of before, which we then take for a colleague's word, and keep.

world
the clinic books
time passes
    n1 main create on its way = late
the clinic renames a client
time passes
the clinic moves
a colleague removes
