"""What a practice is made of goes in and comes out whole, and saving it twice is saving it once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta

import pytest
from ledger_stores import CAUSE, Store, book, view, with_a_practice

from syncd.core.details import MeetingType, Money, Required
from syncd.core.errors import Invalid, Unknown
from syncd.core.ids import ActivityId, CalendarId, PracticeId, PractitionerId
from syncd.core.offering import Closure, Offering
from syncd.core.practice import Adopt, Disclosure, Mode, OnRemoteDelete, StalePolicy
from syncd.core.schedule import OpeningHours, ScheduleException, Window
from syncd.ledger import Ledger, Transaction
from syncd.testing.builders import (
    WORKING_WEEK,
    a_calendar,
    a_practice,
    a_practitioner,
    an_activity,
)


def test_everything_comes_back_as_it_was_saved(ledger: Ledger) -> None:
    hours = OpeningHours(
        weekly=WORKING_WEEK.weekly,
        exceptions=(
            ScheduleException(day=date(2031, 12, 24), reason="closed"),
            ScheduleException(day=date(2031, 12, 31), windows=(Window(time(22), time(0)),)),
        ),
    )
    practitioner = a_practitioner(hours=hours, timezone="America/St_Johns")
    activity = an_activity(
        duration=timedelta(minutes=50),
        price=Money.parse("90.00 EUR"),
        color="#112233",
        needs_confirmation=True,
        offering=Offering(
            durations=(timedelta(minutes=25), timedelta(hours=2)),
            step=timedelta(minutes=5),
            before=timedelta(minutes=1),
            after=timedelta(minutes=2),
            notice=timedelta(hours=36),
            days_ahead=0,
            most_a_day=7,
            most_a_week=20,
            practitioners=(practitioner.id,),
            required=(Required.ADDRESS,),
            question="Insurance number",
            meetings=(MeetingType.VIDEO, MeetingType.IN_PERSON),
            meeting_link="https://meet.example.org/{id}",
        ),
    )
    practice = a_practice(
        holidays="DE-BY",
        most_ahead=3,
        closures=(Closure(first=date(2031, 12, 24), last=date(2032, 1, 1), reason="Ünwetter"),),
    )
    calendar = a_calendar(
        mode=Mode.PUBLISH,
        adopt=Adopt.MARKED,
        on_remote_delete=OnRemoteDelete.ASK,
        disclosure=Disclosure.FULL,
        activity_id=activity.id,
        poll_every=timedelta(minutes=7),
        stale_after=timedelta(hours=2),
        stale_policy=StalePolicy.TENTATIVE,
        settings={"url": "https://example.org", "verify": True, "depth": 1, "user": None},
    )

    def work(tx: Transaction) -> tuple[bool, ...]:
        return (
            tx.save_practice(practice, CAUSE),
            tx.save_practitioner(practitioner, CAUSE),
            tx.save_activity(activity, CAUSE),
            tx.save_calendar(calendar, CAUSE),
        )

    assert ledger.write(work) == (True, True, True, True)
    assert ledger.write(work) == (False, False, False, False)
    with ledger.read() as seen:
        assert seen.practice() == practice
        assert seen.practitioner(practitioner.id) == practitioner
        assert seen.activity(activity.id) == activity
        assert seen.calendar(calendar.id) == calendar


def test_what_was_removed_is_kept_and_left_out_where_asked(ledger: Ledger) -> None:
    gone = a_calendar(active=False)
    ledger.write(lambda tx: tx.save_calendar(gone, CAUSE))

    with ledger.read() as seen:
        assert seen.calendars() == []
        assert seen.calendars(active_only=False) == [gone]
        assert seen.calendar(gone.id) == gone


def test_a_wrong_id_is_answered_with_the_right_ones(ledger: Ledger) -> None:
    with ledger.read() as seen:
        for look, known in (
            (lambda: seen.practitioner(PractitionerId("x")), "dr-patel"),
            (lambda: seen.activity(ActivityId("x")), "consultation"),
            (lambda: seen.calendar(CalendarId("x")), "patel-main"),
        ):
            with pytest.raises(Unknown, match=known):
                look()


def test_a_ledger_without_a_practice_has_none(empty_store: Store) -> None:
    ledger = empty_store.open()
    ledger.migrate()

    with ledger.read() as seen:
        assert (seen.practice(), seen.practices()) == (None, [])
        with pytest.raises(Unknown):
            seen.calendars()


def test_practices_in_one_ledger_do_not_meet(store: Store) -> None:
    """Each has its own numbers, journal and people; without a name, nobody guesses."""
    other = PracticeId("lakeside")
    here = store.open(practice_id=PracticeId("riverside"))
    there = store.open(practice_id=other)

    def open_lakeside(tx: Transaction) -> None:
        tx.save_practice(a_practice(id=other), CAUSE)
        tx.save_practitioner(a_practitioner(), CAUSE)
        tx.save_activity(an_activity(), CAUSE)

    there.write(open_lakeside)
    mine, theirs = book(here), book(there)

    assert mine.number == theirs.number == "AID-20310303-0001"
    assert view(there, lambda seen: seen.appointments()) == [theirs]
    for ledger in (here, there):
        assert view(ledger, lambda seen: seen.verify_journal()).is_sound
    with pytest.raises(Invalid, match="several practices"):
        view(store.open(), lambda seen: seen.appointments())


def test_a_practice_that_was_undone_leaves_no_trace_in_the_ledgers_memory(
    empty_store: Store,
) -> None:
    ledger = empty_store.open()
    ledger.migrate()

    def work(tx: Transaction) -> None:
        tx.save_practice(a_practice(id=PracticeId("wrong")), CAUSE)
        tx.practitioners()
        raise LookupError

    with pytest.raises(LookupError):
        ledger.write(work)
    with_a_practice(ledger)

    assert book(ledger).practice_id == "riverside"


def test_the_practices_zone_is_looked_up_anew_by_each_booking(ledger: Ledger) -> None:
    a_time = view(ledger, lambda seen: seen.now)
    book(ledger, start=a_time)
    ledger.write(lambda tx: tx.save_practice(replace(a_practice(), number_prefix="RC"), CAUSE))

    assert book(ledger, start=a_time + timedelta(hours=1)).number == "RC-20310303-0002"


def test_words_that_were_no_price_in_an_older_ledger_are_none(store: Store, ledger: Ledger) -> None:
    priced = an_activity(price=Money.parse("9 EUR"))
    ledger.write(lambda tx: tx.save_activity(priced, CAUSE))
    store.sql("UPDATE activities SET price = 'nine euros'")

    assert view(ledger, lambda seen: seen.activity(priced.id)).price is None
