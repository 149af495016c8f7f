"""`syncd demo`: a practice and two calendars of a real server, kept alike while a colleague edits.

Every command is the one that a person would type, and is really run; every claim is checked against
the ledger, or against what the server says.
"""

from syncd.cli.demo.story import play

__all__ = ["play"]
