"""Slots from a real ledger: hours, closures, appointments, busy time, and how well it is known."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event

from syncd.core.appointment import Party
from syncd.core.errors import (
    Invalid,
    NeedsLogin,
    SlotTaken,
    Unknown,
)
from syncd.core.ids import ActivityId, CalendarId, PractitionerId
from syncd.core.obstacles import Reason
from syncd.core.offering import Closure
from syncd.core.practice import Mode, StalePolicy
from syncd.core.time import Interval
from syncd.flows.availability import judge, list_slots, next_slots
from syncd.testing.builders import (
    NINE,
    a_calendar,
    a_practitioner,
)
from syncd.testing.foreign import ForeignEvent, Repeat

HALF_HOUR, HOUR, DAY = timedelta(minutes=30), timedelta(hours=1), timedelta(days=1)
WHAT = ActivityId("consultation")
WHO = PractitionerId("dr-patel")
TOMORROW = Interval(NINE + DAY, NINE + DAY + timedelta(hours=4))
"""A Tuesday, from ten o'clock on in Berlin; opening hours end at 17:00 there."""


@pytest.fixture
def clinic(open_clinic):
    """A clinic whose calendar was just read."""
    clinic = open_clinic()
    clinic.settle()
    return clinic


def starts(clinic, period=TOMORROW, **more):
    found = list_slots(clinic.around, WHAT, period, **more)
    return [each.start for each in found.slots if each.available]


def reasons(clinic, start, **more):
    found = judge(clinic.around, WHAT, WHO, start, **more)
    return [each.reason for each in found.obstacles]


def as_client(clinic, start, **more):
    return clinic.book(start, party=Party.CLIENT, **more)


def test_every_start_on_the_grid_is_offered_while_all_is_free(clinic):
    assert starts(clinic) == [TOMORROW.start + count * HALF_HOUR for count in range(8)]


def test_an_appointment_a_hold_and_a_busy_event_take_their_time(clinic):
    clinic.book(TOMORROW.start)
    clinic.book(TOMORROW.start + HOUR, name="Ann Lee", hold_for=timedelta(minutes=10))
    clinic.calendar().colleague_adds(
        ForeignEvent(start=TOMORROW.start + 2 * HOUR, end=TOMORROW.start + 3 * HOUR, repeat=None)
    )
    clinic.settle()

    assert starts(clinic) == [
        TOMORROW.start + HALF_HOUR,
        TOMORROW.start + HOUR + HALF_HOUR,
        TOMORROW.start + 3 * HOUR,
        TOMORROW.start + 3 * HOUR + HALF_HOUR,
    ]


def test_a_hold_that_ran_out_takes_nothing(clinic):
    clinic.book(TOMORROW.start, hold_for=timedelta(minutes=10))
    clinic.clock.advance(timedelta(minutes=11))
    clinic.settle()

    assert TOMORROW.start in starts(clinic)


def test_buffers_of_both_sides_keep_their_distance(clinic):
    clinic.offer(step=timedelta(minutes=15), after=timedelta(minutes=15))
    clinic.book(TOMORROW.start + HOUR)

    free = starts(clinic)

    assert TOMORROW.start + timedelta(minutes=15) in free  # its own buffer ends as the other begins
    assert TOMORROW.start + HALF_HOUR not in free
    assert TOMORROW.start + HOUR + timedelta(minutes=30) not in free
    assert TOMORROW.start + HOUR + timedelta(minutes=45) in free


def test_the_durations_that_fit_are_named_at_each_start(clinic):
    clinic.offer(durations=(HOUR,))
    clinic.book(TOMORROW.start + HOUR)

    found = list_slots(clinic.around, WHAT, TOMORROW).slots

    assert [each.durations for each in found[:4]] == [
        (HALF_HOUR, HOUR),
        (HALF_HOUR,),
        (),
        (HALF_HOUR, HOUR),
    ]


def test_on_a_closed_day_there_are_no_slots_and_the_reason_says_why(clinic):
    day = date(2031, 3, 4)
    clinic.practice_is(closures=(Closure(first=day, last=day, reason="Stock-taking"),))

    assert starts(clinic) == []
    [obstacle] = judge(clinic.around, WHAT, WHO, TOMORROW.start).obstacles
    assert (obstacle.reason, obstacle.what) == (Reason.DAY_CLOSED, "Stock-taking")


