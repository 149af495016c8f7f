"""How an activity is offered to those who book, and when the whole practice is closed. Values.

The rules are the practice's own; what becomes of them at a given time is `slots`' and `obstacles`'.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from syncd.core.agenda import Terms
from syncd.core.details import MeetingType, Required
from syncd.core.ids import ActivityId, PractitionerId, RoomId

_NOTHING = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offering:
    """`durations` may be chosen beside the activity's own; starts stand on a grid of `step`, the
    shortest duration where it is None. Nothing else may touch the time `before` and `after`.
    `notice` counts to the start, `days_ahead` in local days from today on. `most_a_day` and
    `most_a_week` count this activity's appointments with one practitioner, by their local start.
    `practitioners` offer it; every one does where none is named. `acknowledged`: its client is to
    say that it took place. With `needs_relationship` only clients of a practitioner book it with
    them.

    The `description` is for clients. They say what is `required`, and answer the `question` where
    there is one. They meet in one of the ways of `meetings`, the first unless another is chosen;
    `meeting_link` leads to those that are not in person, and names the appointment by `{id}` where
    each has a link of its own. One of the `rooms` is taken, where any are named. Up to `capacity`
    clients share one time, and its room, each with an appointment of their own; they begin and end
    together. A `collective` activity takes all of its `practitioners`, the first in front.
    """

    durations: tuple[timedelta, ...] = ()
    step: timedelta | None = None
    before: timedelta = _NOTHING
    after: timedelta = _NOTHING
    notice: timedelta = _NOTHING
    days_ahead: int | None = None
    most_a_day: int | None = None
    most_a_week: int | None = None
    practitioners: tuple[PractitionerId, ...] = ()
    acknowledged: bool = False
    needs_relationship: bool = False
    description: str | None = None
    required: tuple[Required, ...] = ()
    question: str | None = None
    meetings: tuple[MeetingType, ...] = ()
    meeting_link: str | None = None
    rooms: tuple[RoomId, ...] = ()
    capacity: int = 1
    collective: bool = False

    def is_offered_by(self, practitioner_id: PractitionerId) -> bool:
        return not self.practitioners or practitioner_id in self.practitioners

    def takes(self, practitioner_id: PractitionerId) -> tuple[PractitionerId, ...]:
        """Whose time an appointment takes that is wished of this one."""
        return self.practitioners if self.collective else (practitioner_id,)

    def lengths(self, duration: timedelta) -> tuple[timedelta, ...]:
        """Every duration that may be chosen, the activity's own among them, shortest first."""
        return tuple(sorted({duration, *self.durations}))

    def terms(self, activity_id: ActivityId, duration: timedelta) -> Terms:
        """What this asks of a slot."""
        lengths = self.lengths(duration)
        return Terms(
            activity_id=activity_id,
            durations=lengths,
            step=self.step or lengths[0],
            before=self.before,
            after=self.after,
            notice=self.notice,
            days_ahead=self.days_ahead,
            most_a_day=self.most_a_day,
            most_a_week=self.most_a_week,
            capacity=self.capacity,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure:
    """Days on which the whole practice is closed, both included, on each practitioner's wall."""

    first: date
    last: date
    reason: str = ""


def closed_days(closures: Sequence[Closure], first: date, last: date) -> dict[date, str]:
    """The days from `first` to `last` on which one of the closures says so, with its reason."""
    found: dict[date, str] = {}
    for each in closures:
        begins, ends = max(each.first, first), min(each.last, last)
        for count in range((ends - begins).days + 1):
            found.setdefault(begins + timedelta(days=count), each.reason)
    return found
