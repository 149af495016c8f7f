"""Every cell of status, party and action, against the table as the practice's rules were written.

The table below was copied from the requirements by hand, not from the code: `client` stands for
client and guardian ("either party" with the staff), `staff` for practitioner, admin and syncd
itself where it acts by a rule (a payment's webhook, a hold that expires).
"""

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.appointment import Acknowledgement, Appointment, Party, Payment, Status
from syncd.core.errors import (
    HoldExpired,
    Invalid,
    NotAllowed,
    OutsideCheckIn,
    PastTime,
    ReasonRequired,
    TooEarly,
    TooLate,
)
from syncd.core.lifecycle import RULES, Action, Command, Windows, act, allowed_actions
from syncd.core.lifecycle import notice_hours as notice
from syncd.core.time import Interval
from syncd.testing.builders import HALF_HOUR, NINE, an_appointment

TABLE = """
hold          | nothing                                            | proposed         | client staff
book          | proposed                                           | booked           | client staff
confirm       | pending                                            | booked           | staff
reject        | pending                                            | cancelled        | staff
cancel        | proposed pending booked                            | cancelled        | client staff
cancel        | arrived                                            | cancelled        | admin
reschedule    | pending booked                                     | same             | client staff
amend         | proposed pending booked arrived checked-in fulfilled noshow | same  | client staff
arrive        | booked                                             | arrived          | client staff
check-in      | booked arrived                                     | checked-in       | client staff
check-out     | checked-in                                         | fulfilled        | staff
complete      | booked arrived checked-in                          | fulfilled        | staff
no-show       | booked arrived                                     | noshow           | staff
acknowledge   | fulfilled                                          | same             | client admin
dispute       | fulfilled                                          | same             | client admin
verify        | fulfilled                                          | same             | admin
pay           | pending booked arrived checked-in fulfilled cancelled noshow | same   | staff
refund        | pending booked arrived checked-in fulfilled cancelled noshow | same   | staff
undo          | arrived checked-in fulfilled noshow                | booked           | admin
mark-in-error | proposed pending booked arrived checked-in fulfilled cancelled noshow | entered-in-error | admin
"""
GROUPS = {
    "client": {Party.CLIENT, Party.GUARDIAN},
    "staff": {Party.PRACTITIONER, Party.ADMIN, Party.SYSTEM},
    "admin": {Party.ADMIN},
}
AXES = {
    Action.PAY: {"payment": Payment.DUE},
    Action.REFUND: {"payment": Payment.CAPTURED},
    Action.ACKNOWLEDGE: {"acknowledgement": Acknowledgement.AWAITING},
    Action.DISPUTE: {"acknowledgement": Acknowledgement.AWAITING},
    Action.VERIFY: {"acknowledgement": Acknowledgement.DISPUTED},
}
"""What else must hold so that the other axes do not stand in the way."""
LATER = Interval(NINE + timedelta(days=1), NINE + timedelta(days=1) + HALF_HOUR)


def expected_cells():
    cells: dict[tuple[Action, Status, Party], Status] = {}
    for line in TABLE.strip().splitlines():
        action, origins, to, who = (part.strip() for part in line.split("|"))
        for origin, group in product(origins.split(), who.split()):
            if origin == "nothing":
                continue
            for party in GROUPS[group]:
                status = Status(origin)
                cells[Action(action), status, party] = status if to == "same" else Status(to)
    return cells


CELLS = expected_cells()


def command(action, party=Party.ADMIN, **changes):
    moved = LATER if action is Action.RESCHEDULE else None
    return Command(
        **({"action": action, "party": party, "reason": "why", "interval": moved} | changes)
    )


def ready_for(action, **changes) -> Appointment:
    """An appointment with which only status and party can stand in the way of `action`."""
    return an_appointment(**(AXES.get(action, {}) | {"start": NINE} | changes))


def test_every_action_has_a_row_and_every_row_an_action():
    rows = {line.split("|")[0].strip() for line in TABLE.strip().splitlines()}

    assert rows == {action.value for action in Action} == {action.value for action in RULES}


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("party", Party)
def test_each_cell_of_the_table(action, status, party):
    """At the very start, when no moment is wrong."""
    before = ready_for(action, status=status)
    wanted = CELLS.get((action, status, party))

    if wanted is None:
        with pytest.raises(NotAllowed):
            act(before, command(action, party), now=NINE)
    else:
        after = act(before, command(action, party), now=NINE)
        assert after.status is wanted
        assert after.version == before.version + 1
    assert (action in allowed_actions(before, party)) is (wanted is not None)


