"""Practice files applied to a ledger that is in use: what a change of each choice brings about."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta

import pytest

from syncd.core.appointment import LinkState, Status
from syncd.core.conflict import Resolution
from syncd.core.errors import LeaseLost, LedgerAway, SlotTaken
from syncd.core.ids import CalendarId, PractitionerId
from syncd.core.practice import Adopt, Disclosure, Mode, Room
from syncd.flows.practice import Change, Roster, apply_roster, compare_roster, roster_of
from syncd.testing.builders import NINE, a_calendar, a_practice, a_practitioner, an_activity
from syncd.testing.foreign import ForeignEvent
from syncd.testing.memory_calendar import Hand, MemoryCalendar

HALF_HOUR = timedelta(minutes=30)
TEN, ELEVEN = NINE + timedelta(hours=1), NINE + timedelta(hours=2)
MAIN = CalendarId("patel-main")


def a_roster(*calendars, **changes):
    parts = {
        "practice": a_practice(),
        "practitioners": (a_practitioner(),),
        "activities": (an_activity(),),
        "calendars": calendars or (a_calendar(),),
    }
    return Roster(**parts | changes)


def apply(clinic, *calendars, **changes):
    return apply_roster(clinic.around, a_roster(*calendars, **changes), clinic.cause)


def a_foreign(start=NINE, end=None):
    return ForeignEvent(title="Team", start=start, end=end or start + HALF_HOUR)


def another_place(**changes):
    return a_calendar(settings={"url": "https://elsewhere.example.org/dav/"}, **changes)


def test_applying_the_same_file_again_changes_nothing_and_is_no_work(clinic):
    clinic.book()
    clinic.settle()

    assert apply(clinic) == []

    assert not clinic.state().doubt
    with clinic.ledger.read() as view:
        assert compare_roster(view, a_roster()) == []
        assert roster_of(view) == a_roster()


def test_a_room_that_the_file_names_no_more_is_switched_off_and_may_come_back(clinic):
    blue = Room(id="blue", name="Blue room")
    added = apply(clinic, rooms=(blue,))
    renamed = apply(clinic, rooms=(replace(blue, name="Blue"),))
    dropped = apply(clinic)

    assert [(each.kind, each.change) for each in (*added, *renamed, *dropped)] == [
        ("room", Change.ADD),
        ("room", Change.CHANGE),
        ("room", Change.REMOVE),
    ]
    with clinic.ledger.read() as view:
        assert [each.active for each in view.rooms()] == [False]
    assert [each.change for each in apply(clinic, rooms=(blue,))] == [Change.ADD]
    with clinic.ledger.read() as view:
        assert roster_of(view) == a_roster(rooms=(blue,))


def test_a_calendar_that_is_added_is_filled_with_what_is_to_come(clinic):
    appointment = clinic.book()
    clinic.settle()
    second = CalendarId("patel-second")
    clinic.add(second)

    apply(clinic, a_calendar(), a_calendar(id=second))
    clinic.settle()

    assert clinic.event(appointment, second).when.start == NINE


def test_it_is_filled_also_when_its_first_round_ends_between_looking_and_writing(
    clinic, monkeypatch
):
    """Only a full listing looks for what has no link, and the next one is a day away."""
    appointment = clinic.book()
    clinic.settle()
    second = CalendarId("patel-second")
    clinic.add(second)
    apply(clinic, a_calendar(), a_calendar(id=second))
    write, writes = clinic.ledger.write, iter(("the lease", "what was seen"))

    def breaks_off(work):
        if next(writes, None) is None:
            raise LedgerAway("the database broke off")
        return write(work)

    monkeypatch.setattr(clinic.ledger, "write", breaks_off)
    with suppress(LedgerAway):
        clinic.sync(second)
    monkeypatch.undo()
    clinic.sync(second)

    assert clinic.event(appointment, second).when.start == NINE


def test_what_ended_while_a_calendar_was_busy_only_begins_again_when_it_is_switched_on(clinic):
    appointment = clinic.book()
    clinic.settle()
    apply(clinic, a_calendar(mode=Mode.BUSY))
    clinic.settle()
    clinic.calendar().colleague_deletes(clinic.calendar().refs[0])
    clinic.settle()
    apply(clinic, a_calendar(active=False))
    apply(clinic, a_calendar())

    clinic.settle()

    assert clinic.event(appointment).when.start == NINE


def test_a_calendar_that_is_switched_off_takes_no_time_and_keeps_its_history(clinic):
    clinic.calendar().colleague_adds(a_foreign(start=date(2031, 3, 3), end=date(2031, 3, 4)))
    appointment = clinic.book(NINE + timedelta(days=1))
    clinic.settle()
    with pytest.raises(SlotTaken):
        clinic.book(TEN)

    [change] = apply(clinic, a_calendar(id=CalendarId("other")))[-1:]
    clinic.book(TEN)

    assert change.change is Change.REMOVE
    assert clinic.link(appointment).state is LinkState.IN_SYNC


def test_a_calendar_that_is_switched_on_again_catches_up(clinic):
    appointment, other = clinic.book(), clinic.book(ELEVEN, "Ann Other")
    clinic.settle()
    ref = clinic.ref(other)
    apply(clinic, replace(a_calendar(), active=False))
    clinic.move(appointment, TEN)
    clinic.calendar().colleague_deletes(ref)
    added = clinic.book(NINE, "Ben Other")

    apply(clinic)
    clinic.settle()

    assert clinic.event(appointment).when.start == TEN
    assert clinic.event(added).when.start == NINE
    assert clinic.now_is(other).status is Status.CANCELLED


@pytest.mark.parametrize("meanwhile", [False, True], ids=["at once", "after it was off"])
def test_a_calendar_at_another_place_begins_anew_and_loses_nothing(clinic, meanwhile):
    """Everything that the old place showed is missing in the new one: that is no removal."""
    made = [clinic.book(NINE + n * HALF_HOUR, f"Jane {n}") for n in range(4)]
    clinic.calendar().colleague_adds(a_foreign(NINE + timedelta(days=1)))
    clinic.settle()
    if meanwhile:
        apply(clinic, replace(a_calendar(), active=False))
    clinic.replace(MAIN, MemoryCalendar(name=MAIN))

    [change] = apply(clinic, another_place())
    clinic.settle()

    assert change.change is Change.RESTART
    assert all(each.status is Status.BOOKED for each in clinic.appointments())
    assert [clinic.event(each).when.start for each in made] == [each.start for each in made]
    assert len(clinic.calendar().refs) == 5


def test_a_calendar_that_only_moved_is_found_again_event_by_event(clinic):
    appointment = clinic.book()
    clinic.calendar().colleague_adds(a_foreign(TEN))
    clinic.settle()

    apply(clinic, another_place())
    clinic.settle()

    assert len(clinic.appointments()) == 2
    assert len(clinic.calendar().writes(Hand.SYNCD)) == 1
    assert clinic.event(appointment).when.start == NINE


def test_a_conflict_about_the_old_place_ends_with_it(clinic):
    """Resolved later, it would have set ledger and calendar apart."""
    appointment = clinic.book()
    clinic.settle()
    clinic.move(appointment, TEN)
    clinic.calendar().colleague_moves(clinic.ref(appointment), ELEVEN, ELEVEN + HALF_HOUR)
    clinic.sync()
    clinic.replace(MAIN, MemoryCalendar(name=MAIN))

    apply(clinic, another_place())
    clinic.settle()

    [ended] = clinic.conflicts(open_only=False)
    assert ended.resolution is Resolution.SUPERSEDED
    assert clinic.event(appointment).when.start == TEN


def test_a_round_under_way_stores_nothing_about_the_old_place(clinic):
    clinic.settle()
    clinic.calendar().colleague_adds(a_foreign())
    clinic.faults[MAIN].at("changes", lambda: apply(clinic, another_place()))

    with pytest.raises(LeaseLost):
        clinic.sync()

    assert clinic.appointments() == []
    assert clinic.state().cursor is None


def test_another_choice_of_what_is_told_rewrites_what_was_told_before(clinic):
    """Or names would go on standing in a calendar that was made discreet."""
    appointment = clinic.book()
    clinic.settle()

    apply(clinic, a_calendar(disclosure=Disclosure.BUSY))
    clinic.settle()

    assert clinic.event(appointment).title == "Busy"


def test_another_name_of_an_activity_reaches_its_events(clinic):
    appointment = clinic.book()
    clinic.settle()

    apply(clinic, activities=(an_activity(name="First visit"),))
    clinic.settle()

    assert clinic.event(appointment).title.startswith("First visit")


def test_a_calendar_that_adopts_from_now_on_adopts_what_is_there(open_clinic):
    clinic = open_clinic(a_calendar(adopt=Adopt.NONE))
    clinic.calendar().colleague_adds(a_foreign())
    clinic.settle()

    apply(clinic, a_calendar(adopt=Adopt.ALL))
    clinic.settle()

    assert len(clinic.appointments()) == 1
    assert clinic.busy(NINE, TEN) == []


@pytest.mark.parametrize("mode", [Mode.BUSY, Mode.IMPORT])
def test_a_calendar_that_is_read_from_now_on_takes_the_time_of_what_is_there(open_clinic, mode):
    clinic = open_clinic(a_calendar(mode=Mode.PUBLISH, adopt=Adopt.NONE))
    clinic.calendar().colleague_adds(a_foreign())
    clinic.settle()

    apply(clinic, a_calendar(mode=mode, adopt=Adopt.NONE))
    clinic.settle()

    assert len(clinic.busy(NINE, TEN)) == 1


@pytest.mark.parametrize("between", [Mode.BUSY, Mode.IMPORT, Mode.PUBLISH])
def test_a_mode_that_is_tried_and_taken_back_leaves_no_trace(clinic, between):
    appointment = clinic.book()
    clinic.calendar().colleague_adds(a_foreign(TEN))
    clinic.settle()

    apply(clinic, a_calendar(mode=between, disclosure=Disclosure.INITIALS))
    clinic.settle()
    apply(clinic)
    clinic.settle()

    assert len(clinic.appointments()) == 2
    assert clinic.event(appointment).when.start == NINE
    assert len(clinic.calendar().writes(Hand.SYNCD)) == 1


def test_an_appointment_whose_event_went_its_own_way_is_written_again_with_the_mode(open_clinic):
    """While the calendar only took time, a colleague moved the event: it was let go."""
    clinic = open_clinic(a_calendar())
    appointment = clinic.book()
    clinic.settle()
    ref = clinic.ref(appointment)
    apply(clinic, a_calendar(mode=Mode.BUSY))
    clinic.calendar().colleague_moves(ref, ELEVEN, ELEVEN + HALF_HOUR)
    clinic.settle()

    apply(clinic)
    clinic.settle()

    assert clinic.event(appointment).when.start == NINE
    assert clinic.ref(appointment) != ref


def test_a_practitioner_in_another_zone_is_busy_at_other_times(clinic):
    """All-day events take the days of whoever looks."""
    clinic.calendar().colleague_adds(a_foreign(start=date(2031, 3, 4), end=date(2031, 3, 5)))
    clinic.settle()
    days = NINE - timedelta(days=2), NINE + timedelta(days=3)
    [before] = clinic.busy(*days)

    apply(clinic, practitioners=(a_practitioner(timezone="America/New_York"),))
    clinic.reopen()
    clinic.settle()

    [after] = clinic.busy(*days)
    assert after.start - before.start == timedelta(hours=6)


def test_a_calendar_that_belongs_to_another_practitioner_takes_that_ones_time(clinic):
    clinic.calendar().colleague_adds(a_foreign(start=date(2031, 3, 4), end=date(2031, 3, 5)))
    clinic.settle()
    both = (a_practitioner(), a_practitioner(id=PractitionerId("dr-lee"), name="Dr. Lee"))

    apply(clinic, a_calendar(practitioner_id=PractitionerId("dr-lee")), practitioners=both)
    clinic.settle()

    day = NINE + timedelta(days=1)
    assert clinic.busy(day, day + HALF_HOUR) == []
    assert len(clinic.busy(day, day + HALF_HOUR, "dr-lee")) == 1


def test_a_corrected_calendar_is_tried_at_once_after_failures(clinic):
    clinic.calendar().exists = False
    clinic.sync()
    assert clinic.state().retry_at is not None

    apply(clinic, a_calendar(settings={"username": "patel"}))

    assert clinic.state().retry_at is None
    assert clinic.state().due_at is not None
