"""The account's event types: how long their bookings are, and which one a new booking takes.

Only those of one host and one guest at a time are booked by syncd: of a series or a group it would
book more than one appointment. Vendor schema of 2024-06-14.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from syncd.core.errors import Rejected
from syncd.core.events import Draft, EventStatus
from syncd_calcom.account import Account
from syncd_calcom.answers import NotWhatWasAsked, data_of
from syncd_calcom.failures import failure, is_absence
from syncd_calcom.kinds import Kind
from syncd_calcom.shapes import number_in, text_in

Raw = Mapping[str, object]
_FRESH_FOR = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventType:
    """`length` is that of a booking for which none is chosen, also after it was moved. `choices`
    are what can be chosen; empty where nothing can."""

    id: int
    title: str
    slug: str
    length: timedelta
    choices: tuple[timedelta, ...] = ()
    asks: bool = False
    is_plain: bool = True

    def offers(self, length: timedelta) -> bool:
        return length in (self.choices or (self.length,))


@dataclass(frozen=True, slots=True)
class Choice:
    """What to book: an event type, how long in Cal.com, and the activity that it stands for."""

    event_type: EventType
    remote: timedelta
    activity: str = ""


class EventTypes:
    """Those of one account. Kept for some minutes: lengths are changed seldom."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._kept: tuple[EventType, ...] = ()
        self._read_at: float | None = None

    def all(self) -> tuple[EventType, ...]:
        """As they are now."""
        self._account.know()
        query = {"username": self._account.owner.username}
        answer = self._account.client.read("/event-types", "the list of event types", query)
        if not answer.is_success:
            raise failure(answer)
        data = data_of(answer)
        if not isinstance(data, list):
            raise NotWhatWasAsked(answer, "not with a list of event types")
        read = (_read(each) for each in data if isinstance(each, dict))
        self._kept = tuple(each for each in read if each is not None)
        self._read_at = self._account.clock.monotonic()
        return self._kept

    def length_of(self, number: int | None) -> timedelta | None:
        """How long a booking of this type becomes when it is moved, asked anew; None where that
        cannot be told."""
        if number is None:
            return None
        found = self._one(number)
        return found.length if found else None

    def choice(self, draft: Draft) -> Choice:
        """What to book for a draft: of the types that the practice names (or all) the first that
        lasts as long; rather one of the same activity, and rather one that asks its host first if
        and only if the draft is tentative. `Rejected` where none fits."""
        tentative = draft.status is EventStatus.TENTATIVE
        fitting = list(self._candidates(draft.end - draft.start))
        if not fitting:
            minutes = int((draft.end - draft.start).total_seconds() // 60)
            raise Rejected(
                f"no event type of the account lasts {minutes} minutes and books one at a time; "
                "add one there, and to event_types"
            )
        return min(
            fitting,
            key=lambda each: (
                each.activity != draft.activity,
                each.event_type.asks is not tentative,
            ),
        )

    def _candidates(self, local: timedelta) -> Iterable[Choice]:
        kinds = self._account.settings.kinds
        known = {each.id: each for each in self._current()}
        wanted = kinds or {number: Kind(event_type=number, activity="") for number in known}
        for number, kind in wanted.items():
            found = known.get(number) or self._one(number)
            remote = kind.remote if kind.local == local and kind.remote else local
            if found is not None and found.is_plain and found.offers(remote):
                yield Choice(found, remote, kind.activity)

    def _current(self) -> tuple[EventType, ...]:
        now = self._account.clock.monotonic()
        if self._read_at is None or now - self._read_at > _FRESH_FOR.total_seconds():
            return self.all()
        return self._kept

    def _one(self, number: int) -> EventType | None:
        """By its number: also a hidden one, which lists leave out. None for a team's, which the
        team keeps to itself."""
        answer = self._account.client.read(f"/event-types/{number}", "an event type")
        if is_absence(answer) or answer.status == 403:
            return None
        if not answer.is_success:
            raise failure(answer)
        data = data_of(answer)
        return _read(data) if isinstance(data, dict) else None


def _read(raw: Raw) -> EventType | None:
    """None for what has no number or length."""
    number, minutes = number_in(raw, "id"), number_in(raw, "lengthInMinutes")
    if number is None or minutes is None or minutes < 1:
        return None
    options = raw.get("lengthInMinutesOptions")
    chosen = options if isinstance(options, list) else []
    return EventType(
        id=number,
        title=text_in(raw, "title"),
        slug=text_in(raw, "slug"),
        length=timedelta(minutes=minutes),
        choices=tuple(timedelta(minutes=each) for each in chosen if isinstance(each, int)),
        asks=_is_on(raw.get("confirmationPolicy")),
        is_plain=not (_is_on(raw.get("seats")) or _is_on(raw.get("recurrence"))),
    )


def _is_on(policy: object) -> bool:
    return isinstance(policy, dict) and bool(policy) and policy.get("disabled") is not True
