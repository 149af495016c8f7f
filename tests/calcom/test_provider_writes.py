"""What syncd does in Cal.com: once, whatever becomes of the answer; and what people do there."""

from __future__ import annotations

import io
import logging
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
import structlog
from calcom_provider import ASKING, JANE, PLAIN, CalcomHarness

from syncd.core.errors import Rejected, Transient
from syncd.core.events import Attendance, Draft, EventStatus, RemoteEvent, agrees
from syncd.core.ids import Uid
from syncd.log import configure
from syncd.ports import Adopted, Conflict, Done, Written
from syncd.testing.builders import NINE
from syncd_calcom.standin import ALICE_KEY, BOB_KEY, CAL_DIY, HOSTED, RECORDED, Effect, Fault
from syncd_calcom.standin.rows import Attendee, Status

HALF_HOUR = timedelta(minutes=30)
TEN, NOON = NINE + 2 * HALF_HOUR, NINE + 6 * HALF_HOUR
DAY = timedelta(days=1)
UNHEARD = [Effect.LOST, Effect.TIMEOUT, Effect.HALF]


@pytest.fixture(params=[CAL_DIY, HOSTED, RECORDED], ids=lambda each: each.name)
def cal(request):
    return CalcomHarness(request.param)


def a_draft(start=NINE, minutes=30, **changes):
    fields = {
        "uid": Uid("u"),
        "start": start,
        "end": start + timedelta(minutes=minutes),
        "zone": "Europe/Berlin",
        "title": "Consultation · AID-20310303-0001",
        "mark": "appointment-1",
    }
    return Draft(**(fields | changes))


def event(provider, ref):
    found = provider.get_many([ref])[ref]
    assert isinstance(found, RemoteEvent), found
    return found


def made(provider, draft):
    result = provider.create(draft)
    assert isinstance(result, Written), result
    return event(provider, result.ref)


def living(cal):
    return [each for each in cal.world.bookings.values() if not each.status.is_over]


def fault(cal, effect, *, path="*", method="POST", **more):
    cal.world.faults.add(Fault(effect=effect, method=method, path=path, **more))


def test_what_is_asked_for_as_it_is_offered_is_refused_where_it_is_not():
    """The hosted service makes anything on its host's word; without that, only what is free."""
    cal = CalcomHarness(HOSTED)
    provider = cal.open()
    made(provider, a_draft())
    overlapping = a_draft(NINE + HALF_HOUR / 2, mark="appointment-2", uid=Uid("v"))

    with pytest.raises(Rejected):
        provider.create(replace(overlapping, as_offered=True))
    assert len(living(cal)) == 1
    made(provider, overlapping)
    assert len(living(cal)) == 2


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


# What is asked of Cal.com


def test_moving_keeps_a_request_a_request_and_a_booking_a_booking(cal):
    provider = cal.open()
    asked = cal.book(NINE, event_type=ASKING, status=Status.PENDING)
    sure = cal.book(TEN, event_type=ASKING, status=Status.ACCEPTED)

    for row, start in ((asked, NOON), (sure, NOON + HALF_HOUR)):
        provider.update(event(provider, row.uid), a_draft(start, title=None, status=None))

    assert {each.start: each.status for each in living(cal)} == {
        NOON: Status.PENDING,
        NOON + HALF_HOUR: Status.ACCEPTED,
    }
    assert [each.method for each in cal.transport.requests].count("POST") == 2


def test_a_move_can_confirm(cal):
    row = cal.book(NINE, event_type=ASKING, status=Status.PENDING)
    provider = cal.open()

    result = provider.update(event(provider, row.uid), a_draft(NOON, title=None))

    assert event(provider, result.ref).status is EventStatus.CONFIRMED


def test_a_full_time_is_refused_where_it_must_be_and_booked_where_the_ledger_decides(cal):
    cal.book(NINE)
    provider = cal.open()

    if cal.world.profile is HOSTED:
        # Another length, or the guard of the database over start and end would refuse it.
        cal.offer(308, "long", length=60)
        provider = cal.open(event_types="308=long")
        assert isinstance(provider.create(a_draft(minutes=60)), Written)
    else:
        with pytest.raises(Rejected, match="busy or away"):
            provider.create(a_draft())


def test_what_was_cancelled_stays_cancelled(cal):
    row = cal.book(NINE, status=Status.CANCELLED)
    provider = cal.open()
    before = event(provider, row.uid)

    with pytest.raises(Rejected, match="stays cancelled"):
        provider.update(before, a_draft(title=None))
    over = a_draft(title=None, status=EventStatus.CANCELLED, transparent=True)
    assert provider.update(before, over).ref == row.uid
    assert agrees(over, before)


def test_an_event_type_that_is_gone_keeps_its_booking_from_moving_and_not_from_ending(cal):
    row = cal.book(NINE)
    provider = cal.open()
    del cal.world.event_types[PLAIN]
    row.event_type_id = None
    there = event(provider, row.uid)

    with pytest.raises(Rejected):
        provider.update(there, a_draft(NOON, title=None))
    assert provider.delete(there.ref, there.version) == Done()


