"""Who may do what to an appointment, when, and what it becomes: one table, one function.

Every surface (API, CLI, sync) changes an appointment through `act`. Decides only: no clock, no
storage; overlap is the ledger's to refuse. FHIR R5 status codes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from syncd.core.appointment import Acknowledgement, Appointment, Party, Payment, Status
from syncd.core.errors import Invalid, NotAllowed, PastTime, ReasonRequired
from syncd.core.time import Interval


class Action(StrEnum):
    HOLD = "hold"
    BOOK = "book"
    CONFIRM = "confirm"
    REJECT = "reject"
    CANCEL = "cancel"
    RESCHEDULE = "reschedule"
    ARRIVE = "arrive"
    CHECK_IN = "check-in"
    CHECK_OUT = "check-out"
    COMPLETE = "complete"
    NO_SHOW = "no-show"
    ACKNOWLEDGE = "acknowledge"
    DISPUTE = "dispute"
    VERIFY = "verify"
    PAY = "pay"
    REFUND = "refund"
    UNDO = "undo"
    MARK_IN_ERROR = "mark-in-error"


class Moment(StrEnum):
    """When an action is possible, relative to the appointment's own time."""

    ANY = "any"
    AFTER_START = "not before the start"
    AFTER_GRACE = "not before the start plus the grace time"
    CHECK_IN_WINDOW = "around the start"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One row of the action table. `to` is None where the status stays. `creates` rows have no
    appointment to start from. `payment_from` empty means that any payment state will do."""

    from_: frozenset[Status]
    to: Status | None
    who: frozenset[Party]
    moment: Moment = Moment.ANY
    creates: bool = False
    needs_reason: bool = False
    reason: str | None = None
    payment_from: frozenset[Payment] = frozenset()
    payment_to: Payment | None = None
    acknowledgement_from: frozenset[Acknowledgement] = frozenset()
    acknowledgement_to: Acknowledgement | None = None
    only_by: tuple[tuple[Status, Party], ...] = ()


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
    reason to refuse."""

    action: Action
    party: Party
    reason: str | None = None
    interval: Interval | None = None
    upstream: bool = False


_STAFF = frozenset({Party.PRACTITIONER, Party.ADMIN, Party.SYSTEM})
_ADMIN = frozenset({Party.ADMIN})
_EITHER = frozenset({Party.CLIENT, Party.GUARDIAN}) | _STAFF
_RESPONSIBLE = frozenset({Party.CLIENT, Party.GUARDIAN, Party.ADMIN})
_S = Status

RULES: dict[Action, Rule] = {
    Action.HOLD: Rule(from_=frozenset(), to=_S.PROPOSED, who=_EITHER, creates=True),
    Action.BOOK: Rule(from_=frozenset({_S.PROPOSED}), to=_S.BOOKED, who=_EITHER, creates=True),
    Action.CONFIRM: Rule(from_=frozenset({_S.PENDING}), to=_S.BOOKED, who=_STAFF),
    Action.REJECT: Rule(
        from_=frozenset({_S.PENDING}), to=_S.CANCELLED, who=_STAFF, reason="declined"
    ),
    Action.CANCEL: Rule(
        from_=frozenset({_S.PROPOSED, _S.PENDING, _S.BOOKED, _S.ARRIVED}),
        to=_S.CANCELLED,
        who=_EITHER,
        only_by=((_S.ARRIVED, Party.ADMIN),),
    ),
    Action.RESCHEDULE: Rule(from_=frozenset({_S.PENDING, _S.BOOKED}), to=None, who=_EITHER),
    Action.ARRIVE: Rule(
        from_=frozenset({_S.BOOKED}), to=_S.ARRIVED, who=_EITHER, moment=Moment.CHECK_IN_WINDOW
    ),
    Action.CHECK_IN: Rule(
        from_=frozenset({_S.BOOKED, _S.ARRIVED}),
        to=_S.CHECKED_IN,
        who=_EITHER,
        moment=Moment.CHECK_IN_WINDOW,
    ),
    Action.CHECK_OUT: Rule(from_=frozenset({_S.CHECKED_IN}), to=_S.FULFILLED, who=_STAFF),
    Action.COMPLETE: Rule(
        from_=frozenset({_S.BOOKED, _S.ARRIVED, _S.CHECKED_IN}),
        to=_S.FULFILLED,
        who=_STAFF,
        moment=Moment.AFTER_START,
    ),
    Action.NO_SHOW: Rule(
        from_=frozenset({_S.BOOKED, _S.ARRIVED}),
        to=_S.NOSHOW,
        who=_STAFF,
        moment=Moment.AFTER_GRACE,
    ),
    Action.ACKNOWLEDGE: Rule(
        from_=frozenset({_S.FULFILLED}),
        to=None,
        who=_RESPONSIBLE,
        acknowledgement_from=frozenset({Acknowledgement.AWAITING}),
        acknowledgement_to=Acknowledgement.ACCEPTED,
    ),
    Action.DISPUTE: Rule(
        from_=frozenset({_S.FULFILLED}),
        to=None,
        who=_RESPONSIBLE,
        acknowledgement_from=frozenset({Acknowledgement.AWAITING}),
        acknowledgement_to=Acknowledgement.DISPUTED,
    ),
    Action.VERIFY: Rule(
        from_=frozenset({_S.FULFILLED}),
        to=None,
        who=_ADMIN,
        needs_reason=True,
        acknowledgement_from=frozenset({Acknowledgement.AWAITING, Acknowledgement.DISPUTED}),
        acknowledgement_to=Acknowledgement.OVERRIDDEN,
    ),
    Action.PAY: Rule(
        from_=frozenset(Status) - {_S.ENTERED_IN_ERROR, _S.PROPOSED},
        to=None,
        who=_STAFF,
        payment_from=frozenset({Payment.DUE, Payment.AUTHORIZED}),
        payment_to=Payment.CAPTURED,
    ),
    Action.REFUND: Rule(
        from_=frozenset(Status) - {_S.ENTERED_IN_ERROR, _S.PROPOSED},
        to=None,
        who=_STAFF,
        payment_from=frozenset({Payment.CAPTURED}),
        payment_to=Payment.REFUNDED,
    ),
    Action.UNDO: Rule(
        from_=frozenset({_S.ARRIVED, _S.CHECKED_IN, _S.FULFILLED, _S.NOSHOW}),
        to=_S.BOOKED,
        who=_STAFF,
    ),
    Action.MARK_IN_ERROR: Rule(
        from_=frozenset(Status) - {_S.ENTERED_IN_ERROR}, to=_S.ENTERED_IN_ERROR, who=_ADMIN
    ),
}

