"""Once, whatever becomes of the answer, and whatever somebody does between looking and writing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from calcom_provider import ASKING, accounts_at
from calcom_writes import HALF_HOUR, NOON, TEN, a_draft, event, fault, living, made

from syncd.core.errors import Transient
from syncd.core.events import EventStatus
from syncd.ports import Adopted, Conflict, Done, Written
from syncd.testing.builders import NINE
from syncd_calcom.standin import CAL_DIY, HOSTED, RECORDED, Effect
from syncd_calcom.standin.rows import Status

DAY = timedelta(days=1)
UNHEARD = [Effect.LOST, Effect.TIMEOUT, Effect.HALF]

cal = accounts_at(CAL_DIY, HOSTED, RECORDED)


# Once


@pytest.mark.parametrize("effect", UNHEARD)
def test_a_create_whose_answer_is_lost_is_found_and_adopted(cal, effect):
    provider = cal.open()
    fault(cal, effect)

    result = provider.create(a_draft())

    [row] = living(cal)
    assert result == Adopted(event(provider, row.uid))
    assert provider.create(a_draft()) == result


def test_a_create_that_nobody_heard_of_is_found_later_wherever_it_went(cal):
    provider = cal.open()
    fault(cal, Effect.LOST)
    cut = {"method": "GET", "times": None}
    cal.transport.before = on_writing(lambda: fault(cal, Effect.CUT, **cut))
    with pytest.raises(Transient) as caught:
        provider.create(a_draft())
    assert caught.value.ambiguous
    cal.world.faults.clear()
    [row] = living(cal)
    moved = cal.move(row.uid, NOON, NOON + HALF_HOUR)

    asked_for_another_time = provider.create(a_draft(NINE + DAY))

    assert asked_for_another_time == Adopted(event(provider, moved))
    assert len(living(cal)) == 1


def test_a_create_made_long_ago_is_found_at_its_time(cal):
    provider = cal.open()
    made(provider, a_draft(NINE))
    cal.pass_time(days=5)

    assert isinstance(provider.create(a_draft(NINE)), Adopted)


def test_a_create_made_long_ago_is_found_where_it_moved_to(cal):
    provider = cal.open()
    first = made(provider, a_draft(NINE))
    moved = cal.move(first.ref, NOON + DAY, NOON + DAY + HALF_HOUR)
    cal.pass_time(days=5)

    assert provider.create(a_draft(NINE)) == Adopted(event(provider, moved))


def test_a_mark_of_another_appointment_is_not_ours(cal):
    provider = cal.open()
    made(provider, a_draft(mark="appointment-2"))

    assert isinstance(provider.create(a_draft(TEN)), Written)
    assert len(living(cal)) == 2


@pytest.mark.parametrize("effect", UNHEARD)
def test_a_move_whose_answer_is_lost_had_its_effect(cal, effect):
    provider = cal.open()
    before = made(provider, a_draft())
    fault(cal, effect, path="*/reschedule")

    result = provider.update(before, a_draft(NOON))

    [row] = living(cal)
    assert (result.ref, row.start) == (row.uid, NOON)


@pytest.mark.parametrize("effect", UNHEARD)
def test_a_moved_occurrence_whose_answer_is_lost_is_found_by_its_series(cal, effect):
    rows = [cal.book(NINE + 7 * n * DAY, series_uid="series") for n in range(3)]
    provider = cal.open()
    before = event(provider, rows[1].uid)
    fault(cal, effect, path="*/reschedule")

    result = provider.update(before, a_draft(NOON + 7 * DAY, title=None))

    new = next(each for each in living(cal) if each.rescheduled_from == rows[1].uid)
    assert result.ref == new.uid
    assert event(provider, rows[1].uid).continued_by == new.uid
    assert event(provider, new.uid).continues == rows[1].uid


@pytest.mark.parametrize("effect", UNHEARD)
@pytest.mark.parametrize("status", [Status.ACCEPTED, Status.PENDING])
def test_an_ending_whose_answer_is_lost_had_its_effect(cal, effect, status):
    row = cal.book(NINE, event_type=ASKING, status=status)
    provider = cal.open()
    there = event(provider, row.uid)
    fault(cal, effect)

    assert provider.delete(there.ref, there.version) == Done()

    over = {Status.ACCEPTED: Status.CANCELLED, Status.PENDING: Status.REJECTED}
    assert row.status is over[status]


@pytest.mark.parametrize("effect", UNHEARD)
@pytest.mark.parametrize("status", [Status.ACCEPTED, Status.PENDING])
def test_an_update_that_ends_and_whose_answer_is_lost_had_its_effect(cal, effect, status):
    row = cal.book(NINE, event_type=ASKING, status=status)
    provider = cal.open()
    before = event(provider, row.uid)
    fault(cal, effect)

    result = provider.update(
        before, a_draft(title=None, status=EventStatus.CANCELLED, transparent=True)
    )

    assert result == Written(ref=row.uid, version=result.version, sent=result.sent)
    assert row.status.is_over


@pytest.mark.parametrize("effect", UNHEARD)
def test_a_confirmation_whose_answer_is_lost_had_its_effect(cal, effect):
    row = cal.book(NINE, event_type=ASKING, status=Status.PENDING)
    provider = cal.open()
    before = event(provider, row.uid)
    fault(cal, effect)

    result = provider.update(before, a_draft(title=None))

    assert (result.ref, row.status) == (row.uid, Status.ACCEPTED)


@pytest.mark.parametrize("verb", ["reschedule", "cancel", "confirm"])
def test_what_a_cut_connection_leaves_open_is_said_to_be_open(cal, verb):
    row = cal.book(NINE, event_type=ASKING, status=Status.PENDING)
    if verb == "cancel":
        row.status = Status.ACCEPTED
    provider = cal.open()
    before = event(provider, row.uid)
    fault(cal, Effect.CUT, path=f"*/{verb}")
    draft = {
        "reschedule": a_draft(NOON, title=None),
        "cancel": a_draft(title=None, status=EventStatus.CANCELLED, transparent=True),
        "confirm": a_draft(title=None),
    }[verb]

    with pytest.raises(Transient) as caught:
        provider.update(before, draft)

    assert caught.value.ambiguous
    assert event(provider, row.uid) == before


# Between looking and writing


def test_what_somebody_did_between_looking_and_cancelling_is_a_conflict_afterwards(cal):
    row = cal.book(NINE)
    provider = cal.open()
    there = event(provider, row.uid)
    cal.transport.before = on_writing(lambda: cal.move(row.uid, NOON, NOON + HALF_HOUR))

    result = provider.delete(there.ref, there.version)

    [new] = living(cal)
    assert result == Conflict(event(provider, new.uid))


def test_a_booking_that_moved_on_is_not_deleted_by_its_old_name(cal):
    row = cal.book(NINE)
    provider = cal.open()
    there = event(provider, row.uid)
    new = cal.move(row.uid, NOON, NOON + HALF_HOUR)

    assert provider.delete(there.ref, there.version) == Conflict(event(provider, new))

    cal.delete(new)
    assert provider.delete(there.ref, there.version) == Done()


def on_writing(act):
    """`act` happens right before the first write arrives."""
    done = []

    def before(request):
        if request.method != "GET" and not done:
            done.append(act())

    return before