def test_what_has_ended_cannot_be_cancelled(cal):
    row = cal.book(NINE)
    provider = cal.open()
    there = event(provider, row.uid)
    cal.pass_time(days=90)

    with pytest.raises(Rejected, match="ended"):
        provider.delete(there.ref, there.version)


def test_another_title_is_nothing_to_write(cal):
    provider = cal.open()
    before = made(provider, a_draft())
    asked = len(cal.transport.requests)

    result = provider.update(before, a_draft(title="Another"))

    assert result == Written(ref=before.ref, version=before.version, sent=before.body)
    assert {each.method for each in cal.transport.requests[asked:]} == {"GET"}


# Lengths


def test_a_declared_length_is_the_practices_own_on_both_ways(cal):
    """20 minutes here, 30 there: neither side sees a change that nobody made."""
    provider = cal.open(event_types=f"{PLAIN}=follow-up:20/30")
    theirs = cal.book(NINE)
    assert event(provider, theirs.uid).when.end == NINE + timedelta(minutes=20)

    ours = made(provider, a_draft(TEN, 20))
    moved = provider.update(ours, a_draft(NOON, 20))

    after = event(provider, moved.ref)
    assert (after.when.start, after.when.end) == (NOON, NOON + timedelta(minutes=20))
    assert cal.booking(moved.ref).minutes == 30
    assert cal.booking(moved.ref).metadata["syncd_minutes"] == "20/30"


def test_a_booking_keeps_the_length_it_was_made_for_when_the_declaration_goes(cal):
    made_for = made(cal.open(event_types=f"{PLAIN}=follow-up:20/30"), a_draft(NINE, 20))

    assert event(cal.open(event_types=""), made_for.ref).when == made_for.when


def test_a_booking_of_another_length_than_declared_is_read_as_it_is(cal):
    provider = cal.open(event_types=f"{PLAIN}=follow-up:20/30")

    longer = cal.book(NINE, minutes=45)

    assert event(provider, longer.uid).when.end == NINE + timedelta(minutes=45)


def test_a_length_that_is_offered_is_chosen(cal):
    cal.offer(308, "any", length=15, lengths=[15, 30, 60])
    provider = cal.open(event_types="308=any")

    assert cal.booking(made(provider, a_draft(minutes=60)).ref).minutes == 60
    with pytest.raises(Rejected, match="lasts 45"):
        provider.create(a_draft(TEN, 45, mark="appointment-2"))


def test_a_move_that_would_shorten_is_refused(cal):
    """Observed: the chosen length is not kept."""
    cal.offer(308, "any", length=15, lengths=[15, 30, 60])
    provider = cal.open(event_types="308=any")
    before = made(provider, a_draft(minutes=60))

    with pytest.raises(Rejected, match="lasts 15 minutes"):
        provider.update(before, a_draft(NOON, 60))
    assert event(provider, before.ref) == before


def test_groups_and_series_are_not_booked_into(cal):
    cal.offer(308, "group", seats={"seatsPerTimeSlot": 4})
    cal.offer(309, "series", recurrence={"interval": 1, "occurrences": 3, "frequency": "weekly"})

    with pytest.raises(Rejected, match="lasts 30"):
        cal.open(event_types="308=group, 309=series").create(a_draft())


def test_an_event_type_that_a_team_keeps_to_itself_is_passed_over(cal):
    def before(request):
        forbidden = {"statusCode": 403, "message": "Forbidden resource"}
        is_it = request.url.path.endswith("/event-types/999")
        return httpx.Response(403, json=forbidden) if is_it else None

    cal.transport.before = before
    provider = cal.open(event_types=f"999=team, {PLAIN}=consultation")

    assert cal.booking(made(provider, a_draft()).ref).event_type_id == PLAIN


def test_without_named_event_types_those_of_the_account_are_taken(cal):
    provider = cal.open(event_types="")

    assert cal.booking(made(provider, a_draft()).ref).minutes == 30


def test_the_event_type_of_the_activity_is_booked_and_another_where_there_is_none(cal):
    cal.offer(308, "second")
    provider = cal.open(event_types=f"{PLAIN}=consultation, 308=second, {ASKING}=third")

    found = [
        cal.booking(made(provider, a_draft(start, activity=name, mark=name)).ref).event_type_id
        for start, name in ((NINE, "second"), (TEN, "third"), (NOON, "fourth"))
    ]

    assert found == [308, ASKING, PLAIN]


# What is said of it


@pytest.fixture
def logged():
    stream = io.StringIO()
    configure("debug", "logfmt", stream=stream, environ={})
    yield stream
    structlog.reset_defaults()
    logging.getLogger().handlers = [
        each for each in logging.getLogger().handlers if type(each).__module__ != "syncd.log"
    ]


