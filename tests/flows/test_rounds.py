"""Rounds by hand over several calendars, beside a daemon that may hold some of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from syncd.core.errors import Locked, PlanMoved, Refused, Transient
from syncd.core.ids import CalendarId
from syncd.flows import leases
from syncd.flows.leases import held, take
from syncd.flows.mandate import Mandate
from syncd.flows.planning import keep_plan
from syncd.flows.rounds import Terms, apply_now, survey_now, sync_now
from syncd.flows.status import Health, overview
from syncd.flows.sync import run_round
from syncd.testing.builders import NINE, a_calendar

MAIN = CalendarId("patel-main")
ONE_BY_ONE = Terms(workers=1)
HALF_HOUR = timedelta(minutes=30)


def the_status(clinic):
    with clinic.ledger.read() as view:
        [found] = overview(view, view.practice()).calendars
    return found


def test_a_round_leaves_its_calendar_free_and_fresh(clinic):
    clinic.book()

    [visit] = sync_now(clinic.around, [MAIN], ONE_BY_ONE)

    assert (visit.report.ok, visit.report.pushed, visit.by_holder) == (True, 1, False)
    with clinic.ledger.read() as view:
        assert view.lease_holders() == {}
        assert view.calendar_state(MAIN).last_read_at == clinic.clock.now()


def test_a_quiet_round_by_hand_costs_the_lease_and_its_release_only(clinic):
    sync_now(clinic.around, [MAIN], ONE_BY_ONE)
    before = clinic.commits()

    sync_now(clinic.around, [MAIN], ONE_BY_ONE)

    assert clinic.commits() - before == 2


def test_one_calendars_failure_is_its_own(open_clinic):
    clinic = open_clinic(a_calendar(), a_calendar(id=CalendarId("patel-home")))
    told = []

    def broken(calendar, practitioner):
        if calendar.id == MAIN:
            raise Refused("the secret is not there")
        return clinic.around.open_provider(calendar, practitioner)

    around = replace(clinic.around, open_provider=broken)
    home, main = sync_now(around, [MAIN, "patel-home", MAIN], ONE_BY_ONE, tell=told.append)

    assert (home.report.ok, main.report.ok) == (True, False)
    assert main.report.error == "the secret is not there"
    assert len(told) == 2
    with clinic.ledger.read() as view:
        assert view.calendar_state(MAIN).failures == 1
        assert view.lease_holders() == {}


def test_a_calendar_that_a_daemon_holds_is_asked_of_it(clinic, monkeypatch):
    """The daemon does its round while we wait."""
    fence = clinic.ledger.write(lambda tx: tx.take_lease(MAIN, "daemon", timedelta(minutes=5)))
    clinic.book()

    class Waiting:
        def wait(self, seconds):
            mandate = Mandate(run_id="daemon", fence=fence)
            run_round(clinic.around, clinic.provider(), MAIN, mandate)

    monkeypatch.setattr(leases, "Event", Waiting)

    [visit] = sync_now(clinic.around, [MAIN], ONE_BY_ONE)

    assert (visit.report.ok, visit.by_holder) == (True, True)
    assert the_status(clinic).pending == 0


@pytest.mark.parametrize("in_full", [False, True])
def test_a_daemons_failure_is_reported_as_such(clinic, monkeypatch, in_full):
    sync_now(clinic.around, [MAIN], ONE_BY_ONE)
    for name in ("changes", "listing"):
        clinic.faults[MAIN].at(name, Transient("the server is out"), times=9)
    fence = clinic.ledger.write(lambda tx: tx.take_lease(MAIN, "daemon", timedelta(minutes=5)))

    class Waiting:
        def wait(self, seconds):
            mandate = Mandate(run_id="daemon", fence=fence)
            run_round(clinic.around, clinic.provider(), MAIN, mandate)

    monkeypatch.setattr(leases, "Event", Waiting)

    terms = Terms(workers=1, in_full=in_full)
    [first] = sync_now(clinic.around, [MAIN], terms)
    [second] = sync_now(clinic.around, [MAIN], terms)

    for visit in (first, second):
        assert (visit.report.ok, visit.report.code) == (False, "CALENDAR_UNAVAILABLE")


def test_a_daemon_that_does_not_answer_is_reported_after_a_while(clinic, monkeypatch):
    monkeypatch.setattr(leases, "HOLDER_HAS", timedelta(seconds=1))
    monkeypatch.setattr(leases, "LOOK_EVERY", 0)
    clock = clinic.clock
    passing = iter(range(1000))
    monkeypatch.setattr(type(clock), "monotonic", lambda self: next(passing) * 0.3)
    clinic.ledger.write(lambda tx: tx.take_lease(MAIN, "daemon", timedelta(minutes=5)))

    [visit] = sync_now(clinic.around, [MAIN], ONE_BY_ONE)

    assert (visit.report.ok, visit.report.code) == (False, "LOCKED")


def test_a_daemon_that_died_is_not_waited_for(clinic):
    clinic.ledger.write(lambda tx: tx.take_lease(MAIN, "dead", timedelta(seconds=30)))
    clinic.clock.advance(timedelta(seconds=31))

    [visit] = sync_now(clinic.around, [MAIN], ONE_BY_ONE)

    assert (visit.report.ok, visit.by_holder) == (True, False)


def test_a_plan_of_several_is_the_plan_of_each_and_changes_nothing(open_clinic):
    clinic = open_clinic(a_calendar(), a_calendar(id=CalendarId("patel-home")))
    clinic.book()
    before = clinic.commits()

    made = survey_now(clinic.around, ["patel-home", MAIN], ONE_BY_ONE)

    assert [each.plan.calendar_id for each in made.looks] == ["patel-home", MAIN]
    assert made.id == survey_now(clinic.around, [MAIN, "patel-home"], ONE_BY_ONE).id
    assert clinic.commits() == before


def test_a_kept_plan_is_done_as_it_was_printed(clinic):
    clinic.book()
    made = survey_now(clinic.around, [MAIN], ONE_BY_ONE)
    keep_plan(clinic.around, made)

    [visit] = apply_now(clinic.around, made.id, ONE_BY_ONE)

    assert (visit.report.ok, visit.report.pushed) == (True, 1)
    assert the_status(clinic).pending == 0
    with clinic.ledger.read() as view:
        assert view.lease_holders() == {}


def test_a_plan_is_refused_when_an_appointment_moved_and_nothing_is_written(clinic):
    booked = clinic.book()
    made = survey_now(clinic.around, [MAIN], ONE_BY_ONE)
    keep_plan(clinic.around, made)
    clinic.move(booked, NINE + 4 * HALF_HOUR)

    with pytest.raises(PlanMoved):
        apply_now(clinic.around, made.id, ONE_BY_ONE)

    assert clinic.link(booked).ref is None


def test_a_plan_waits_for_no_daemon(clinic):
    made = survey_now(clinic.around, [MAIN], ONE_BY_ONE)
    keep_plan(clinic.around, made)
    clinic.ledger.write(lambda tx: tx.take_lease(MAIN, "daemon", timedelta(minutes=5)))

    with pytest.raises(Locked, match="patel-main"):
        apply_now(clinic.around, made.id, ONE_BY_ONE)


def test_a_lease_is_released_whatever_happens(clinic):
    with pytest.raises(ZeroDivisionError), held(clinic.around, MAIN, HALF_HOUR):
        raise ZeroDivisionError

    with clinic.ledger.read() as view:
        assert view.lease_holders() == {}


def test_health_is_the_worst_that_is_true_and_in_sync_only_when_nothing_waits(clinic):
    assert the_status(clinic).health is Health.NEVER_READ
    sync_now(clinic.around, [MAIN], ONE_BY_ONE)
    booked = clinic.book()
    assert the_status(clinic).health is Health.PENDING
    sync_now(clinic.around, [MAIN], ONE_BY_ONE)
    assert the_status(clinic).health is Health.IN_SYNC
    clinic.move(booked, NINE + 4 * HALF_HOUR)
    assert the_status(clinic).health is Health.PENDING
    clinic.clock.advance(timedelta(hours=2))
    assert the_status(clinic).health is Health.STALE


def test_a_calendar_whose_holder_was_killed_on_this_machine_is_taken_over_at_once(clinic):
    clinic.ledger.write(lambda tx: tx.take_lease(MAIN, "killed", timedelta(minutes=5)))

    assert take(clinic.around, MAIN, timedelta(minutes=1)) is None
    around = replace(clinic.around, has_ended=lambda node: node == "killed")
    assert take(around, MAIN, timedelta(minutes=1)) is not None