def test_public_holidays_of_the_region_close_the_practice_in_its_language(clinic):
    clinic.practice_is(holidays="DE-BY", locale="de")
    corpus_christi = NINE.replace(month=6, day=12)
    clinic.clock.advance(corpus_christi - DAY - clinic.clock.now())
    clinic.settle()

    [obstacle] = judge(clinic.around, WHAT, WHO, corpus_christi).obstacles
    assert obstacle.what == "Fronleichnam"
    clinic.practice_is(holidays="DE-BE", locale="de")
    assert reasons(clinic, corpus_christi) == []


@pytest.mark.parametrize(
    ("policy", "available", "tentative"),
    [(StalePolicy.WITHHELD, False, False), (StalePolicy.TENTATIVE, True, True)],
)
def test_a_calendar_that_was_not_read_for_too_long_is_not_taken_for_free(
    open_clinic, policy, available, tentative
):
    clinic = open_clinic(a_calendar(stale_policy=policy))
    clinic.settle()
    clinic.clock.advance(timedelta(hours=2))

    [slot, *_] = list_slots(clinic.around, WHAT, TOMORROW).slots

    assert (slot.available, slot.tentative) == (available, tentative)
    if not available:
        assert reasons(clinic, TOMORROW.start) == [Reason.CALENDAR_STALE]


def test_a_calendar_that_was_never_read_withholds_everything(open_clinic):
    assert starts(open_clinic()) == []


def test_a_calendar_that_is_only_written_to_withholds_nothing(open_clinic):
    assert starts(open_clinic(a_calendar(mode=Mode.PUBLISH)))


def test_a_series_takes_its_time_beyond_the_horizon(clinic):
    wall = NINE.astimezone(ZoneInfo("Europe/Berlin")).replace(tzinfo=None) + DAY + HOUR
    clinic.calendar().colleague_adds(
        ForeignEvent(start=wall, end=wall + HOUR, repeat=Repeat(every_days=7))
    )
    clinic.settle()
    far = Interval(TOMORROW.start + timedelta(weeks=70), TOMORROW.end + timedelta(weeks=70))

    free = starts(clinic, far)

    assert far.start not in free  # an hour earlier in UTC: it is summer there
    assert len(free) == 6


def test_of_several_practitioners_each_has_slots_of_their_own_by_time(clinic):
    other = a_practitioner(id=PractitionerId("dr-berg"), name="Dr. Berg")
    clinic.ledger.write(lambda tx: tx.save_practitioner(other, clinic.cause))
    clinic.book(TOMORROW.start)

    found = list_slots(clinic.around, WHAT, TOMORROW).slots

    assert [(each.start, each.practitioner_id) for each in found[:3] if each.available] == [
        (TOMORROW.start, "dr-berg"),
        (TOMORROW.start + HALF_HOUR, "dr-berg"),
    ]
    clinic.offer(practitioners=(WHO,))
    assert {each.practitioner_id for each in list_slots(clinic.around, WHAT, TOMORROW).slots} == {
        WHO
    }


def test_the_number_of_queries_does_not_grow_with_practitioners_and_appointments(clinic):
    def queries():
        with counted(clinic.ledger) as statements:
            list_slots(clinic.around, WHAT, TOMORROW)
        return len(statements)

    few = queries()
    for count in range(8):
        other = a_practitioner(id=PractitionerId(f"dr-{count}"), name="Dr. Other")
        clinic.ledger.write(lambda tx, who=other: tx.save_practitioner(who, clinic.cause))
        clinic.book(TOMORROW.start + count * HALF_HOUR, name=f"Ann {count}")

    assert queries() == few


@contextmanager
def counted(ledger):
    """The statements that the ledger sends meanwhile."""
    statements = []

    def note(_connection, _cursor, statement, *_rest):
        statements.append(statement)

    engines = (ledger._reading, ledger._writing)
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    yield statements
    for engine in engines:
        event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize("days", [93, 4000])
def test_more_than_three_months_at_once_are_refused(clinic, days):
    with pytest.raises(Invalid, match="at most 92 days"):
        list_slots(clinic.around, WHAT, Interval(NINE, NINE + timedelta(days=days)))


def test_who_does_not_offer_it_is_unknown_there(clinic):
    clinic.offer(practitioners=(PractitionerId("dr-berg"),))

    with pytest.raises(Unknown, match="dr-patel"):
        list_slots(clinic.around, WHAT, TOMORROW, practitioner_id=WHO)
    with pytest.raises(Invalid, match="does not offer"):
        clinic.book(TOMORROW.start)


