"""What people do in Cal.com: seats, guests, other hosts and requests to move."""

from __future__ import annotations

import pytest
from calcom_lists import garbling
from calcom_provider import accounts_at
from calcom_writes import NOON, TEN, a_draft, event

from syncd.core.errors import Rejected
from syncd.core.events import Attendance, EventStatus, RemoteEvent
from syncd.ports import Written
from syncd.testing.builders import NINE
from syncd_calcom.standin import BOB_KEY, CAL_DIY, HOSTED, RECORDED
from syncd_calcom.standin.rows import Attendee, Status

cal = accounts_at(CAL_DIY, HOSTED, RECORDED)


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
    hosts = [{"id": 102, "email": "bob@example.test", "timeZone": "UTC"}]
    return garbling(cal, uid, {"hosts": hosts})


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