def test_nothing_of_a_booking_or_the_key_is_logged(cal, logged):
    row = cal.book(NINE)
    provider = cal.open()
    before = event(provider, row.uid)
    moved = provider.update(before, a_draft(NOON, title=None)).ref
    fault(cal, Effect.STATUS, times=None, status=400, message=f"{ALICE_KEY} {JANE['email']}")
    try:
        provider.create(a_draft(TEN))
    except Rejected as exc:
        said = logged.getvalue() + str(exc)

    for secret in (row.uid, moved, ALICE_KEY, JANE["email"], JANE["name"], "alice@"):
        assert secret not in said


# What people do there


def seat(number):
    return Attendee(
        id=number,
        email=f"p{number}@example.test",
        name=f"P{number}",
        time_zone="UTC",
        seat_uid=f"seat-{number}",
    )


def test_a_time_with_seats_is_one_event_while_anybody_sits_there(cal):
    people = [seat(1), seat(2)]
    row = cal.book(NINE, is_seated=True, attendees=people)
    provider = cal.open()
    full = event(provider, row.uid)

    people.pop()
    half = event(provider, row.uid)
    row.attendees, row.status = [], Status.CANCELLED
    empty = event(provider, row.uid)

    assert (full.status, half.status) == (EventStatus.CONFIRMED, EventStatus.CONFIRMED)
    assert full.digest == half.digest
    assert full.version != half.version
    assert not empty.takes_time


def test_a_group_is_moved_as_a_whole_where_that_is_possible(cal):
    cal.offer(308, "group", seats={"seatsPerTimeSlot": 4})
    row = cal.book(NINE, event_type=308, is_seated=True, attendees=[seat(1)])
    provider = cal.open()
    before = event(provider, row.uid)
    draft = a_draft(NOON, title=None)

    if cal.world.profile is RECORDED:
        with pytest.raises(Rejected):
            provider.update(before, draft)
    else:
        assert provider.update(before, draft).ref == row.uid
        assert row.start == NOON


def test_another_place_or_guest_is_no_change_of_the_appointment(cal):
    row = cal.book(NINE)
    provider = cal.open()
    before = event(provider, row.uid)

    row.location = "https://meet.example.test/new"
    row.guests.append("guest@example.test")

    after = event(provider, row.uid)
    assert after.version != before.version
    assert after.digest == before.digest
    assert isinstance(provider.update(before, a_draft(NOON, title=None)), Written)


def test_a_booking_that_is_given_to_another_host_is_not_there_any_more(cal):
    row = cal.book(NINE)
    provider = cal.open()
    assert provider.get_many([row.uid])[row.uid].attendance is Attendance.OWN

    row.host_id = 102

    assert row.uid not in {each.ref for each in provider.listing(bodies=True).changed}
    assert not isinstance(provider.get_many([row.uid])[row.uid], RemoteEvent)
    theirs = cal.open(key=BOB_KEY, username="bob")
    assert event(theirs, row.uid).attendance is Attendance.OWN


def test_what_is_listed_and_hosted_by_others_is_not_the_practitioners(cal):
    """Whoever leads a team may see its bookings."""
    row, kept = cal.book(NINE), cal.book(TEN)
    provider = cal.open()
    cursor = provider.listing(bodies=True).cursor
    cal.pass_time(hours=1)
    cal.transport.before = as_others(cal, row.uid)
    cal.rename(row.uid, "Theirs")

    changes, listing = provider.changes(cursor), provider.listing(bodies=True)

    assert (changes.gone, changes.changed) == ((row.uid,), ())
    assert provider.changes(changes.cursor).gone == ()
    assert {each.ref for each in listing.changed} == {kept.uid}
    assert listing.complete


def as_others(cal, uid):
    """Answers in which somebody else hosts the booking."""

    def before(request):
        response = cal.in_process.handle_request(request)
        document = httpx.Response(200, content=response.read()).json()
        data = document.get("data")
        for each in data if isinstance(data, list) else [data]:
            if isinstance(each, dict) and each.get("uid") == uid:
                each["hosts"] = [{"id": 102, "email": "bob@example.test", "timeZone": "UTC"}]
        return httpx.Response(response.status_code, headers=response.headers, json=document)

    return before


def test_what_the_practitioner_attends_as_a_guest_is_an_invitation(cal):
    row = cal.book(NINE, host_id=102)
    row.attendees[0].email = "Alice@example.test"

    assert event(cal.open(), row.uid).attendance is Attendance.INVITED


def test_a_request_to_move_is_a_cancelling_until_somebody_moves(cal):
    """Nothing in the API tells the two apart."""
    row = cal.book(NINE)
    provider = cal.open()
    cal.delete(row.uid)
    row.is_rescheduled = True
    assert event(provider, row.uid).continued_by is None

    new = cal.book(NOON, rescheduled_from=row.uid, ics_uid=row.ics_uid)

    assert event(provider, row.uid).continued_by == new.uid
    assert event(provider, new.uid).continues == row.uid


def test_event_types_that_the_practice_names_mark_their_bookings(cal):
    provider = cal.open(event_types=f"{ASKING}=first-visit")
    named, other = cal.book(NINE, event_type=ASKING), cal.book(TEN)

    assert event(provider, named.uid).is_marked
    assert not event(provider, other.uid).is_marked
