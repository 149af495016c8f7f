"""What a calendar's word, or its silence, makes of a booking that waits for it. Pure.

Reads no clock and stores nothing: `flows.awaiting` does what is decided here, in the transaction
that learns of the word. A booking that waits for several calendars needs the word of all of them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from syncd.core.appointment import Appointment, Awaited, Link, Party, Status
from syncd.core.ids import CalendarId
from syncd.core.lifecycle import Action, Command, act
from syncd.core.practice import OnOutage

LONGEST_WAIT = timedelta(seconds=30)
"""How long whoever books waits for the calendars' word."""
NO_ANSWER = "its calendar did not answer"
"""The reason of an appointment that was cancelled for want of a word."""


class Answer(StrEnum):
    """What whoever booked is told."""

    WAIT = "wait"
    MADE = "made"
    """It stands in the calendar, or is pending until it does."""
    REFUSED = "refused"
    AWAY = "away"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The appointment and the marks of its links as they shall be; `appointment` is the very one
    that came in where it stays as it is."""

    appointment: Appointment
    awaited: Mapping[CalendarId, Awaited | None]


def answer_to(appointment: Appointment, links: Sequence[Link]) -> Answer:
    """What can be said now about a booking that had to wait."""
    if appointment.is_over:
        is_away = appointment.cancelled_by is Party.SYSTEM and appointment.reason == NO_ANSWER
        return Answer.AWAY if is_away else Answer.REFUSED
    waits = any(_is_waited_for(each) for each in links)
    return Answer.WAIT if waits else Answer.MADE


def decide(
    appointment: Appointment,
    links: Sequence[Link],
    policies: Mapping[CalendarId, OnOutage],
    *,
    refused_by: Collection[CalendarId] = (),
    silent: Collection[CalendarId] = (),
    now: datetime,
) -> Outcome | None:
    """What becomes of the booking; None while nothing does. `policies` are those of the calendars
    whose word counts: another one's is not waited for any more. `silent` are those that will not
    give theirs in time."""
    waiting = [each for each in links if each.awaited is not None]
    if appointment.is_over or not waiting:
        return _over(appointment, waiting) if waiting else None
    if any(each.calendar_id in refused_by for each in waiting):
        return _over(_ended(appointment, now), waiting)
    missing = [each for each in waiting if not each.is_tried and each.calendar_id in policies]
    if not missing:
        return _over(_taken(appointment, waiting, now), waiting)
    given_up = [each for each in missing if each.calendar_id in silent and _is_waited_for(each)]
    if any(policies[each.calendar_id] is OnOutage.REFUSE for each in given_up):
        return _over(_ended(appointment, now, why=NO_ANSWER), waiting)
    is_hoped_for = any(_is_waited_for(each) for each in missing if each not in given_up)
    marks = {
        each.calendar_id: replace(each.awaited, until=None)
        for each in (given_up if is_hoped_for else waiting)
        if each.awaited is not None
    }
    return Outcome(appointment=appointment, awaited=marks) if given_up else None


def _is_waited_for(link: Link) -> bool:
    return link.awaited is not None and link.awaited.until is not None and not link.is_tried


def _over(appointment: Appointment, waiting: Sequence[Link]) -> Outcome:
    return Outcome(appointment=appointment, awaited={each.calendar_id: None for each in waiting})


def _taken(appointment: Appointment, waiting: Sequence[Link], now: datetime) -> Appointment:
    is_booked = all(each.awaited and each.awaited.becomes is Status.BOOKED for each in waiting)
    if appointment.status is not Status.PENDING or not is_booked:
        return appointment
    return act(appointment, Command(action=Action.CONFIRM, party=Party.SYSTEM), now=now)


def _ended(appointment: Appointment, now: datetime, *, why: str | None = None) -> Appointment:
    """Declined. What staff confirmed while it waited is cancelled; whose client is there by now,
    stays as it is."""
    if appointment.status not in (Status.PENDING, Status.BOOKED):
        return appointment
    action = Action.REJECT if appointment.status is Status.PENDING else Action.CANCEL
    reason = why or "refused by its calendar"
    command = Command(action=action, party=Party.SYSTEM, reason=reason)
    after = act(appointment, command, now=now)
    return replace(after, reason=why) if why else after
