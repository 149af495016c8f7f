"""The action table: who may do what to an appointment, from where to where, as data.

Decides nothing: `lifecycle.act` reads it for every surface alike. FHIR R5 status codes.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from syncd.core.appointment import Acknowledgement, Party, Payment, Status

DECLINED = "declined"
"""The reason of an appointment that was rejected."""


class Action(StrEnum):
    HOLD = "hold"
    BOOK = "book"
    CONFIRM = "confirm"
    REJECT = "reject"
    CANCEL = "cancel"
    RESCHEDULE = "reschedule"
    AMEND = "amend"
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
    BEFORE_START = "for clients before the start"
    AFTER_START = "not before the start"
    AFTER_GRACE = "not before the start plus the grace time"
    CHECK_IN_WINDOW = "around the start"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One row of the action table. `to` is None where the status stays. `creates` rows have no
    appointment to start from. `payment_from` empty means that any payment state will do;
    `gives_back` says what becomes of a payment that was not for nothing."""

    from_: frozenset[Status]
    to: Status | None
    who: frozenset[Party]
    moment: Moment = Moment.ANY
    creates: bool = False
    needs_reason: bool = False
    reason: str | None = None
    payment_from: frozenset[Payment] = frozenset()
    payment_to: Payment | None = None
    gives_back: bool = False
    acknowledgement_from: frozenset[Acknowledgement] = frozenset()
    acknowledgement_to: Acknowledgement | None = None
    only_by: tuple[tuple[Status, Party], ...] = ()


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
        from_=frozenset({_S.PENDING}),
        to=_S.CANCELLED,
        who=_STAFF,
        reason=DECLINED,
        gives_back=True,
    ),
    Action.CANCEL: Rule(
        from_=frozenset({_S.PROPOSED, _S.PENDING, _S.BOOKED, _S.ARRIVED}),
        to=_S.CANCELLED,
        who=_EITHER,
        moment=Moment.BEFORE_START,
        only_by=((_S.ARRIVED, Party.ADMIN),),
    ),
    Action.RESCHEDULE: Rule(
        from_=frozenset({_S.PENDING, _S.BOOKED}),
        to=None,
        who=_EITHER,
        moment=Moment.BEFORE_START,
    ),
    Action.AMEND: Rule(
        from_=frozenset(Status) - {_S.CANCELLED, _S.ENTERED_IN_ERROR},
        to=None,
        who=_EITHER,
        moment=Moment.BEFORE_START,
    ),
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
        who=_ADMIN,
        acknowledgement_to=Acknowledgement.NOT_REQUIRED,
    ),
    Action.MARK_IN_ERROR: Rule(
        from_=frozenset(Status) - {_S.ENTERED_IN_ERROR}, to=_S.ENTERED_IN_ERROR, who=_ADMIN
    ),
}

GIVEN_BACK = {
    Payment.DUE: Payment.VOIDED,
    Payment.AUTHORIZED: Payment.VOIDED,
    Payment.CAPTURED: Payment.REFUNDED,
}
"""What a payment becomes when the practice declines what it was for."""
