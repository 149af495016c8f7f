"""What busy hours of real daemons have in common.

One hand only moves or ends what it made itself, so that what must be in the end is known.
"""

from __future__ import annotations

from system.running_practice import Practice, until
from torture.diary import COLLEAGUE, STAFF, Diary

LEASE = {"lease_ttl": 0.8, "heartbeat_every": 0.2, "first_pause": 0.2}
WITHIN = 180.0
"""Seconds for the daemons of a busy machine."""


def busy_hour(diary: Diary, turn: int) -> None:
    """New ones of both hands; older ones move, change their titles or end. Few are deleted, or
    those that gather while every daemon dies early would engage the brake, and rightly."""
    for _ in range(2):
        diary.books()
    diary.adds()
    mine, theirs = diary.alive(STAFF), diary.alive(COLLEAGUE)
    if len(mine) > 6:
        diary.staff_moves(mine[2 + turn % 3])
        diary.staff_cancels(mine[0])
    if len(theirs) > 5:
        diary.colleague_moves(theirs[1 + turn % 3])
        if turn % 4:
            diary.colleague_renames(theirs[4])
        else:
            diary.colleague_deletes(theirs[0])


def until_quiet(practice: Practice) -> None:
    """Some more rounds, in which nothing is written."""
    writes, seen = len(practice.proxy.writes()), len(practice.proxy.log)
    until(lambda: len(practice.proxy.log) > seen + 3, "some more rounds")
    assert len(practice.proxy.writes()) == writes
