"""What an appointment becomes when somebody does something to it: one table, one function.

Every surface (API, CLI, sync) changes an appointment through `act`. Decides only: no clock, no
storage; overlap is the ledger's to refuse. The table stands in `actions`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar, assert_never

from syncd.core.actions import GIVEN_BACK, RULES, Action, Moment, Rule
from syncd.core.appointment import Acknowledgement, Appointment, Party, Payment, Status
from syncd.core.errors import (
    HoldExpired,
    Invalid,
    NotAllowed,
    NotPermitted,
    OutsideCheckIn,
    PastTime,
    ReasonRequired,
    TooEarly,
    TooLate,
)
from syncd.core.time import Interval

__all__ = [
    "RULES",
    "Action",
    "Command",
    "Windows",
    "act",
    "allowed_actions",
    "notice_hours",
    "require_allowed",
]

_Axis = TypeVar("_Axis", Payment, Acknowledgement)


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """The times around an appointment that some rules refer to."""

    check_in_before: timedelta = timedelta(minutes=30)
    check_in_after: timedelta = timedelta(minutes=30)
    no_show_grace: timedelta = timedelta(0)
    late_notice: timedelta = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One wish: do `action` to an appointment, as `party`, because of `reason`. `interval` is the
    new time of a reschedule. `upstream`: it happened already, in a calendar; then the past is no
    reason to refuse. `needs_confirmation`: what is booked now is pending until somebody confirms
    it. `awaits_acknowledgement`: what took place waits for its client to say so."""

    action: Action
    party: Party
    reason: str | None = None
    interval: Interval | None = None
    upstream: bool = False
    needs_confirmation: bool = False
    awaits_acknowledgement: bool = False


def act(
    appointment: Appointment, command: Command, *, now: datetime, windows: Windows | None = None
) -> Appointment:
    """The appointment after `command`, one version on.

    Raises NotAllowed (state, party or moment), ReasonRequired, PastTime, or Invalid for a
    reschedule without a new time. Overlap is not looked at: the ledger refuses that.
    """
    require_allowed(appointment, command, now=now, windows=windows)
    rule = RULES[command.action]
    after = replace(
        appointment,
        status=Status.PENDING if command.needs_confirmation else rule.to or appointment.status,
        payment=_payment_after(appointment, rule),
        acknowledgement=_acknowledgement_after(appointment, command, rule),
        hold_expires_at=None if rule.to else appointment.hold_expires_at,
        version=appointment.version + 1,
    )
    if rule.to is Status.CANCELLED:
        return _cancelled(after, command, rule, now)
    if command.action is Action.RESCHEDULE:
        return _moved(after, command, now)
    return after


def require_allowed(
    appointment: Appointment, command: Command, *, now: datetime, windows: Windows | None = None
) -> None:
    """Raise what `act` raises before it looks at a new time: NotAllowed for the wrong party, state
    or moment, in that order, and ReasonRequired."""
    rule = RULES[command.action]
    _require_party(appointment, command, rule)
    _require_state(appointment, command, rule, now)
    _require_moment(appointment, command, rule, now=now, windows=windows or Windows())
    if rule.needs_reason and not (command.reason or "").strip():
        raise ReasonRequired(f"{command.action} of {appointment.number} needs a reason")


def allowed_actions(appointment: Appointment, party: Party) -> tuple[Action, ...]:
    """The actions whose state and role conditions hold; their moment may still be wrong."""
    return tuple(
        action
        for action, rule in RULES.items()
        if appointment.status in rule.from_
        and party in _parties(appointment, rule)
        and _fits(rule.payment_from, appointment.payment)
        and _fits(rule.acknowledgement_from, appointment.acknowledgement)
    )


