"""A collective activity takes several practitioners at once, and all have to be free."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from flows.teams import LATER, OWL, PATEL, TEAM, alone, booked, offer, starts, with_a_team
from sqlalchemy.event import listen, remove

from syncd.core.actions import Action
from syncd.core.appointment import Party
from syncd.core.errors import (
    Invalid,
    NoRelationship,
    NotOffered,
    NotPermitted,
    OutsideOpeningHours,
    SlotTaken,
    Unknown,
)
from syncd.core.ids import ActivityId, PractitionerId
from syncd.core.lifecycle import Command
from syncd.core.obstacles import Reason
from syncd.core.practice import Mode
from syncd.core.schedule import OpeningHours
from syncd.core.time import Interval
from syncd.flows.acting import act_on
from syncd.flows.anyone import WHOEVER
from syncd.flows.availability import Seeker, judge
from syncd.flows.checking import not_found_by_all, overlapping
from syncd.flows.hindsight import judge_then
from syncd.flows.people import begin_relationship
from syncd.ledger import AppointmentFilter
from syncd.testing.builders import HALF_HOUR, NINE, a_practitioner
from syncd.testing.foreign import ForeignEvent


@pytest.fixture
def clinic(open_clinic):
    return with_a_team(open_clinic())


@pytest.mark.parametrize("who", [PATEL, OWL, WHOEVER])
def test_whichever_of_them_is_asked_for_it_takes_all_and_the_first_leads(clinic, who):
    made = booked(clinic, who=who)

    assert made.practitioners == (PATEL, OWL)
    assert [each.practitioners for each in clinic.appointments()] == [(PATEL, OWL)]


@pytest.mark.parametrize("who", [PATEL, OWL])
def test_nobody_who_takes_part_is_booked_for_anything_else_then(clinic, who):
    booked(clinic)

    with pytest.raises(SlotTaken):
        alone(clinic, who)

    assert NINE not in starts(clinic)


@pytest.mark.parametrize("who", [PATEL, OWL])
def test_it_is_not_booked_where_one_of_them_is_taken(clinic, who):
    there = alone(clinic, who)

    with pytest.raises(SlotTaken):
        booked(clinic)

    assert starts(clinic)[0] == NINE + HALF_HOUR
    [why] = judge(clinic.around, TEAM, OWL, NINE).obstacles
    assert (why.reason, why.what, why.who) == (Reason.TAKEN, there.number, who)


@pytest.mark.parametrize("name", ["patel-main", "owl-main"])
def test_an_event_in_the_calendar_of_either_is_in_the_way(clinic, name):
    clinic.ledger.write(
        lambda tx: tx.save_calendar(replace(tx.calendar(name), mode=Mode.BUSY), clinic.cause)
    )
    clinic.calendar(name).colleague_adds(ForeignEvent(start=NINE, end=NINE + HALF_HOUR))
    clinic.settle()

    with pytest.raises(SlotTaken, match="busy in a calendar of"):
        booked(clinic)

    assert starts(clinic)[0] == NINE + HALF_HOUR


def test_slots_are_those_that_all_have(clinic):
    mornings = a_practitioner().hours
    ten = [
        replace(each, window=replace(each.window, start=(NINE + timedelta(hours=2)).time()))
        for each in mornings.weekly
    ]
    late = a_practitioner(id=OWL, name="Dr. Owl", hours=OpeningHours(weekly=tuple(ten)))
    clinic.ledger.write(lambda tx: tx.save_practitioner(late, clinic.cause))

    assert starts(clinic) == starts(clinic, OWL) == starts(clinic, PATEL)
    assert starts(clinic)[0] > NINE
    with pytest.raises(OutsideOpeningHours, match="dr-owl"):
        booked(clinic)


def test_it_is_moved_only_to_where_all_are_free(clinic):
    made = booked(clinic)
    alone(clinic, OWL, LATER)

    with pytest.raises(SlotTaken):
        clinic.move(made, LATER)
    moved = clinic.move(made, LATER + HALF_HOUR)

    assert moved.practitioners == (PATEL, OWL)
    alone(clinic, OWL, NINE, name="Tim Doe")
    with pytest.raises(SlotTaken):
        alone(clinic, OWL, LATER + HALF_HOUR, name="Tom Doe")


def test_one_that_is_cancelled_frees_all(clinic):
    made = booked(clinic)
    clinic.act(made, Action.CANCEL, reason="ill")

    assert alone(clinic, OWL).practitioners == (OWL,)


def test_a_hold_keeps_the_time_of_all_until_it_expires(clinic):
    booked(clinic, hold_for=timedelta(minutes=10))
    with pytest.raises(SlotTaken):
        alone(clinic, OWL)

    clinic.clock.advance(timedelta(minutes=11))

    assert alone(clinic, OWL).practitioners == (OWL,)


def test_overbooking_takes_everybodys_time_all_the_same(clinic):
    alone(clinic, OWL)

    made = booked(clinic, overbook=True, reason="urgent")

    assert made.practitioners == (PATEL, OWL)
    with pytest.raises(SlotTaken):
        alone(clinic, PATEL, name="Tim Doe")


def test_nobody_offers_it_while_one_of_them_is_away_for_good(clinic):
    gone = a_practitioner(id=OWL, name="Dr. Owl", active=False)
    clinic.ledger.write(lambda tx: tx.save_practitioner(gone, clinic.cause))

    assert starts(clinic) == []
    with pytest.raises(Unknown, match="dr-owl"):
        booked(clinic)
    with pytest.raises(NotOffered):
        booked(clinic, who=WHOEVER)
    with pytest.raises(Unknown, match="dr-owl"):
        judge(clinic.around, TEAM, PATEL, NINE)


def test_somebody_who_takes_no_part_does_not_offer_it(clinic):
    vega = PractitionerId("dr-vega")
    clinic.ledger.write(
        lambda tx: tx.save_practitioner(a_practitioner(id=vega, name="Dr. Vega"), clinic.cause)
    )

    with pytest.raises(Invalid, match="dr-vega does not offer team"):
        booked(clinic, who=vega)
    with pytest.raises(Unknown, match="dr-vega"):
        starts(clinic, vega)


def test_own_clients_of_any_of_them_book_it_and_nobody_else(clinic):
    offer(clinic, needs_relationship=True)
    jane = alone(clinic, OWL, LATER, name="Jane Doe").client
    wish = {"party": Party.CLIENT, "client_id": jane.id, "name": ""}
    with pytest.raises(NoRelationship, match="dr-patel or dr-owl"):
        booked(clinic, **wish)
    seeker = Seeker(clients=frozenset({jane.id}), client_id=jane.id)
    assert starts(clinic, seeker=seeker) == []

    begin_relationship(clinic.around, OWL, jane.id, clinic.cause)

    assert starts(clinic, seeker=seeker)[0] == NINE
    assert booked(clinic, **wish).practitioners == (PATEL, OWL)


def test_it_is_listed_for_each_of_them_and_counted_once(clinic):
    made = booked(clinic)

    for who in (PATEL, OWL):
        with clinic.ledger.read() as view:
            asked = AppointmentFilter(practitioner_id=who)
            assert [each.id for each in view.appointments(asked)] == [made.id]
            assert view.count_appointments(asked) == 1
            assert view.seen_by(who) == {made.client.id}


def test_what_was_in_the_way_then_is_told_of_all(clinic):
    made = booked(clinic)
    then = clinic.clock.now()
    clinic.clock.advance(timedelta(minutes=5))
    clinic.act(made, Action.CANCEL, reason="ill")

    found = judge_then(clinic.around, ActivityId("consultation"), OWL, NINE, at=then)

    assert [(each.reason, each.what) for each in found.obstacles] == [(Reason.TAKEN, made.number)]


def test_a_look_for_overlaps_finds_those_of_all_who_take_part(clinic):
    booked(clinic)
    alone(clinic, OWL, LATER)
    with clinic.ledger.read() as view:
        assert overlapping(view) == []
        both = sorted(view.all_appointments(), key=lambda each: each.start)

    class Damaged:
        now = NINE

        def all_appointments(self):
            return [replace(each, start=NINE, end=NINE + HALF_HOUR) for each in both]

    assert len(overlapping(Damaged())) == 1


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"collective": False, "practitioners": (OWL,)}, {}),
        ({}, {"collective": False}),
        ({}, {"practitioners": (OWL, PATEL)}),
    ],
)
def test_who_led_a_group_before_does_not_share_it_with_those_of_another_leader(
    clinic, before, after
):
    offer(clinic, capacity=3, **before)
    there = booked(clinic, who=OWL)
    offer(clinic, capacity=3, **after)

    assert NINE not in starts(clinic, OWL)
    found = judge(clinic.around, TEAM, OWL, NINE).obstacles
    assert {each.what for each in found} == {there.number}
    with pytest.raises(SlotTaken):
        booked(clinic, who=OWL, name="John Doe")


def test_a_group_of_several_practitioners_shares_one_time(clinic):
    offer(clinic, capacity=2)
    booked(clinic)
    assert starts(clinic)[0] == NINE

    booked(clinic, name="John Doe")
    with pytest.raises(SlotTaken):
        booked(clinic, name="Tim Doe")


def test_what_is_booked_keeps_whom_it_has_whatever_becomes_of_the_activity(clinic):
    made = booked(clinic)
    vega = PractitionerId("dr-vega")
    clinic.ledger.write(
        lambda tx: tx.save_practitioner(a_practitioner(id=vega, name="Dr. Vega"), clinic.cause)
    )
    offer(clinic, practitioners=(PATEL, vega))
    alone(clinic, vega, LATER)
    alone(clinic, OWL, LATER + HALF_HOUR, name="Tim Doe")
    moving = Seeker(moving=made.id)

    offered = starts(clinic, seeker=moving)
    assert LATER in offered
    assert LATER + HALF_HOUR not in offered
    [why] = judge(clinic.around, TEAM, PATEL, LATER + HALF_HOUR, seeker=moving).obstacles
    assert why.who == OWL
    with pytest.raises(SlotTaken):
        clinic.move(made, LATER + HALF_HOUR)
    assert clinic.move(made, LATER).practitioners == (PATEL, OWL)


def test_who_was_booked_alone_is_moved_alone(clinic):
    offer(clinic, collective=False)
    made = booked(clinic, who=PATEL)
    offer(clinic)
    alone(clinic, OWL, LATER)

    assert LATER in starts(clinic, seeker=Seeker(moving=made.id))
    assert clinic.move(made, LATER).practitioners == (PATEL,)


def test_a_client_moves_it_only_while_all_of_them_offer_it(clinic):
    made = booked(clinic, name="Jane Doe")
    offer(clinic, practitioners=(PATEL, PractitionerId("dr-vega")))
    interval = Interval(LATER, LATER + HALF_HOUR)
    command = Command(action=Action.RESCHEDULE, party=Party.CLIENT, interval=interval)

    with pytest.raises(NotOffered):
        act_on(clinic.around, made.number, command, clinic.cause)


def test_a_practitioner_overbooks_nobody_else(clinic):
    alone(clinic, PATEL)
    wish = {"overbook": True, "reason": "urgent", "who": OWL}

    with pytest.raises(NotPermitted):
        booked(clinic, party=Party.PRACTITIONER, **wish)

    assert booked(clinic, party=Party.ADMIN, **wish).practitioners == (PATEL, OWL)


def test_one_query_more_is_made_for_each_who_takes_part(clinic):
    made = [PractitionerId(f"dr-{number}") for number in range(3)]
    clinic.ledger.write(
        lambda tx: [
            tx.save_practitioner(a_practitioner(id=each, name=each), clinic.cause) for each in made
        ]
    )

    def counted(start, name):
        asked = []

        def count(*_):
            asked.append(1)

        engine = clinic.ledger._writing
        listen(engine, "before_cursor_execute", count)
        booked(clinic, start, WHOEVER, name=name)
        remove(engine, "before_cursor_execute", count)
        return len(asked)

    two = counted(NINE, "Jane Doe")
    offer(clinic, practitioners=(PATEL, OWL, *made))
    five = counted(LATER, "John Doe")

    assert five - two == 3, "each is looked up, and nothing else"


def test_an_appointment_that_is_not_found_by_all_who_take_part_is_found_by_a_check(clinic):
    made = booked(clinic)
    with clinic.ledger.read() as view:
        assert not_found_by_all(view) == []
    with clinic.ledger._writing.begin() as connection:
        connection.exec_driver_sql("DELETE FROM attendances")

    with clinic.ledger.read() as view:
        assert [each.number for each in not_found_by_all(view)] == [made.number]

    clinic.move(made, LATER)
    with clinic.ledger.read() as view:
        assert not_found_by_all(view) == []
