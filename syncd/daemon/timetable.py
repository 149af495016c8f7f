"""When each calendar is due, and which of the due ones begin now. Pure: moments come in as values.

The ledger speaks in wall-clock times, for they must outlive the process; here they become moments
of the monotonic clock when they are first seen. A wall clock that jumps, however far, then neither
skips a round nor adds one. proof.md S13, O1.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from syncd.core.ids import CalendarId
from syncd.core.remote import CalendarState

LONGEST_WAIT = timedelta(days=1)
"""No pause is longer, whatever is written and however the clock was set."""
REST = timedelta(seconds=1)
"""A calendar is left alone for as long after each round: many nudges become few rounds."""
SLOW_AFTER = timedelta(seconds=20)
"""A round that takes longer gives its place to another one, and goes on beside it."""


@dataclass(frozen=True, slots=True)
class Promise:
    """A time that the ledger names, and the monotonic moment that it was taken for."""

    said: datetime
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One calendar's line in the timetable; moments are seconds of the monotonic clock. `look`: a
    webhook told of something that may show then. `looked`: for which such time a round began; it is
    over, whatever the wall clock says of it."""

    poll_at: float = float("-inf")
    rest_until: float = float("-inf")
    nudge: Promise | None = None
    retry: Promise | None = None
    look: Promise | None = None
    looked: datetime | None = None

    def sighted(
        self,
        state: CalendarState,
        *,
        now: datetime,
        moment: float,
        look_at: datetime | None = None,
    ) -> Entry:
        """The line after a look at the calendar's state."""
        ahead = look_at if look_at != self.looked else None
        return replace(
            self,
            look=_promise(self.look, ahead, now=now, moment=moment),
            nudge=_promise(self.nudge, state.due_at, now=now, moment=moment),
            retry=_promise(self.retry, state.retry_at, now=now, moment=moment),
        )

    def begun(self, moment: float, poll_every: timedelta) -> Entry:
        """The line once a round begins. However late it is, only one round was missed."""
        is_looked = self.look is not None and self.look.at <= moment
        return replace(
            self,
            poll_at=moment + poll_every.total_seconds(),
            looked=self.look.said if self.look is not None and is_looked else self.looked,
        )

    def ended(self, moment: float, *, again_after: timedelta | None = None) -> Entry:
        """The line once a round is over; `again_after` when it did not come to an end of its own:
        then the next one is due after so much time, and not only at the next poll."""
        rest = moment + max(again_after or REST, REST).total_seconds()
        poll_at = self.poll_at if again_after is None else float("-inf")
        return replace(self, poll_at=poll_at, rest_until=rest)

    @property
    def due_at(self) -> float:
        """When the next round may begin. A failing calendar is tried when its pause is over, and
        not before, whoever asks for it: a person who knows better ends the pause (`resync`)."""
        if self.retry is not None:
            return max(self.retry.at, self.rest_until)
        asked = [each.at for each in (self.nudge, self.look) if each is not None]
        return max(min([self.poll_at, *asked]), self.rest_until)

    @property
    def is_awaited(self) -> bool:
        """Somebody waits for the round, or knows that it will find something."""
        return self.nudge is not None or self.look is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A calendar that is due. `nudged`: somebody waits for it. `failing`: its last round failed."""

    calendar_id: CalendarId
    due_at: float
    nudged: bool = False
    failing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A calendar whose round began at that moment."""

    calendar_id: CalendarId
    began: float
    failing: bool = False


def choose(
    waiting: Iterable[Waiting], running: Sequence[Running], *, workers: int, moment: float
) -> list[CalendarId]:
    """The calendars whose rounds begin now, nudged ones first, then those that wait longest.

    `workers` rounds run at a time. One that is slow, such as a server that does not answer, gives
    its place away, until twice as many run; and calendars that fail get half of the places at most.
    So neither a hanging server nor a failing one keeps the others waiting for long.
    """
    slow_since = moment - SLOW_AFTER.total_seconds()
    brisk = sum(1 for each in running if each.began > slow_since)
    free = min(workers - brisk, places(workers) - len(running))
    for_failing = max(1, workers // 2) - sum(1 for each in running if each.failing)
    chosen: list[CalendarId] = []
    for each in sorted(waiting, key=lambda one: (not one.nudged, one.due_at, one.calendar_id)):
        if len(chosen) >= free:
            break
        if each.failing and for_failing <= 0:
            continue
        for_failing -= each.failing
        chosen.append(each.calendar_id)
    return chosen


def places(workers: int) -> int:
    """How many rounds may be under way at most, slow ones included."""
    return 2 * workers


def _promise(
    known: Promise | None, said: datetime | None, *, now: datetime, moment: float
) -> Promise | None:
    if said is None:
        return None
    if known is not None and known.said == said:
        return known
    wait = min(max((said - now).total_seconds(), 0.0), LONGEST_WAIT.total_seconds())
    return Promise(said, moment + wait)