IN_USE = frozenset(
    {
        Action.HOLD,
        Action.BOOK,
        Action.CONFIRM,
        Action.REJECT,
        Action.CANCEL,
        Action.RESCHEDULE,
        Action.COMPLETE,
        Action.NO_SHOW,
    }
)
"""The actions that have a surface today; the table already holds the rest."""


def act(
    appointment: Appointment, command: Command, *, now: datetime, windows: Windows | None = None
) -> Appointment:
    """The appointment after `command`, one version on.

    Raises NotAllowed (state, party or moment), ReasonRequired, PastTime, or Invalid for a
    reschedule without a new time. Overlap is not looked at: the ledger refuses that.
    """
    rule = RULES[command.action]
    windows = windows or Windows()
    _require_party(appointment, command, rule)
    _require_state(appointment, command, rule, now)
    _require_moment(appointment, command, rule, now=now, windows=windows)
    if rule.needs_reason and not (command.reason or "").strip():
        raise ReasonRequired(f"{command.action} of {appointment.number} needs a reason")
    after = replace(
        appointment,
        status=rule.to or appointment.status,
        payment=rule.payment_to or appointment.payment,
        acknowledgement=rule.acknowledgement_to or appointment.acknowledgement,
        hold_expires_at=None,
        version=appointment.version + 1,
    )
    if rule.to is Status.CANCELLED:
        return _cancelled(after, command, rule, now)
    if command.action is Action.RESCHEDULE:
        return _moved(after, command, now)
    return after


def allowed_actions(appointment: Appointment, party: Party) -> tuple[Action, ...]:
    """The actions whose state and role conditions hold; their moment may still be wrong."""
    return tuple(
        action
        for action, rule in RULES.items()
        if appointment.status in rule.from_ and party in rule.who
    )


def notice_hours(appointment: Appointment, now: datetime) -> int:
    """Whole hours from `now` to the start, rounded down; 0 once it has begun."""
    return max(0, (appointment.start - now) // timedelta(hours=1))


def _require_party(appointment: Appointment, command: Command, rule: Rule) -> None:
    allowed = set(rule.who)
    for status, party in rule.only_by:
        if appointment.status is status:
            allowed &= {party}
    if command.party not in allowed:
        raise NotAllowed(
            f"{command.party} may not {command.action} {appointment.number}, "
            f"which is {appointment.status}; allowed: {', '.join(sorted(allowed))}"
        )


def _require_state(appointment: Appointment, command: Command, rule: Rule, now: datetime) -> None:
    which = f"{appointment.number} is {appointment.status}"
    if appointment.status not in rule.from_:
        wanted = ", ".join(sorted(rule.from_)) or "nothing: it creates an appointment"
        raise NotAllowed(f"{which}; {command.action} starts from: {wanted}")
    if command.action is Action.BOOK and not appointment.holds_time_at(now):
        raise NotAllowed(f"the hold {appointment.number} has expired; ask for slots again")
    if rule.payment_from and appointment.payment not in rule.payment_from:
        raise NotAllowed(
            f"payment of {appointment.number} is {appointment.payment}; "
            f"{command.action} starts from: {', '.join(sorted(rule.payment_from))}"
        )
    if rule.acknowledgement_from and appointment.acknowledgement not in rule.acknowledgement_from:
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
        case Moment.AFTER_GRACE:
            earliest += windows.no_show_grace
        case Moment.CHECK_IN_WINDOW:
            earliest, latest = (
                appointment.start - windows.check_in_before,
                appointment.start + windows.check_in_after,
            )
        case Moment.AFTER_START:
            pass
    if now < earliest or (latest is not None and now > latest):
        until = f" until {latest:%Y-%m-%dT%H:%MZ}" if latest else ""
        raise NotAllowed(
            f"{command.action} of {appointment.number} is possible "
            f"from {earliest:%Y-%m-%dT%H:%MZ}{until}"
        )


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