@given(
    st.sampled_from(Action),
    st.sampled_from(Status),
    st.sampled_from(Party),
    st.sampled_from(Payment),
    st.sampled_from(Acknowledgement),
)
def test_each_action_touches_its_own_axis_only(action, status, party, payment, acknowledgement):
    before = an_appointment(status=status, payment=payment, acknowledgement=acknowledgement)
    try:
        after = act(before, command(action, party), now=NINE)
    except NotAllowed:
        return

    kept = ("id", "number", "practice_id", "practitioner_id", "client", "created_at", "title")
    assert all(getattr(after, name) == getattr(before, name) for name in kept)
    if action not in (Action.PAY, Action.REFUND, Action.REJECT):
        assert after.payment is payment
    if action not in (Action.ACKNOWLEDGE, Action.DISPUTE, Action.VERIFY, Action.UNDO):
        assert after.acknowledgement is acknowledgement
    if action is not Action.RESCHEDULE:
        assert after.interval == before.interval
    if after.status is not Status.CANCELLED:
        assert (after.cancelled_by, after.reason, after.notice_hours) == (None, None, None)


# Payment and acknowledgement.


@pytest.mark.parametrize("payment", Payment)
def test_only_what_is_due_or_authorized_can_be_paid_and_what_is_captured_refunded(payment):
    before = an_appointment(payment=payment)
    paid = payment in (Payment.DUE, Payment.AUTHORIZED)
    refunded = payment is Payment.CAPTURED

    for action, possible, to in (
        (Action.PAY, paid, Payment.CAPTURED),
        (Action.REFUND, refunded, Payment.REFUNDED),
    ):
        assert (action in allowed_actions(before, Party.ADMIN)) is possible
        if possible:
            assert act(before, command(action), now=NINE).payment is to
        else:
            with pytest.raises(NotAllowed, match="payment"):
                act(before, command(action), now=NINE)


@given(st.lists(st.sampled_from(Action), max_size=12))
def test_what_was_refunded_is_never_captured_again(actions):
    appointment = an_appointment(payment=Payment.REFUNDED)

    for action in actions:
        try:
            appointment = act(appointment, command(action), now=NINE)
        except NotAllowed:
            continue
        assert appointment.payment is Payment.REFUNDED


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (Payment.NONE, Payment.NONE),
        (Payment.DUE, Payment.VOIDED),
        (Payment.AUTHORIZED, Payment.VOIDED),
        (Payment.CAPTURED, Payment.REFUNDED),
        (Payment.REFUNDED, Payment.REFUNDED),
        (Payment.VOIDED, Payment.VOIDED),
    ],
)
def test_a_rejection_gives_the_payment_back(before, after):
    pending = an_appointment(status=Status.PENDING, payment=before)

    assert act(pending, command(Action.REJECT), now=NINE).payment is after


@pytest.mark.parametrize("action", [Action.ACKNOWLEDGE, Action.DISPUTE, Action.VERIFY])
@pytest.mark.parametrize("acknowledgement", Acknowledgement)
def test_an_acknowledgement_is_given_once(action, acknowledgement):
    before = an_appointment(status=Status.FULFILLED, acknowledgement=acknowledgement)
    starts = {Acknowledgement.AWAITING}
    starts |= {Acknowledgement.DISPUTED} if action is Action.VERIFY else set()
    ends = {
        Action.ACKNOWLEDGE: Acknowledgement.ACCEPTED,
        Action.DISPUTE: Acknowledgement.DISPUTED,
        Action.VERIFY: Acknowledgement.OVERRIDDEN,
    }

    if acknowledgement in starts:
        assert act(before, command(action), now=NINE).acknowledgement is ends[action]
    else:
        with pytest.raises(NotAllowed, match="acknowledgement"):
            act(before, command(action), now=NINE)


# Reasons.


