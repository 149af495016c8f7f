"""Who did not come, as the practice notes it or its host in Cal.com, in whole rounds."""

from __future__ import annotations

from datetime import timedelta

import pytest
from calcom_clinic import HERE, a_clinic
from calcom_provider import ASKING, JANE

from syncd.core.appointment import Status as Appointed
from syncd.core.lifecycle import Action
from syncd.flows.deliveries import Posted, keep
from syncd.ports import Hint
from syncd.testing.builders import NINE
from syncd_calcom.standin import CAL_DIY, HOSTED, Effect, Fault
from syncd_calcom.standin.rows import Attendee, Status

SHE, HE = "she@example.test", "he@example.test"


@pytest.fixture
def clinic(tmp_path):
    with a_clinic(tmp_path) as clinic:
        yield clinic


def begun(clinic, **more):
    """A patient's booking whose time has come, and its appointment."""
    row = clinic.cal.book(NINE, **more)
    clinic.settle()
    clinic.clock.advance(timedelta(hours=1, minutes=10))
    [appointment] = clinic.appointments()
    return row, appointment


def mark(clinic, row, *, absent=True):
    """The host does so in Cal.com, of everybody; no stamp tells of it."""
    for each in row.attendees:
        each.is_absent = absent
    clinic.cal.world.write(row, touches=False)


def absences(row):
    return [each.is_absent for each in row.attendees]


@pytest.mark.parametrize("profile", [CAL_DIY, HOSTED], ids=lambda each: each.name)
def test_a_no_show_of_the_practice_is_told_once_and_taken_back(tmp_path, profile):
    with a_clinic(tmp_path, profile) as clinic:
        row, appointment = begun(clinic)

        clinic.act(appointment, Action.NO_SHOW)
        clinic.settle()
        assert (absences(row), clinic.writes) == ([True], 1)

        clinic.act(appointment, Action.UNDO)
        clinic.settle()
        assert (absences(row), clinic.writes) == ([False], 2)
        assert clinic.now_is(appointment).status is Appointed.BOOKED


def test_all_who_were_expected_are_marked_and_one_of_them_is_no_absence(clinic):
    people = [
        Attendee(id=at, time_zone="Europe/Berlin", **(JANE | {"email": mail}))
        for at, mail in enumerate((SHE, HE), start=900)
    ]
    row, appointment = begun(clinic, attendees=people)
    people[0].is_absent = True
    clinic.cal.world.write(row, touches=False)
    clinic.sync(in_full=True)
    assert clinic.now_is(appointment).status is Appointed.BOOKED

    clinic.act(appointment, Action.NO_SHOW)
    clinic.settle()

    assert (absences(row), clinic.writes) == ([True, True], 1)


def test_an_absence_that_is_marked_in_calcom_is_a_no_show(clinic):
    row, appointment = begun(clinic)

    mark(clinic, row)
    clinic.sync(in_full=True)
    clinic.settle()

    assert clinic.now_is(appointment).status is Appointed.NOSHOW
    with clinic.ledger.read() as view:
        last = view.journal()[-1]
    assert (last.action, last.actor) == ("no-show", "calendar:patel-main")
    assert clinic.writes == 0


def test_what_took_place_stays_so_whatever_is_marked_in_calcom(clinic):
    row, appointment = begun(clinic)
    clinic.act(appointment, Action.COMPLETE)

    mark(clinic, row)
    clinic.settle()

    assert clinic.now_is(appointment).status is Appointed.FULFILLED
    assert (absences(row), clinic.writes) == ([True], 0)


def test_an_absence_that_is_taken_back_in_calcom_is_the_practices_to_undo(clinic):
    row, appointment = begun(clinic)
    clinic.act(appointment, Action.NO_SHOW)
    clinic.settle()

    mark(clinic, row, absent=False)
    clinic.settle()

    assert clinic.now_is(appointment).status is Appointed.NOSHOW
    assert (absences(row), clinic.writes) == ([False], 1)


