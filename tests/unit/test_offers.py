"""What somebody is offered to do, and what a refusal says, letter by letter."""

import pytest

from syncd.core.appointment import Acknowledgement, Party, Payment, Status
from syncd.core.errors import NotAllowed
from syncd.core.lifecycle import Action, Command, act, allowed_actions
from syncd.testing.builders import NINE, an_appointment

ACKNOWLEDGING = {Action.ACKNOWLEDGE, Action.DISPUTE}


@pytest.mark.parametrize("state", Acknowledgement)
def test_only_what_awaits_it_is_offered_for_acknowledgement(state):
    held = an_appointment(status=Status.FULFILLED, acknowledgement=state)

    offered = set(allowed_actions(held, Party.CLIENT)) & ACKNOWLEDGING

    assert offered == (ACKNOWLEDGING if state is Acknowledgement.AWAITING else set())


@pytest.mark.parametrize("state", Payment)
def test_only_what_is_due_is_offered_for_payment(state):
    booked = an_appointment(payment=state)
    due = state in (Payment.DUE, Payment.AUTHORIZED)

    assert (Action.PAY in allowed_actions(booked, Party.ADMIN)) is due


def refusal(appointment, command, **times):
    with pytest.raises(NotAllowed) as caught:
        act(appointment, command, now=times.get("now", NINE))
    return str(caught.value)


def test_a_refusal_says_who_may():
    command = Command(action=Action.CONFIRM, party=Party.CLIENT)

    assert refusal(an_appointment(status=Status.PENDING), command) == (
        "client may not confirm AID-20310303-0001, which is pending; "
        "allowed: admin, practitioner, system"
    )


def test_a_refusal_says_where_the_action_starts_from():
    confirm = Command(action=Action.CONFIRM, party=Party.ADMIN)
    complete = Command(action=Action.COMPLETE, party=Party.ADMIN)
    hold = Command(action=Action.HOLD, party=Party.ADMIN)
    gone = an_appointment(status=Status.CANCELLED)

    assert refusal(gone, confirm) == (
        "AID-20310303-0001 is cancelled; confirm starts from: pending"
    )
    assert refusal(gone, complete) == (
        "AID-20310303-0001 is cancelled; complete starts from: arrived, booked, checked-in"
    )
    assert refusal(gone, hold) == (
        "AID-20310303-0001 is cancelled; hold starts from: nothing: it creates an appointment"
    )


def test_a_refusal_says_what_the_payment_or_acknowledgement_is():
    pay = Command(action=Action.PAY, party=Party.ADMIN)
    verify = Command(action=Action.VERIFY, party=Party.ADMIN, reason="seen")

    assert refusal(an_appointment(), pay) == (
        "payment of AID-20310303-0001 is none; pay starts from: authorized, due"
    )
    assert refusal(an_appointment(status=Status.FULFILLED), verify) == (
        "acknowledgement of AID-20310303-0001 is not-required; "
        "verify starts from: awaiting, disputed"
    )


def test_a_refusal_says_when_the_action_is_possible():
    early = NINE.replace(hour=7)
    complete = Command(action=Action.COMPLETE, party=Party.ADMIN)
    arrive = Command(action=Action.ARRIVE, party=Party.CLIENT)

    assert refusal(an_appointment(), complete, now=early) == (
        "complete of AID-20310303-0001 is possible from 2031-03-03T09:00Z"
    )
    assert refusal(an_appointment(), arrive, now=early) == (
        "arrive of AID-20310303-0001 is possible from 2031-03-03T08:30Z until 2031-03-03T09:30Z"
    )


def test_a_hold_that_expired_is_named():
    book = Command(action=Action.BOOK, party=Party.CLIENT)
    held = an_appointment(status=Status.PROPOSED, hold_expires_at=NINE)

    assert refusal(held, book) == "the hold AID-20310303-0001 has expired; ask for slots again"