@pytest.mark.parametrize("reason", [None, "", "  \n"])
def test_an_override_must_say_why(reason):
    disputed = an_appointment(status=Status.FULFILLED, acknowledgement=Acknowledgement.DISPUTED)

    with pytest.raises(ReasonRequired, match="needs a reason"):
        act(disputed, command(Action.VERIFY, reason=reason), now=NINE)


def test_a_rejection_is_a_cancellation_with_the_reason_declined():
    after = act(an_appointment(status=Status.PENDING), command(Action.REJECT), now=NINE)

    assert (after.status, after.reason, after.cancelled_by) == (
        Status.CANCELLED,
        "declined",
        Party.ADMIN,
    )


@pytest.mark.parametrize("party", [Party.CLIENT, Party.PRACTITIONER])
def test_a_cancellation_says_who_why_and_how_long_before(party):
    now = NINE - timedelta(hours=25, minutes=59)

    after = act(an_appointment(), command(Action.CANCEL, party, reason="flu"), now=now)

    assert (after.cancelled_by, after.reason, after.notice_hours) == (party, "flu", 25)


@pytest.mark.parametrize(
    ("before_start", "hours"),
    [
        (timedelta(hours=24), 24),
        (timedelta(hours=24) - timedelta(seconds=1), 23),
        (timedelta(minutes=59), 0),
        (timedelta(0), 0),
        (timedelta(hours=-5), 0),
    ],
)
def test_notice_is_whole_hours_and_never_negative(before_start, hours):
    assert notice(an_appointment(), NINE - before_start) == hours


# Moments.

SECOND = timedelta(seconds=1)
WINDOWS = Windows(
    check_in_before=timedelta(minutes=20),
    check_in_after=timedelta(minutes=10),
    no_show_grace=timedelta(minutes=15),
)


@pytest.mark.parametrize(
    ("action", "earliest", "latest"),
    [
        (Action.ARRIVE, NINE - timedelta(minutes=20), NINE + timedelta(minutes=10)),
        (Action.CHECK_IN, NINE - timedelta(minutes=20), NINE + timedelta(minutes=10)),
        (Action.COMPLETE, NINE, None),
        (Action.NO_SHOW, NINE + timedelta(minutes=15), None),
    ],
)
def test_some_actions_have_their_moment(action, earliest, latest):
    booked = an_appointment()

    def possible(now):
        try:
            act(booked, command(action), now=now, windows=WINDOWS)
        except NotAllowed:
            return False
        return True

    assert possible(earliest)
    assert not possible(earliest - SECOND)
    assert latest is None or (possible(latest) and not possible(latest + SECOND))
    assert latest is not None or possible(NINE + timedelta(days=900))
    wrong = TooEarly if latest is None else OutsideCheckIn
    with pytest.raises(wrong, match="is possible from") as refusal:
        act(booked, command(action), now=earliest - SECOND, windows=WINDOWS)
    assert (" until " in str(refusal.value)) is (latest is not None)


@pytest.mark.parametrize(
    ("action", "offset"),
    [
        (Action.ARRIVE, timedelta(minutes=-30)),
        (Action.ARRIVE, timedelta(minutes=30)),
        (Action.NO_SHOW, timedelta(0)),
    ],
)
def test_without_a_choice_the_windows_are_half_an_hour_and_no_grace(action, offset):
    assert act(an_appointment(), command(action), now=NINE + offset)
    with pytest.raises(NotAllowed):
        act(
            an_appointment(),
            command(action),
            now=NINE + offset + (SECOND if offset > timedelta(0) else -SECOND),
        )


# Holds and bookings.


def a_hold(**changes):
    return an_appointment(**({"status": Status.PROPOSED, "hold_expires_at": NINE} | changes))


def test_a_hold_becomes_a_booking_before_it_expires():
    after = act(a_hold(), command(Action.BOOK), now=NINE - SECOND)

    assert after.status is Status.BOOKED
    assert after.hold_expires_at is None


def test_a_hold_becomes_pending_where_the_activity_wants_a_confirmation():
    after = act(a_hold(), command(Action.BOOK, needs_confirmation=True), now=NINE - SECOND)

    assert after.status is Status.PENDING


@pytest.mark.parametrize("late", [timedelta(0), timedelta(hours=1)])
def test_an_expired_hold_cannot_be_booked(late):
    with pytest.raises(HoldExpired, match="has expired"):
        act(a_hold(), command(Action.BOOK), now=NINE + late)


