"""The brake on mass deletions: what it counts, what it does not, and the way through."""

from __future__ import annotations

from datetime import timedelta

from syncd.core.appointment import Status
from syncd.core.ids import CalendarId, EventRef
from syncd.core.lifecycle import Action
from syncd.core.practice import Mode
from syncd.flows.calendars import release
from syncd.testing.builders import NINE, a_calendar
from syncd.testing.foreign import ForeignEvent, Repeat
from syncd.testing.memory_calendar import Hand

HALF_HOUR = timedelta(minutes=30)
MAIN = CalendarId("patel-main")


def booked(clinic, count):
    made = [
        clinic.book(NINE + timedelta(days=n // 10, minutes=30 * (n % 10)), f"Jane {n}")
        for n in range(count)
    ]
    clinic.settle()
    return made


def cancelled(clinic):
    return [each for each in clinic.appointments() if each.status is Status.CANCELLED]


def let_go(clinic):
    release(clinic.around, MAIN, clinic.cause)


def test_five_removals_pass_and_six_do_not(clinic):
    made = booked(clinic, 20)
    for each in made[:5]:
        clinic.calendar().colleague_deletes(clinic.ref(each))
    assert clinic.sync().ok
    assert len(cancelled(clinic)) == 5

    for each in made[5:11]:
        clinic.calendar().colleague_deletes(clinic.ref(each))

    assert clinic.sync().code == "BRAKE"
    assert len(cancelled(clinic)) == 5


def test_a_release_lets_one_mass_deletion_through_and_only_one(clinic):
    made = booked(clinic, 20)
    for each in made[:7]:
        clinic.calendar().colleague_deletes(clinic.ref(each))
    clinic.sync()

    let_go(clinic)
    assert clinic.sync().ok
    for each in made[7:15]:
        clinic.calendar().colleague_deletes(clinic.ref(each))

    assert clinic.sync().code == "BRAKE"
    assert len(cancelled(clinic)) == 7


def test_what_came_back_before_the_release_is_not_removed(clinic):
    made = booked(clinic, 20)
    refs = [clinic.ref(each) for each in made[:8]]
    for ref in refs:
        clinic.calendar().colleague_deletes(ref)
    clinic.sync()
    for ref in refs:
        clinic.calendar().colleague_restores(ref)

    let_go(clinic)
    clinic.settle()

    assert cancelled(clinic) == []


def test_many_cancellations_engage_it_as_many_deletions_do(clinic):
    for each in booked(clinic, 20)[:6]:
        clinic.calendar().colleague_cancels(clinic.ref(each))

    assert clinic.sync().code == "BRAKE"


def test_many_busy_events_that_vanish_engage_it(clinic):
    refs = [
        clinic.calendar().colleague_adds(
            ForeignEvent(
                start=NINE + timedelta(hours=n),
                end=NINE + timedelta(hours=n, minutes=30),
                repeat=Repeat(every_days=7, count=4),
            )
        )
        for n in range(8)
    ]
    clinic.settle()
    for ref in refs[:6]:
        clinic.calendar().colleague_deletes(ref)

    assert clinic.sync().code == "BRAKE"
    assert len(clinic.busy(NINE, NINE + timedelta(days=40))) == 32


def test_a_small_calendar_that_is_suddenly_empty_engages_it(clinic):
    for each in booked(clinic, 2):
        clinic.calendar().colleague_deletes(clinic.ref(each))

    assert clinic.sync().code == "BRAKE"


def test_events_of_cancelled_appointments_do_not_hide_that_all_others_are_gone(clinic):
    """They stay in the calendar as cancelled, and nobody misses them."""
    refs = [
        clinic.calendar().colleague_adds(
            ForeignEvent(start=NINE + timedelta(hours=n), end=NINE + timedelta(hours=n + 1))
        )
        for n in range(5)
    ]
    clinic.settle()
    for each in clinic.appointments()[:2]:
        clinic.act(each, Action.CANCEL)
    clinic.settle()

    for ref in refs:
        clinic.calendar().colleague_deletes(ref)

    assert clinic.sync().code == "BRAKE"
    assert len(cancelled(clinic)) == 2


def test_removed_events_of_cancelled_appointments_never_engage_it(clinic):
    """Nor do they end the search for the others that are gone."""
    refs = [
        clinic.calendar().colleague_adds(
            ForeignEvent(
                start=NINE + timedelta(days=1 + n // 10, minutes=30 * (n % 10)),
                end=NINE + timedelta(days=1 + n // 10, minutes=30 * (n % 10) + 30),
            )
        )
        for n in range(30)
    ]
    clinic.settle()
    adopted = clinic.appointments()
    for each in adopted[:20]:
        clinic.act(each, Action.CANCEL)
    clinic.settle()
    by_start = sorted(refs, key=lambda ref: clinic.calendar().event(ref).when.start)

    for ref in by_start[:21]:
        clinic.calendar().colleague_deletes(ref)
    assert clinic.sync().ok

    assert len(cancelled(clinic)) == 21
    clinic.settle()


def test_a_calendar_whose_events_all_get_new_addresses_loses_nothing(clinic):
    """More than one question after the missing ones takes; once the rest were adopted anew."""
    made = [
        clinic.calendar().colleague_adds(
            ForeignEvent(
                start=NINE + timedelta(days=1 + n // 20, minutes=10 * (n % 20)),
                end=NINE + timedelta(days=1 + n // 20, minutes=10 * (n % 20) + 10),
            )
        )
        for n in range(230)
    ]
    clinic.settle()
    for position, ref in enumerate(made):
        body = clinic.calendar().stored(ref).body
        clinic.calendar().colleague_deletes(ref)
        clinic.calendar().put(EventRef(f"/patel-main/new-{position}.ics"), body, Hand.COLLEAGUE)

    assert clinic.sync().ok
    clinic.settle()

    assert len(clinic.appointments()) == 230
    assert cancelled(clinic) == []


def test_pruned_events_that_have_ended_never_engage_it(clinic):
    made = booked(clinic, 10)
    clinic.clock.advance(timedelta(days=3))
    for each in made:
        clinic.calendar().colleague_deletes(clinic.ref(each))

    assert clinic.sync().ok
    assert cancelled(clinic) == []


def test_a_recreated_collection_engages_it(clinic):
    booked(clinic, 5)

    clinic.calendar().recreate()

    assert clinic.sync().code == "BRAKE"
    assert cancelled(clinic) == []


def test_a_publish_calendar_that_is_emptied_is_not_filled_again_without_a_person(open_clinic):
    clinic = open_clinic(a_calendar(mode=Mode.PUBLISH))
    for each in booked(clinic, 8):
        clinic.calendar().colleague_deletes(clinic.ref(each))

    assert clinic.sync().code == "BRAKE"
    let_go(clinic)
    clinic.settle()

    assert len(clinic.calendar().refs) == 8


def test_a_braked_calendar_is_left_alone_and_the_others_go_on(open_clinic):
    clinic = open_clinic(a_calendar(), a_calendar(id=CalendarId("patel-second")))
    made = booked(clinic, 8)
    for each in made[:6]:
        clinic.calendar().colleague_deletes(clinic.ref(each))
    clinic.sync()
    writes = len(clinic.calendar().writes(Hand.SYNCD))

    clinic.move(made[7], NINE + timedelta(days=3))
    clinic.sync()
    clinic.sync("patel-second")

    assert len(clinic.calendar().writes(Hand.SYNCD)) == writes
    assert clinic.event(made[7], "patel-second").when.start == NINE + timedelta(days=3)
    assert clinic.sync().requests == 0


def test_the_cursor_does_not_pass_what_the_brake_held_back(clinic):
    made = booked(clinic, 20)
    with clinic.ledger.read() as view:
        before = view.calendar_state(MAIN).cursor
    for each in made[:6]:
        clinic.calendar().colleague_deletes(clinic.ref(each))

    clinic.sync()

    with clinic.ledger.read() as view:
        assert view.calendar_state(MAIN).cursor == before
