"""Whether what a round planned to write is still what is wanted, when it writes and once it wrote.

An appointment raises its version when it changes. What its title says of the client and of the
activity is kept with these.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from syncd.core.appointment import Appointment, Link, LinkState
from syncd.core.ids import ActivityId
from syncd.core.practice import Activity
from syncd.core.scene import Scene
from syncd.ledger import Transaction


def is_as_planned(planned: Appointment, now: Appointment) -> bool:
    """Whether neither the appointment nor its client changed."""
    return (planned.version, planned.client) == (now.version, now.client)


def renamed_since(scene: Scene, activities: Sequence[Activity]) -> set[ActivityId | None]:
    """The activities that have another name than when the round began."""
    known = {key: each.name for key, each in scene.activities.items()}
    return {each.id for each in activities if known.get(each.id) != each.name}


def keep_wanted(tx: Transaction, planned: Link, stored: Sequence[Link]) -> None:
    """Leave the link to be written once more, where that was wanted while the write went out:
    `stored` are the appointment's links as they were before its outcome was noted."""
    for before in stored:
        is_here = before.calendar_id == planned.calendar_id
        if is_here and before.pushed_version != planned.pushed_version:
            now = tx.link(before.calendar_id, before.appointment_id)
            if now is not None and now.state is LinkState.IN_SYNC:
                tx.put_links([replace(now, pushed_version=before.pushed_version)])
