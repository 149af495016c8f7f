"""What no action may do to an appointment, whatever state it is in and whoever asks."""

from dataclasses import fields, replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from syncd.core.actions import GIVEN_BACK, RULES, Action, Moment
from syncd.core.appointment import Acknowledgement, Party, Payment, Status
from syncd.core.errors import Refused
from syncd.core.lifecycle import Command, Windows, act, allowed_actions, notice_hours
from syncd.core.time import Interval
from syncd.testing.builders import HALF_HOUR, NINE, an_appointment

HOUR = timedelta(hours=1)
moments = st.sampled_from(
    [
        NINE + each
        for each in (-2 * HOUR, -HALF_HOUR, -timedelta(seconds=1), timedelta(0), HALF_HOUR)
    ]
    + [NINE + HALF_HOUR + timedelta(seconds=1), NINE + 30 * HOUR]
)
appointments = st.builds(
    an_appointment,
    status=st.sampled_from(Status),
    payment=st.sampled_from(Payment),
    acknowledgement=st.sampled_from(Acknowledgement),
    version=st.integers(1, 5),
    hold_expires_at=st.none() | moments,
    reason=st.none() | st.just("before"),
)
commands = st.builds(
    Command,
    action=st.sampled_from(Action),
    party=st.sampled_from(Party),
    reason=st.sampled_from([None, "", "  ", "ill"]),
    interval=st.none() | moments.map(lambda start: Interval(start, start + HOUR)),
    upstream=st.booleans(),
    needs_confirmation=st.booleans(),
    awaits_acknowledgement=st.booleans(),
)
windows = st.sampled_from(
    [None, Windows(), Windows(no_show_grace=HALF_HOUR, check_in_before=HOUR, check_in_after=HOUR)]
)


def after(appointment, command, now, around):
    """The appointment afterwards; None where the action is refused."""
    try:
        return act(appointment, command, now=now, windows=around)
    except Refused:
        return None


@st.composite
def deeds(draw, actions=tuple(set(Action) - {Action.HOLD})):
    """An action that is done: before, command, now, and the appointment afterwards."""
    command = replace(
        draw(commands),
        action=draw(st.sampled_from(sorted(actions))),
        reason=draw(st.sampled_from(["ill", " late "])),
        upstream=True,
    )
    rule = RULES[command.action]
    before = replace(
        draw(appointments), status=draw(st.sampled_from(sorted(rule.from_))), hold_expires_at=None
    )
    parties = [party for status, party in rule.only_by if status is before.status] or rule.who
    command = replace(command, party=draw(st.sampled_from(sorted(parties))))
    if rule.payment_from:
        before = replace(before, payment=draw(st.sampled_from(sorted(rule.payment_from))))
    if rule.acknowledgement_from:
        wanted = draw(st.sampled_from(sorted(rule.acknowledgement_from)))
        before = replace(before, acknowledgement=wanted)
    if command.action is Action.RESCHEDULE:
        start = draw(moments)
        command = replace(command, interval=Interval(start, start + HOUR))
    now = draw(moments) if rule.moment is Moment.ANY else NINE
    return before, command, now, act(before, command, now=now)


@given(deeds())
def test_an_action_is_one_version_and_touches_only_its_own_fields(deed):
    before, command, _, found = deed

    rule = RULES[command.action]
    changed = {
        each.name
        for each in fields(found)
        if getattr(found, each.name) != getattr(before, each.name)
    }
    may_change = {"version", "status", "payment", "acknowledgement", "hold_expires_at"}
    may_change |= {"start", "end"} if command.action is Action.RESCHEDULE else set()
    cancels = rule.to is Status.CANCELLED
    may_change |= {"cancelled_by", "reason", "notice_hours"} if cancels else set()
    assert found.version == before.version + 1
    assert "version" in changed <= may_change
    assert found.hold_expires_at is None


@given(deeds())
def test_a_status_changes_to_what_the_table_says(deed):
    before, command, _, found = deed

    rule = RULES[command.action]
    assert before.status in rule.from_
    if command.needs_confirmation:
        assert found.status in (Status.PENDING, Status.CANCELLED)
    else:
        assert found.status is (rule.to or before.status)
    if rule.to is Status.FULFILLED and command.awaits_acknowledgement:
        assert found.acknowledgement is Acknowledgement.AWAITING
    else:
        assert found.acknowledgement is (rule.acknowledgement_to or before.acknowledgement)


@given(deeds())
def test_money_moves_only_where_the_table_says_so(deed):
    before, command, _, found = deed

    match command.action:
        case Action.PAY:
            assert before.payment in (Payment.DUE, Payment.AUTHORIZED)
            assert found.payment is Payment.CAPTURED
        case Action.REFUND:
            assert (before.payment, found.payment) == (Payment.CAPTURED, Payment.REFUNDED)
        case Action.REJECT:
            assert found.payment is GIVEN_BACK.get(before.payment, before.payment)
        case _:
            assert found.payment is before.payment


@given(appointments, commands, moments, windows)
def test_nothing_leaves_what_was_entered_in_error(before, command, now, around):
    dead = replace(before, status=Status.ENTERED_IN_ERROR)

    assert after(dead, command, now, around) is None


@given(appointments, commands, moments, windows)
def test_who_is_not_named_is_refused_and_who_is_named_is_offered_it(before, command, now, around):
    offered = allowed_actions(before, command.party)

    if after(before, command, now, around) is not None:
        assert command.action in offered
    elif command.action in offered and RULES[command.action].moment is Moment.ANY:
        expired = before.hold_expires_at is not None and before.hold_expires_at <= now
        assert (
            (command.action is Action.BOOK and expired)
            or (command.action is Action.VERIFY and not (command.reason or "").strip())
            or command.action is Action.RESCHEDULE
        )


@given(deeds(actions=(Action.CANCEL, Action.REJECT)))
def test_a_cancellation_says_who_why_and_how_late(deed):
    before, command, now, found = deed

    assert found.cancelled_by is command.party
    assert found.reason == ("declined" if command.action is Action.REJECT else command.reason)
    assert found.notice_hours == notice_hours(before, now) >= 0
    assert now + found.notice_hours * HOUR <= max(now, before.start)
    assert now + (found.notice_hours + 1) * HOUR > before.start


@given(appointments, commands, moments)
def test_a_move_goes_where_it_was_sent_and_not_into_the_past(before, command, now):
    command = replace(command, action=Action.RESCHEDULE)
    found = after(before, command, now, None)

    if found is not None:
        assert (found.start, found.end) == (command.interval.start, command.interval.end)
        assert command.upstream or command.interval.start >= now
    elif before.status in (Status.PENDING, Status.BOOKED):
        is_client = command.party in (Party.CLIENT, Party.GUARDIAN)
        too_late = is_client and now > before.start
        into_the_past = command.interval is not None and command.interval.start < now
        assert command.interval is None or ((too_late or into_the_past) and not command.upstream)


@given(appointments, commands, moments, windows)
def test_a_refusal_names_the_number_and_nobodys_name(before, command, now, around):
    try:
        act(before, command, now=now, windows=around)
    except Refused as exc:
        said = str(exc)
    else:
        return

    assert before.number in said or "is in the past" in said
    assert "Doe" not in said