@pytest.mark.parametrize(
    ("status", "now", "holds"),
    [(Status.PROPOSED, NINE - SECOND, True), (Status.PROPOSED, NINE, False)]
    + [
        (status, NINE, status not in (Status.CANCELLED, Status.NOSHOW, Status.ENTERED_IN_ERROR))
        for status in Status
        if status is not Status.PROPOSED
    ],
)
def test_what_holds_time(status, now, holds):
    assert a_hold(status=status).holds_time_at(now) is holds


def test_a_hold_without_an_expiry_holds_its_time():
    assert a_hold(hold_expires_at=None).holds_time_at(NINE + timedelta(days=900))


# New times.


def test_a_new_time_keeps_the_status():
    after = act(an_appointment(), command(Action.RESCHEDULE), now=NINE)

    assert (after.interval, after.status) == (LATER, Status.BOOKED)


def test_a_reschedule_needs_a_new_time():
    with pytest.raises(Invalid, match="new start"):
        act(an_appointment(), command(Action.RESCHEDULE, interval=None), now=NINE)


def test_nobody_moves_an_appointment_into_the_past():
    early = Interval(NINE - SECOND, NINE + HALF_HOUR)

    with pytest.raises(PastTime, match="in the past"):
        act(an_appointment(), command(Action.RESCHEDULE, interval=early), now=NINE)
    assert act(
        an_appointment(),
        command(Action.RESCHEDULE, interval=Interval(NINE, NINE + HALF_HOUR)),
        now=NINE,
    )


def test_what_already_happened_in_a_calendar_is_not_refused_for_being_past():
    early = Interval(NINE - HALF_HOUR, NINE)

    moved = act(
        an_appointment(), command(Action.RESCHEDULE, interval=early, upstream=True), now=NINE
    )

    assert moved.interval == early


def test_an_appointment_that_ends_before_it_starts_cannot_exist():
    with pytest.raises(ValueError, match="ends before"):
        an_appointment(start=NINE, end=NINE)
    with pytest.raises(ValueError, match="aware UTC"):
        replace(an_appointment(), start=NINE.replace(tzinfo=None))


@pytest.mark.parametrize("status", Status)
def test_a_refusal_names_number_and_state_but_no_client(status):
    if status is Status.PENDING:
        return
    with pytest.raises(NotAllowed) as refusal:
        act(an_appointment(status=status), command(Action.CONFIRM), now=NINE)

    assert an_appointment().number in str(refusal.value)
    assert status.value in str(refusal.value)
    assert "Doe" not in str(refusal.value)


@pytest.mark.parametrize("action", [Action.COMPLETE, Action.CHECK_OUT])
def test_what_took_place_waits_for_its_client_where_the_activity_asks_for_it(action):
    status = Status.CHECKED_IN
    before = ready_for(action, status=status)

    asked = act(before, command(action, awaits_acknowledgement=True), now=LATER.end)
    plain = act(before, command(action), now=LATER.end)

    assert asked.acknowledgement is Acknowledgement.AWAITING
    assert plain.acknowledgement is before.acknowledgement


def test_undoing_what_took_place_takes_back_the_question_about_it():
    before = an_appointment(
        status=Status.FULFILLED, acknowledgement=Acknowledgement.DISPUTED, start=NINE
    )

    after = act(before, command(Action.UNDO), now=LATER.end)

    assert (after.status, after.acknowledgement) == (Status.BOOKED, Acknowledgement.NOT_REQUIRED)


@pytest.mark.parametrize("action", [Action.CANCEL, Action.RESCHEDULE])
@pytest.mark.parametrize("party", [Party.CLIENT, Party.GUARDIAN])
def test_what_has_begun_is_the_practices_to_change(action, party):
    booked = an_appointment()

    assert act(booked, command(action, party, interval=LATER), now=NINE)
    with pytest.raises(TooLate, match="began at"):
        act(booked, command(action, party, interval=LATER), now=NINE + SECOND)
    assert act(booked, command(action, Party.ADMIN, interval=LATER), now=NINE + SECOND)
    assert act(booked, command(action, party, interval=LATER, upstream=True), now=NINE + SECOND)
