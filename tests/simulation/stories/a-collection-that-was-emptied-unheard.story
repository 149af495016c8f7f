# syncd story 1
# A feed that knows no deletions says nothing when all is gone at once: the next day's listing does.

world
    server = calcom
a colleague adds
time passes
a collection is remade
