"""What is due, and what begins: pure values, and laws over every jump of the wall clock."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from syncd.daemon.timetable import (
    LONGEST_WAIT,
    SLOW_AFTER,
    Entry,
    Running,
    Waiting,
    choose,
    places,
)
from syncd.testing.builders import a_calendar_state as a_state
from syncd.testing.clock import MONDAY

MINUTE = timedelta(minutes=1)
POLL = 5 * MINUTE

jumps = st.timedeltas(min_value=timedelta(days=-4000), max_value=timedelta(days=4000))


def rounds_within(seconds, *, state_at, entry=None, started=0.0):
    """The moments at which rounds begin when each lasts no time; `state_at(second, begun)` is what
    the ledger says at that second, with the wall clock of that second."""
    entry, begun = entry or Entry(), []
    for second in range(seconds):
        moment = started + second
        state, now = state_at(second, begun)
        entry = entry.sighted(state, now=now, moment=moment)
        if entry.due_at <= moment:
            begun.append(second)
            entry = entry.begun(moment, POLL).ended(moment)
    return begun


def test_a_calendar_is_read_at_once_and_then_once_a_period():
    begun = rounds_within(901, state_at=lambda second, _: (a_state(), MONDAY))

    assert begun == [0, 300, 600, 900]


@given(jump=jumps, at=st.integers(1, 899))
def test_a_jump_of_the_wall_clock_neither_skips_nor_adds_a_round(jump, at):
    def state_at(second, _):
        return a_state(), MONDAY + timedelta(seconds=second) + (jump if second >= at else 0 * jump)

    assert rounds_within(901, state_at=state_at) == [0, 300, 600, 900]


@given(jump=jumps, at=st.integers(31, 89), pause=st.integers(30, 600))
def test_a_jump_changes_no_pause_of_a_failing_calendar(jump, at, pause):
    """The first round fails and writes down when to try again; then the clock is set."""

    def state_at(second, begun):
        now = MONDAY + timedelta(seconds=second) + (jump if second >= at else 0 * jump)
        failed = a_state(failures=1, retry_at=MONDAY + timedelta(seconds=pause))
        return failed if len(begun) == 1 else a_state(), now

    assert rounds_within(pause + 2, state_at=state_at)[:2] == [0, pause]


def test_a_process_that_slept_for_a_day_begins_one_round_not_many():
    entry = Entry().sighted(a_state(), now=MONDAY, moment=0).begun(0, POLL).ended(0)

    woken = 86_400.0
    entry = entry.sighted(a_state(), now=MONDAY, moment=woken)
    assert entry.due_at <= woken
    entry = entry.begun(woken, POLL).ended(woken)

    assert entry.due_at == woken + 300


def test_a_nudge_makes_it_due_now():
    entry = Entry().begun(0, POLL).ended(0)

    nudged = entry.sighted(a_state(due_at=MONDAY), now=MONDAY, moment=60)

    assert entry.due_at == 300
    assert nudged.due_at == 60


def test_a_nudge_does_not_end_the_pause_of_a_failing_calendar():
    retry = a_state(retry_at=MONDAY + MINUTE, due_at=MONDAY, failures=3)

    entry = Entry().begun(0, POLL).sighted(retry, now=MONDAY, moment=0)

    assert entry.due_at == 60


def test_a_person_who_asks_again_ends_the_pause():
    failing = a_state(retry_at=MONDAY + 10 * MINUTE, failures=3)
    entry = Entry().begun(0, POLL).ended(0).sighted(failing, now=MONDAY, moment=0)

    resynced = a_state(due_at=MONDAY, doubt=True)
    entry = entry.sighted(resynced, now=MONDAY + MINUTE, moment=60)

    assert entry.due_at == 60


def test_a_round_that_was_broken_off_is_begun_again_soon():
    entry = Entry().begun(0, POLL).ended(10, again_after=timedelta(seconds=5))

    assert entry.due_at == 15


def test_many_nudges_at_once_leave_a_second_between_rounds():
    entry = Entry().begun(0, POLL).ended(0.25)
    entry = entry.sighted(a_state(due_at=MONDAY), now=MONDAY, moment=0.3)

    assert entry.due_at == 1.25


@given(ahead=st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=4000)))
def test_no_pause_outlasts_a_day_whatever_is_written(ahead):
    entry = Entry().sighted(a_state(retry_at=MONDAY + ahead), now=MONDAY, moment=0)

    assert entry.due_at == min(ahead, LONGEST_WAIT).total_seconds()


def waiting(name, due_at=0.0, **more):
    return Waiting(calendar_id=name, due_at=due_at, **more)


def running(name, began=0.0, **more):
    return Running(calendar_id=name, began=began, **more)


def test_those_that_somebody_waits_for_go_first_then_those_that_wait_longest():
    due = [waiting("b", 2), waiting("c", 1), waiting("a", 3, nudged=True)]

    assert choose(due, [], workers=2, moment=10) == ["a", "c"]


def test_no_more_run_than_there_are_workers():
    assert choose([waiting("c")], [running("a", 9), running("b", 9)], workers=2, moment=10) == []


def test_a_hanging_round_gives_its_place_to_another():
    hanging = [running("a", 0)]
    after = SLOW_AFTER.total_seconds() + 1

    assert choose([waiting("b")], hanging, workers=1, moment=after - 2) == []
    assert choose([waiting("b")], hanging, workers=1, moment=after) == ["b"]


def test_there_is_an_end_to_giving_places_away():
    hanging = [running(str(each), 0) for each in range(places(2))]

    assert choose([waiting("b")], hanging, workers=2, moment=1000) == []


def test_failing_calendars_leave_places_to_the_others():
    due = [waiting(str(each), failing=True) for each in range(8)] + [waiting("well", 9)]

    assert choose(due, [], workers=4, moment=10) == ["0", "1", "well"]


@given(
    due=st.lists(
        st.builds(
            Waiting,
            calendar_id=st.uuids().map(str),
            due_at=st.floats(0, 100),
            nudged=st.booleans(),
            failing=st.booleans(),
        ),
        max_size=12,
    ),
    busy=st.lists(
        st.builds(
            Running,
            calendar_id=st.uuids().map(str),
            began=st.floats(0, 100),
            failing=st.booleans(),
        ),
        max_size=8,
    ),
    workers=st.integers(1, 5),
)
def test_places_are_kept_and_nobody_well_is_left_out_of_a_free_one(due, busy, workers):
    chosen = choose(due, busy, workers=workers, moment=100.0)

    slow = [each for each in busy if each.began <= 100 - SLOW_AFTER.total_seconds()]
    brisk = len(busy) - len(slow)
    assert len(set(chosen)) == len(chosen)
    assert not chosen or brisk + len(chosen) <= workers
    assert not chosen or len(busy) + len(chosen) <= places(workers)
    free = min(workers - brisk, places(workers) - len(busy)) - len(chosen)
    well_waiting = {each.calendar_id for each in due if not each.failing} - set(chosen)
    assert free <= 0 or not well_waiting
