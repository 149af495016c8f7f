"""What the loop sees of the ledger each second: cheaply, and without a commit.

The states of the calendars are read each time, for bookings by other processes show there; the
practice itself only when a state says that something happened, or now and then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from syncd.core.ids import CalendarId, PractitionerId
from syncd.core.practice import Calendar, Practitioner
from syncd.core.remote import CalendarState
from syncd.flows.surroundings import Surroundings
from syncd.ledger import View

ROSTER_EVERY = timedelta(seconds=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """The ledger at one moment. `calendars` are those in use; `elsewhere` those that other nodes
    hold; `looks` are when each is to be read for what a webhook told. `has_practice` is false
    before the first `practice apply`."""

    has_practice: bool = False
    calendars: Mapping[CalendarId, Calendar] = field(default_factory=dict)
    practitioners: Mapping[PractitionerId, Practitioner] = field(default_factory=dict)
    states: Mapping[CalendarId, CalendarState] = field(default_factory=dict)
    looks: Mapping[CalendarId, datetime] = field(default_factory=dict)
    elsewhere: frozenset[CalendarId] = frozenset()


class Lookout:
    """Remembers the practice between two looks."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._signs: Mapping[CalendarId, int] | None = None
        self._read_at = float("-inf")
        self._last = Sight()

    def look(self, ours: frozenset[CalendarId]) -> Sight:
        """The ledger now; its errors are raised. `ours`: the calendars that this node holds."""
        moment = self._around.clock.monotonic()
        with self._around.ledger.read() as view:
            if not self._last.has_practice and not view.practices():
                return self._last
            states = {each.calendar_id: each for each in view.states()}
            signs = {key: state.nudges for key, state in states.items()}
            calendars, practitioners = self._last.calendars, self._last.practitioners
            if signs != self._signs or moment - self._read_at >= ROSTER_EVERY.total_seconds():
                calendars = {each.id: each for each in view.calendars()}
                practitioners = {each.id: each for each in view.practitioners()}
                self._signs, self._read_at = signs, moment
            looks = view.looks()
            elsewhere = _elsewhere(view, self._around) if calendars.keys() - ours else ()
        self._last = Sight(
            has_practice=True,
            calendars=calendars,
            practitioners=practitioners,
            states=states,
            looks=looks,
            elsewhere=frozenset(elsewhere),
        )
        return self._last


def _elsewhere(view: View, around: Surroundings) -> list[CalendarId]:
    """What others hold; one whose process was killed holds nothing."""
    return [
        key
        for key, holder in view.lease_holders().items()
        if holder != around.node and not around.has_ended(holder)
    ]
