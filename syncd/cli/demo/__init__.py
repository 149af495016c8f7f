"""`syncd demo`: a practice and the calendars of its people, kept alike while all of them edit.

Every command is the one that a person would type, and is really run; every claim is checked against
the ledger, or against what the other side says. It begins in `story`.
"""