def notice_hours(appointment: Appointment, now: datetime) -> int:
    """Whole hours from `now` to the start, rounded down; 0 once it has begun."""
    return max(0, (appointment.start - now) // timedelta(hours=1))


def _parties(appointment: Appointment, rule: Rule) -> frozenset[Party]:
    """Who may, in the state that the appointment is in."""
    only = {party for status, party in rule.only_by if appointment.status is status}
    return rule.who & only if only else rule.who


def _fits(wanted: frozenset[_Axis], value: _Axis) -> bool:
    return not wanted or value in wanted


def _require_party(appointment: Appointment, command: Command, rule: Rule) -> None:
    allowed = _parties(appointment, rule)
    if command.party not in allowed:
        raise NotPermitted(
            f"{command.party} may not {command.action} {appointment.number}, "
            f"which is {appointment.status}; allowed: {', '.join(sorted(allowed))}"
        )


def _require_state(appointment: Appointment, command: Command, rule: Rule, now: datetime) -> None:
    which = f"{appointment.number} is {appointment.status}"
    if appointment.status not in rule.from_:
        wanted = ", ".join(sorted(rule.from_)) or "nothing: it creates an appointment"
        raise NotAllowed(f"{which}; {command.action} starts from: {wanted}")
    if command.action is Action.BOOK and not appointment.holds_time_at(now):
        raise HoldExpired(f"the hold {appointment.number} has expired; ask for slots again")
    if not _fits(rule.payment_from, appointment.payment):
        raise NotAllowed(
            f"payment of {appointment.number} is {appointment.payment}; "
            f"{command.action} starts from: {', '.join(sorted(rule.payment_from))}"
        )
    if not _fits(rule.acknowledgement_from, appointment.acknowledgement):
        raise NotAllowed(
            f"acknowledgement of {appointment.number} is {appointment.acknowledgement}; "
            f"{command.action} starts from: {', '.join(sorted(rule.acknowledgement_from))}"
        )


def _require_moment(
    appointment: Appointment, command: Command, rule: Rule, *, now: datetime, windows: Windows
) -> None:
    earliest, latest = appointment.start, None
    match rule.moment:
        case Moment.ANY:
            return
        case Moment.BEFORE_START:
            _require_before_start(appointment, command, now)
            return
        case Moment.AFTER_GRACE:
            earliest += windows.no_show_grace
        case Moment.CHECK_IN_WINDOW:
            earliest, latest = (
                appointment.start - windows.check_in_before,
                appointment.start + windows.check_in_after,
            )
        case Moment.AFTER_START:
            pass
        case _:
            assert_never(rule.moment)
    if now < earliest or (latest is not None and now > latest):
        until = f" until {latest:%Y-%m-%dT%H:%MZ}" if latest else ""
        wrong = TooEarly if latest is None else OutsideCheckIn
        raise wrong(
            f"{command.action} of {appointment.number} is possible "
            f"from {earliest:%Y-%m-%dT%H:%MZ}{until}"
        )


def _require_before_start(appointment: Appointment, command: Command, now: datetime) -> None:
    """Whoever comes changes what is to come; what began is the practice's to note. What happened in
    a calendar already happened."""
    is_client = command.party in (Party.CLIENT, Party.GUARDIAN) and not command.upstream
    if is_client and now > appointment.start:
        raise TooLate(
            f"{appointment.number} began at {appointment.start:%Y-%m-%dT%H:%MZ}; "
            f"the practice can {command.action} it"
        )


def _payment_after(appointment: Appointment, rule: Rule) -> Payment:
    payment = appointment.payment
    return GIVEN_BACK.get(payment, payment) if rule.gives_back else rule.payment_to or payment


def _acknowledgement_after(
    appointment: Appointment, command: Command, rule: Rule
) -> Acknowledgement:
    if rule.to is Status.FULFILLED and command.awaits_acknowledgement:
        return Acknowledgement.AWAITING
    return rule.acknowledgement_to or appointment.acknowledgement


def _cancelled(after: Appointment, command: Command, rule: Rule, now: datetime) -> Appointment:
    return replace(
        after,
        cancelled_by=command.party,
        reason=rule.reason or command.reason,
        notice_hours=notice_hours(after, now),
    )


def _moved(after: Appointment, command: Command, now: datetime) -> Appointment:
    if command.interval is None:
        raise Invalid(f"reschedule of {after.number} needs a new start")
    if command.interval.start < now and not command.upstream:
        raise PastTime(
            f"{command.interval.start:%Y-%m-%dT%H:%MZ} is in the past; choose a later start"
        )
    return replace(after, start=command.interval.start, end=command.interval.end)
