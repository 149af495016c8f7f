"""Why a time was not offered then: told from the journal, long after."""

from __future__ import annotations

import random
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from syncd.core.actions import Action
from syncd.core.errors import Invalid, Refused, Unknown
from syncd.core.ids import RoomId
from syncd.core.obstacles import Reason
from syncd.core.offering import Closure
from syncd.core.practice import Adopt, Room
from syncd.flows.availability import judge
from syncd.flows.hindsight import judge_then
from syncd.flows.upkeep import tidy
from syncd.testing.builders import HALF_HOUR, NINE, a_calendar, a_practitioner, an_activity
from syncd.testing.foreign import ForeignEvent

MINUTE = timedelta(minutes=1)
TEN = NINE + 2 * HALF_HOUR


@pytest.fixture
def clinic(open_clinic):
    clinic = open_clinic()
    clinic.sync()
    clinic.clock.advance(MINUTE)
    return clinic


def then(clinic, at, start=NINE, activity="consultation", who="dr-patel", **more):
    return judge_then(clinic.around, activity, who, start, at=at, **more)


def reasons(found):
    return [(each.reason, each.what) for each in found.obstacles]


def passed(clinic, by=MINUTE):
    """A moment before now, after which something happens."""
    moment = clinic.clock.now()
    clinic.clock.advance(by)
    return moment


def test_an_appointment_stood_in_the_way_from_its_booking_until_it_was_cancelled(clinic):
    before = passed(clinic)
    booked = clinic.book()
    meanwhile = passed(clinic)
    clinic.act(booked, Action.CANCEL)
    after = passed(clinic)

    assert not then(clinic, before).obstacles
    assert reasons(then(clinic, meanwhile)) == [(Reason.TAKEN, booked.number)]
    assert not then(clinic, after).obstacles


def test_an_appointment_stood_where_it_was_before_it_moved(clinic):
    booked = clinic.book()
    before = passed(clinic)
    clinic.move(booked, TEN)
    after = passed(clinic)

    assert [bool(then(clinic, before, each).obstacles) for each in (NINE, TEN)] == [True, False]
    assert [bool(then(clinic, after, each).obstacles) for each in (NINE, TEN)] == [False, True]


def test_a_hold_stood_in_the_way_while_it_ran(clinic):
    clinic.book(hold_for=5 * MINUTE)
    meanwhile = passed(clinic, 10 * MINUTE)
    tidy(clinic.around)
    after = passed(clinic)

    assert [each for each, _ in reasons(then(clinic, meanwhile))] == [Reason.TAKEN]
    assert not then(clinic, after).obstacles


def test_a_hold_that_nobody_tidied_yet_is_over_all_the_same(clinic):
    clinic.book(hold_for=5 * MINUTE)
    meanwhile = passed(clinic, 10 * MINUTE)

    assert then(clinic, meanwhile).obstacles
    assert not then(clinic, clinic.clock.now()).obstacles


def test_hours_and_rules_are_those_of_then(clinic):
    closed = Closure(first=NINE.date(), last=NINE.date(), reason="Inventory")
    before = passed(clinic)
    clinic.practice_is(closures=(closed,))
    clinic.offer(notice=timedelta(days=2))
    after = passed(clinic)

    assert not then(clinic, before).obstacles
    assert reasons(then(clinic, after))[0] == (Reason.DAY_CLOSED, "Inventory")


def test_who_or_what_was_not_there_yet_or_any_more_is_said(clinic):
    before = passed(clinic)
    owl = a_practitioner(id="dr-owl", name="Dr. Owl")
    clinic.ledger.write(lambda tx: tx.save_practitioner(owl, clinic.cause))
    talk = an_activity(id="talk", name="Talk")
    clinic.ledger.write(lambda tx: tx.save_activity(talk, clinic.cause))
    meanwhile = passed(clinic)
    gone = replace(talk, active=False)
    clinic.ledger.write(lambda tx: tx.save_activity(gone, clinic.cause))
    after = passed(clinic)

    with pytest.raises(Unknown):
        then(clinic, before, who="dr-owl")
    with pytest.raises(Unknown):
        then(clinic, before, activity="talk")
    assert not then(clinic, meanwhile, activity="talk", who="dr-owl").obstacles
    with pytest.raises(Unknown):
        then(clinic, after, activity="talk")