@pytest.mark.parametrize("effect", [Effect.LOST, Effect.TIMEOUT, Effect.STATUS, Effect.LIMITED])
def test_whatever_becomes_of_the_answer_it_is_told_in_the_end(clinic, effect):
    row, appointment = begun(clinic)
    clinic.act(appointment, Action.NO_SHOW)
    clinic.cal.world.faults.add(Fault(effect=effect, method="POST"))

    clinic.sync()
    clinic.clock.advance(timedelta(hours=1))
    clinic.settle()

    assert absences(row) == [True]
    assert clinic.link(appointment).base.absent


def test_confirmed_and_missed_between_two_looks_is_both(clinic):
    row, appointment = begun(clinic, event_type=ASKING, status=Status.PENDING)
    clinic.act(appointment, Action.CONFIRM)
    clinic.act(appointment, Action.NO_SHOW)

    clinic.settle()

    assert (row.status, absences(row)) == (Status.ACCEPTED, [True])
    assert clinic.writes == 2


def test_an_absence_that_is_marked_while_it_is_confirmed_is_seen(clinic):
    """Between the write and the reading after it: what is read back is not just what was sent."""
    row, appointment = begun(clinic, event_type=ASKING, status=Status.PENDING)
    clinic.act(appointment, Action.CONFIRM)

    def host_marks(request):
        if request.method == "GET" and row.status is Status.ACCEPTED:
            mark(clinic, row)

    clinic.cal.transport.before = host_marks
    clinic.settle()

    assert clinic.now_is(appointment).status is Appointed.NOSHOW


def test_a_booking_that_names_nobody_is_not_marked_and_that_is_shown(clinic):
    _, appointment = begun(clinic, attendees=[])
    clinic.act(appointment, Action.NO_SHOW)

    clinic.sync()

    assert clinic.link(appointment).problem == "the booking names nobody who could have come"
    assert clinic.writes == 0


def long_known(clinic):
    """One that is not the last that was written, so that polls do not show it."""
    row, appointment = begun(clinic)
    clinic.clock.advance(timedelta(hours=1))
    clinic.cal.book(NINE + timedelta(days=1))
    clinic.settle()
    clinic.clock.advance(timedelta(minutes=10))
    return row, appointment


def told(clinic, trigger="BOOKING_NO_SHOW_UPDATED", **more):
    """Cal.com's webhook reaches the inbox; the round that looks into it."""
    hint = Hint(trigger=trigger, about=more.get("about", "uid"))
    posted = Posted(calendar_id=HERE, hint=hint, body=repr((trigger, more)).encode())
    clinic.ledger.write(lambda tx: keep(tx, [posted]))
    return clinic.sync()  # half a minute later


def listings(clinic):
    """How often all bookings were asked for."""
    asked = (each.url.params for each in clinic.cal.transport.requests)
    return sum(
        each.get("sortCreated") == "asc" and "1970" in each["afterCreatedAt"] for each in asked
    )


def test_a_webhook_about_an_absence_has_everything_looked_at_and_no_other_has(clinic):
    row, appointment = long_known(clinic)
    mark(clinic, row)
    before = listings(clinic)

    told(clinic, "BOOKING_CREATED")
    assert (clinic.now_is(appointment).status, listings(clinic)) == (Appointed.BOOKED, before)
    told(clinic)

    assert clinic.now_is(appointment).status is Appointed.NOSHOW
    assert listings(clinic) == before + 1


def test_many_webhooks_about_absences_cost_a_listing_in_five_minutes(clinic):
    row, appointment = long_known(clinic)
    before = listings(clinic)
    told(clinic, about="another")

    mark(clinic, row)
    for number in range(2):
        told(clinic, about=number)
    for _ in range(6):
        clinic.sync()
    assert (clinic.now_is(appointment).status, listings(clinic)) == (Appointed.BOOKED, before + 1)
    for _ in range(2):
        clinic.sync()

    assert clinic.now_is(appointment).status is Appointed.NOSHOW
    assert listings(clinic) == before + 2