# Alternatives.


def test_alternatives_are_the_next_times_that_are_really_free(clinic):
    clinic.book(TOMORROW.start + HALF_HOUR)

    found = next_slots(clinic.around, WHAT, WHO, TOMORROW.start, count=3)

    assert [each.start for each in found] == [
        TOMORROW.start,
        TOMORROW.start + HOUR,
        TOMORROW.start + HOUR + HALF_HOUR,
    ]
    for each in found:
        as_client(clinic, each.start, name=f"Ann {each.start:%H%M}")


def test_alternatives_go_on_for_weeks_where_the_practice_is_closed(clinic):
    first, last = date(2031, 3, 4), date(2031, 4, 10)
    clinic.practice_is(closures=(Closure(first=first, last=last),))

    [found] = next_slots(clinic.around, WHAT, WHO, TOMORROW.start, count=1)

    assert found.start.date() == date(2031, 4, 11)


def test_alternatives_fit_the_length_that_was_wanted(clinic):
    clinic.offer(durations=(HOUR,))
    clinic.book(TOMORROW.start + HALF_HOUR)

    [found] = next_slots(clinic.around, WHAT, WHO, TOMORROW.start, duration=HOUR, count=1)

    assert found.start == TOMORROW.start + HOUR


def test_where_nothing_is_offered_there_are_no_alternatives(open_clinic):
    assert next_slots(open_clinic().around, WHAT, WHO, TOMORROW.start) == []


def test_calendars_of_another_practitioner_take_nothing(open_clinic):
    other = PractitionerId("dr-berg")
    clinic = open_clinic()
    clinic.settle()
    clinic.ledger.write(
        lambda tx: tx.save_practitioner(a_practitioner(id=other, name="B"), clinic.cause)
    )
    clinic.ledger.write(
        lambda tx: tx.save_calendar(
            a_calendar(id=CalendarId("berg"), practitioner_id=other), clinic.cause
        )
    )

    assert starts(clinic, practitioner_id=WHO)
    assert starts(clinic, practitioner_id=other) == []  # whose calendar was never read


def test_buffers_hold_beyond_the_horizon_too(clinic):
    clinic.offer(after=HALF_HOUR)
    wall = NINE.astimezone(ZoneInfo("Europe/Berlin")).replace(tzinfo=None) + DAY + HOUR
    clinic.calendar().colleague_adds(
        ForeignEvent(start=wall, end=wall + HOUR, repeat=Repeat(every_days=7))
    )
    clinic.settle()
    far = Interval(TOMORROW.start + timedelta(weeks=100), TOMORROW.end + timedelta(weeks=100))

    assert reasons(clinic, far.start + HALF_HOUR) == [Reason.BUFFER]
    with pytest.raises(SlotTaken):
        as_client(clinic, far.start + HALF_HOUR)


def test_as_many_local_days_as_are_listed_may_last_longer(clinic):
    assert list_slots(clinic.around, WHAT, Interval(NINE, NINE + timedelta(days=92, hours=1)))


def test_a_calendar_that_cannot_be_opened_takes_the_far_future_and_no_listing_down(clinic):
    wall = NINE.replace(tzinfo=None)
    clinic.calendar().colleague_adds(
        ForeignEvent(start=wall, end=wall + HOUR, repeat=Repeat(every_days=7))
    )
    clinic.settle()

    def refuse(*_):
        raise NeedsLogin("no secret")

    around = replace(clinic.around, open_provider=refuse)
    far = Interval(TOMORROW.start + timedelta(weeks=100), TOMORROW.end + timedelta(weeks=100))

    assert not any(each.available for each in list_slots(around, WHAT, far).slots)


def test_a_slot_at_the_end_of_a_period_heeds_what_comes_after_it(clinic):
    clinic.offer(durations=(HOUR,))
    wall = NINE.astimezone(ZoneInfo("Europe/Berlin")).replace(tzinfo=None) + DAY + HOUR
    clinic.calendar().colleague_adds(
        ForeignEvent(start=wall, end=wall + HOUR, repeat=Repeat(every_days=7))
    )
    clinic.settle()
    far = TOMORROW.start + timedelta(weeks=100) + HALF_HOUR  # half an hour before the event

    [slot] = list_slots(clinic.around, WHAT, Interval(far, far + timedelta(minutes=1))).slots

    assert slot.durations == (HALF_HOUR,)