def test_a_room_was_taken_then_and_had_to_be_there(clinic):
    def furnish(tx):
        tx.save_practitioner(a_practitioner(id="dr-owl", name="Dr. Owl"), clinic.cause)
        tx.save_room(Room(id=RoomId("blue"), name="Blue"), clinic.cause)

    before = passed(clinic)
    clinic.ledger.write(furnish)
    clinic.offer(rooms=("blue",))
    booked = clinic.book()
    meanwhile = passed(clinic)
    clinic.act(booked, Action.CANCEL)
    after = passed(clinic)

    assert not then(clinic, before).obstacles
    found = then(clinic, meanwhile, who="dr-owl")
    assert reasons(found) == [(Reason.NO_ROOM, "")]
    assert not then(clinic, after, who="dr-owl").obstacles


def test_an_event_counts_if_it_is_as_it_was_and_is_named_if_it_changed_since(open_clinic):
    clinic = open_clinic(a_calendar(adopt=Adopt.NONE))
    clinic.sync()
    event = ForeignEvent(start=NINE, end=TEN, title="Team", transparent=False)
    before = passed(clinic)
    clinic.calendar().colleague_adds(event)
    clinic.sync()
    after = passed(clinic)

    assert then(clinic, before).unsure == ("patel-main",)
    assert not then(clinic, before).obstacles
    assert then(clinic, after).unsure == ()
    assert then(clinic, after).obstacles


def test_nobody_is_told_of_a_moment_to_come(clinic):
    with pytest.raises(Invalid, match="still to come"):
        then(clinic, clinic.clock.now() + MINUTE)


def test_a_time_that_is_past_by_now_is_judged_as_it_was(clinic):
    moment = passed(clinic, timedelta(days=2))

    assert not then(clinic, moment).obstacles
    assert [each for each, _ in reasons(then(clinic, clinic.clock.now()))] == [Reason.PAST]


@pytest.mark.parametrize("seed", range(4))
def test_what_is_told_of_then_is_what_was_told_then(clinic, seed):
    """Law: along a random history, at every moment and of many times."""
    chance = random.Random(seed)
    starts = [NINE + count * HALF_HOUR for count in range(8)]
    told = []
    for name in ("blue", "red"):
        room = Room(id=RoomId(name), name=name)
        clinic.ledger.write(lambda tx, room=room: tx.save_room(room, clinic.cause))

    for _ in range(25):
        with suppress(Refused):
            something_happens(clinic, chance, chance.choice(starts))
        clinic.sync()
        for each in starts:
            now = judge(clinic.around, "consultation", "dr-patel", each)
            told.append((clinic.clock.now(), each, said(now)))
        clinic.clock.advance(MINUTE)

    for moment, start, obstacles in told:
        assert said(then(clinic, moment, start)) == obstacles, (moment, start)
    assert len({each for _, _, each in told}) > 2


def something_happens(clinic, chance, start):
    there = [each for each in clinic.appointments() if not each.is_over]
    deeds = ["book", "book", "hold", "move", "cancel", "tidy", "offer", "close", "zone", "switch"]
    match chance.choice(deeds):
        case "book":
            clinic.book(start, f"Client{chance.random()}")
        case "hold":
            clinic.book(start, f"Client{chance.random()}", hold_for=3 * MINUTE)
        case "move" if there:
            clinic.move(chance.choice(there), start)
        case "cancel" if there:
            clinic.act(chance.choice(there), Action.CANCEL)
        case "tidy":
            tidy(clinic.around)
        case "offer":
            clinic.offer(**chance.choice(RULES))
        case "close":
            closed = Closure(first=NINE.date(), last=NINE.date(), reason="Inventory")
            clinic.practice_is(closures=chance.choice([(), (), (closed,)]))
        case "switch":
            on = chance.random() < 0.7
            clinic.ledger.write(lambda tx: tx.switch_booking(clinic.cause, on=on))
        case "zone":
            patel = a_practitioner(timezone=chance.choice(["Europe/Berlin", "UTC"]))
            clinic.ledger.write(lambda tx: tx.save_practitioner(patel, clinic.cause))


RULES = [{}, {"rooms": ("blue",)}, {"after": 10 * MINUTE}, {"capacity": 2}, {"most_a_day": 2}]


def said(found):
    return frozenset(
        (each.reason, each.what)
        for each in found.obstacles
        if each.reason is not Reason.CALENDAR_STALE
    )
