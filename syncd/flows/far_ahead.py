"""Busy time beyond the horizon to which recurring events were expanded, worked out when asked for.

Somebody books a year and a half ahead now and then; a weekly event takes its time there, too. Asks
no server: the bodies of recurring events are kept.
"""

from __future__ import annotations

from syncd.core.errors import SlotTaken
from syncd.core.ids import PractitionerId
from syncd.core.practice import Calendar, Practitioner
from syncd.core.remote import RemoteKind, RemoteRecord
from syncd.core.time import Interval
from syncd.flows.surroundings import Surroundings
from syncd.ledger import View


def require_free_far_ahead(
    around: Surroundings, practitioner_id: PractitionerId, wanted: Interval
) -> None:
    """Raise SlotTaken when a recurring event takes some of `wanted` beyond its calendar's horizon.
    Within the horizon this looks at nothing: busy time is stored there. Raises the port's errors
    for an event that cannot be expanded: what is not known is not free."""
    with around.ledger.read() as view:
        calendars = _that_end_before(view, practitioner_id, wanted)
        if not calendars:
            return
        practitioner = view.practitioner(practitioner_id)
        series = {each.id: _series(view, each, wanted) for each in calendars}
    for calendar in calendars:
        if series[calendar.id] and _takes(
            around, calendar, practitioner, series=series[calendar.id], wanted=wanted
        ):
            raise SlotTaken(
                f"{wanted.start:%Y-%m-%dT%H:%MZ} is busy in a calendar of {practitioner_id}"
            )


def _that_end_before(
    view: View, practitioner_id: PractitionerId, wanted: Interval
) -> list[Calendar]:
    """The practitioner's calendars whose horizon does not reach to the end of `wanted`. One that
    was never read to the end has none yet, though some of its events are known."""
    horizons = {each.calendar_id: each.horizon_until for each in view.states()}
    return [
        each
        for each in view.calendars()
        if each.practitioner_id == practitioner_id
        and each.mode.blocks
        and ((until := horizons.get(each.id)) is None or until < wanted.end)
    ]


def _series(view: View, calendar: Calendar, wanted: Interval) -> list[RemoteRecord]:
    return [
        each
        for each in view.recurring(calendar.id)
        if each.kind is RemoteKind.BUSY
        and each.body
        and (each.ends_at is None or each.ends_at > wanted.start)
    ]


def _takes(
    around: Surroundings,
    calendar: Calendar,
    practitioner: Practitioner,
    *,
    series: list[RemoteRecord],
    wanted: Interval,
) -> bool:
    provider = around.open_provider(calendar, practitioner)
    try:
        return any(
            occurrence.overlaps(wanted)
            for each in series
            for occurrence in provider.occurrences(each.body or "", wanted)
        )
    finally:
        provider.close()
