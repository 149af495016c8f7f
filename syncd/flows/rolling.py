"""Keep the busy time of what recurs as far ahead as the horizon reaches, while time passes.

Expanding is slow and happens outside of any transaction; what was expanded is compared there.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from syncd.core.errors import Rejected, VersionConflict
from syncd.core.ids import EventRef
from syncd.core.remote import RemoteKind, RemoteRecord
from syncd.core.scene import Scene
from syncd.core.time import Interval
from syncd.flows.picture import BUSY_UNTIL, horizon
from syncd.flows.surroundings import Surroundings
from syncd.ledger import Transaction, View
from syncd.ports import CalendarProvider

ROLL_BEFORE = timedelta(days=30)
"""How much of the busy horizon may have passed before it is expanded anew."""

CLOCKS_DIFFER_BY = timedelta(hours=1)
"""By how much the clocks of two nodes may differ before their horizons count as different."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Expanded:
    """What was made of a stored body: its times, or why it has none any more."""

    body: str
    outcome: tuple[Interval, ...] | str


def has_to_roll(known_until: datetime | None, now: datetime) -> bool:
    """Whether the busy horizon is not where it should be. One that is too far ahead was set by a
    clock that has been set back since: what is expanded from now on ends before it."""
    if known_until is None:
        return True
    return not BUSY_UNTIL - ROLL_BEFORE <= known_until - now <= BUSY_UNTIL + CLOCKS_DIFFER_BY


def expand_anew(
    around: Surroundings, provider: CalendarProvider, scene: Scene
) -> Mapping[EventRef, Expanded]:
    """Every known series of a calendar up to the horizon of this moment: also what a first reading
    stored that was broken off."""
    with around.ledger.read() as view:
        series = _series(view, scene)
    expanded: dict[EventRef, Expanded] = {}
    for ref, (record, body) in series.items():
        try:
            outcome: tuple[Interval, ...] | str = provider.occurrences(body, horizon(scene.now))
        except Rejected as exc:
            log.warning("expansion_refused", calendar=record.calendar_id, code=exc.code)
            outcome = str(exc)
        expanded[ref] = Expanded(body, outcome)
    return expanded


def roll(
    tx: Transaction,
    scene: Scene,
    expanded: Mapping[EventRef, Expanded],
    *,
    read: Collection[EventRef],
    known_until: datetime | None,
) -> None:
    """Have every series take its time up to the horizon; those that are new since they were
    `expanded`, and were `read` in this round, take it already. What is too much work by now keeps
    its time up to `known_until`, and what comes after that is looked at whenever somebody wants it.
    Raises VersionConflict where a series changed meanwhile."""
    busy: dict[EventRef, tuple[Interval, ...]] = {}
    refused: list[RemoteRecord] = []
    for ref, (record, body) in _series(tx, scene).items():
        found = expanded.get(ref)
        if found is None or found.body != body:
            if ref in read:
                continue
            raise VersionConflict("a series changed while it was expanded; look again")
        if not isinstance(found.outcome, str):
            busy[ref] = found.outcome
        elif record.kind is RemoteKind.BUSY:
            refused.append(
                replace(
                    record,
                    kind=RemoteKind.QUARANTINED,
                    reason=found.outcome,
                    ends_at=known_until,
                )
            )
    tx.put_remote_events(refused)
    tx.set_busy(scene.calendar.id, scene.practitioner.id, busy)


def _series(view: View, scene: Scene) -> dict[EventRef, tuple[RemoteRecord, str]]:
    records = view.recurring(scene.calendar.id)
    return {each.ref: (each, each.body) for each in records if each.body}
