"""Busy time beyond the horizon to which recurring events were expanded, worked out when asked for.

Somebody books a year and a half ahead now and then; a weekly event takes its time there, too. Asks
no server: the bodies of recurring events are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from functools import wraps
from typing import TypeVar

from syncd.core.errors import Locked, Refused, SlotTaken, Unavailable
from syncd.core.ids import CalendarId, PractitionerId
from syncd.core.practice import Calendar, Practitioner
from syncd.core.remote import RemoteKind, RemoteRecord
from syncd.core.time import Interval
from syncd.flows.surroundings import Surroundings
from syncd.ledger import Transaction, View

T = TypeVar("T")
_Found = list[tuple[Calendar, list[RemoteRecord]]]

TRIES = 3
TAKES_TIME = frozenset({RemoteKind.BUSY, RemoteKind.QUARANTINED, RemoteKind.LINKED})
"""Whose last known body takes time: also what cannot be read any more, and an appointment's event
that somebody made recurring."""


def write_if_free_far_ahead(
    around: Surroundings,
    who: Collection[PractitionerId],
    wanted: Interval,
    work: Callable[[Transaction], T],
) -> T:
    """Do `work` in a transaction, unless a recurring event of any of these practitioners takes some
    of `wanted` beyond its calendar's horizon: then raise SlotTaken. Within the horizon busy time is
    stored. The series are expanded before the transaction and compared inside it; where one changed
    in between it is all done again, and Locked raised once that was tried often. Raises the port's
    errors for an event that cannot be expanded: what is not known is not free."""
    for _ in range(TRIES):
        with around.ledger.read() as view:
            found = _series_far_ahead(view, who, wanted)
            owners = {
                calendar.id: view.practitioner(calendar.practitioner_id) for calendar, _ in found
            }
        if not found:
            return around.ledger.write(work)
        for calendar, series in found:
            theirs = owners[calendar.id]
            if _occurrences(around, calendar, theirs, series=series, wanted=wanted):
                raise SlotTaken(
                    f"{wanted.start:%Y-%m-%dT%H:%MZ} is busy in a calendar of {theirs.id}"
                )
        with suppress(_ChangedMeanwhileError):
            return around.ledger.write(_if_still(found, who, wanted, work))
    raise Locked(f"the calendars of {', '.join(who)} are changing just now; try again")


def busy_far_ahead(
    around: Surroundings, practitioners: Sequence[Practitioner], wanted: Interval
) -> dict[PractitionerId, list[tuple[CalendarId, Interval]]]:
    """When recurring events take some of `wanted` beyond their calendar's horizon, each with its
    calendar. One that cannot be expanded, or whose provider cannot be opened, takes all of it: what
    is not known is not free."""
    who = {each.id: each for each in practitioners}
    with around.ledger.read() as view:
        found = _series_far_ahead(view, who, wanted)
    taken: dict[PractitionerId, list[tuple[CalendarId, Interval]]] = {each: [] for each in who}
    for calendar, series in found:
        theirs = who[calendar.practitioner_id]
        try:
            times = _occurrences(around, calendar, theirs, series=series, wanted=wanted)
        except (Refused, Unavailable):
            times = [wanted]
        taken[theirs.id] += [(calendar.id, each) for each in times]
    return taken


def _if_still(
    found: _Found,
    who: Collection[PractitionerId],
    wanted: Interval,
    work: Callable[[Transaction], T],
) -> Callable[[Transaction], T]:
    """The same work, where the very series stand that were looked at."""

    @wraps(work)
    def checked(tx: Transaction) -> T:
        if _series_far_ahead(tx, who, wanted) != found:
            raise _ChangedMeanwhileError
        return work(tx)

    return checked


class _ChangedMeanwhileError(Exception):
    """A series is not what it was when it was looked at."""


def _series_far_ahead(
    view: View, practitioner_ids: Collection[PractitionerId], wanted: Interval
) -> _Found:
    """What may take time there, by calendar: beyond its horizon whatever recurs, before it what
    could not be expanded that far. A calendar that was never read to its end has no horizon yet,
    though some of its events are known."""
    theirs = [each for each in view.calendars_of(practitioner_ids) if each.mode.blocks]
    if not theirs:
        return []
    states = view.states_of([each.id for each in theirs])
    unknown = view.not_expanded_to(wanted.end)
    found = []
    for calendar in theirs:
        until = states[calendar.id].horizon_until if calendar.id in states else None
        if until is None or until < wanted.end:
            found.append((calendar, _series(view, calendar)))
        elif calendar.id in unknown:
            found.append((calendar, unknown[calendar.id]))
    return found


def _series(view: View, calendar: Calendar) -> list[RemoteRecord]:
    return [each for each in view.recurring(calendar.id) if each.kind in TAKES_TIME and each.body]


def _occurrences(
    around: Surroundings,
    calendar: Calendar,
    practitioner: Practitioner,
    *,
    series: list[RemoteRecord],
    wanted: Interval,
) -> list[Interval]:
    """When these series take some of `wanted`. Raises the port's errors."""
    if not series:
        return []
    provider = around.open_provider(calendar, practitioner)
    try:
        return [
            occurrence
            for each in series
            for occurrence in provider.occurrences(each.body or "", wanted)
        ]
    finally:
        provider.close()
