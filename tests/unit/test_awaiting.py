"""What calendars with the last word make of a booking: by value, without a ledger."""

from __future__ import annotations

from dataclasses import replace

import pytest

from syncd.core.appointment import Awaited, Flag, LinkState, Party, Status
from syncd.core.awaiting import NO_ANSWER, Answer, answer_to, decide
from syncd.core.events import EventStatus
from syncd.core.ids import CalendarId, EventRef
from syncd.core.practice import Mode, OnOutage
from syncd.core.push import plan_push
from syncd.core.scene import Scene
from syncd.testing.builders import NINE, a_calendar, a_link, a_practitioner, an_appointment
from syncd.testing.clock import MONDAY

ONE, TWO = CalendarId("one"), CalendarId("two")
REFUSE, ACCEPT = OnOutage.REFUSE, OnOutage.ACCEPT
ASKED = Awaited(becomes=Status.BOOKED, until=NINE)
ACCEPTED = replace(ASKED, until=None)
PENDING = an_appointment(status=Status.PENDING)


def a_waiting(calendar_id=ONE, mark=ASKED, **more):
    return a_link(calendar_id=calendar_id, awaited=mark, **more)


def a_taken(calendar_id=ONE, mark=ASKED):
    return a_waiting(calendar_id, mark, ref=EventRef("there"), state=LinkState.IN_SYNC)


def decided(*links, it=PENDING, policies=None, **more):
    known = {ONE: REFUSE, TWO: REFUSE} if policies is None else policies
    return decide(it, links, known, now=MONDAY, **more)


def test_nothing_becomes_of_what_waits_for_nobody_or_is_still_waited_for():
    assert decided(a_link()) is None
    assert decided(a_waiting()) is None
    assert decided(a_waiting(), silent={TWO}) is None
    assert decided(a_waiting(mark=ACCEPTED), silent={ONE}) is None


@pytest.mark.parametrize("becomes", [Status.BOOKED, Status.PENDING])
def test_once_all_have_it_it_is_what_it_shall_be(becomes):
    mark = Awaited(becomes=becomes, until=NINE)
    assert decided(a_taken(mark=mark), a_waiting(TWO, mark)) is None

    outcome = decided(a_taken(mark=mark), a_taken(TWO, mark), a_link())

    assert outcome.appointment.status is becomes
    assert outcome.awaited == {ONE: None, TWO: None}


@pytest.mark.parametrize(
    "state", [each for each in LinkState if each is not LinkState.PENDING_WRITE]
)
def test_a_calendar_that_has_done_with_it_has_had_its_say(state):
    assert decided(a_waiting(state=state)).appointment.status is Status.BOOKED


def test_a_calendar_without_the_last_word_is_not_waited_for():
    assert decided(a_waiting(), policies={}).appointment.status is Status.BOOKED


def test_one_refusal_declines_it_whoever_has_it_already():
    outcome = decided(a_taken(), a_waiting(TWO), refused_by={TWO})

    it = outcome.appointment
    assert (it.status, it.cancelled_by, it.reason) == (Status.CANCELLED, Party.SYSTEM, "declined")
    assert outcome.awaited == {ONE: None, TWO: None}
    assert answer_to(it, []) is Answer.REFUSED


def test_what_staff_confirmed_meanwhile_is_cancelled_and_who_is_there_stays():
    booked, there = an_appointment(), an_appointment(status=Status.ARRIVED)

    assert decided(a_waiting(), it=booked, refused_by={ONE}).appointment.is_over
    assert decided(a_waiting(), it=there, refused_by={ONE}).appointment == there
    assert decided(a_taken(), it=booked).appointment == booked


def test_silence_refuses_where_any_of_the_silent_shall():
    outcome = decided(
        a_waiting(), a_waiting(TWO), policies={ONE: ACCEPT, TWO: REFUSE}, silent={ONE, TWO}
    )

    assert outcome.appointment.reason == NO_ANSWER
    assert answer_to(outcome.appointment, []) is Answer.AWAY
    assert outcome.awaited == {ONE: None, TWO: None}


def test_accepted_silence_leaves_it_pending_and_nobody_waits_for_it():
    outcome = decided(a_waiting(), a_taken(TWO), policies={ONE: ACCEPT, TWO: REFUSE}, silent={ONE})

    assert outcome.appointment is PENDING
    assert outcome.awaited == {ONE: ACCEPTED, TWO: ACCEPTED}
    assert answer_to(PENDING, [a_waiting(mark=ACCEPTED)]) is Answer.MADE


def test_accepted_silence_of_one_does_not_end_the_wait_for_the_other():
    outcome = decided(
        a_waiting(), a_waiting(TWO), policies={ONE: ACCEPT, TWO: REFUSE}, silent={ONE}
    )

    assert outcome.awaited == {ONE: ACCEPTED}
    assert answer_to(PENDING, [a_waiting(mark=ACCEPTED), a_waiting(TWO)]) is Answer.WAIT


def test_what_is_over_waits_for_nobody():
    over = an_appointment(status=Status.CANCELLED, cancelled_by=Party.ADMIN, reason=NO_ANSWER)

    outcome = decided(a_waiting(), it=over, refused_by={ONE})

    assert (outcome.appointment, outcome.awaited) == (over, {ONE: None})
    assert answer_to(over, []) is Answer.REFUSED


def test_only_a_calendars_word_keeps_its_event_from_being_tentative():
    link = a_waiting()

    assert link.wanted_status(PENDING) is Status.BOOKED
    assert link.wanted_status(an_appointment()) is Status.BOOKED
    assert a_link().wanted_status(PENDING) is Status.PENDING


def test_a_calendar_has_the_last_word_while_it_is_in_use_and_written_to():
    calendar = a_calendar(write_through=REFUSE)

    assert calendar.has_last_word
    assert not a_calendar().has_last_word
    assert not replace(calendar, active=False).has_last_word
    assert not replace(calendar, mode=Mode.BUSY).has_last_word


@pytest.mark.parametrize(
    ("flags", "as_offered"),
    [((), True), ((Flag.OUTSIDE_HOURS,), True), ((Flag.OVERBOOKED,), False)],
)
def test_it_is_asked_for_as_it_is_offered_unless_staff_overbooked_it(flags, as_offered):
    scene = Scene(calendar=a_calendar(), practitioner=a_practitioner(), activities={}, now=MONDAY)
    pending = replace(PENDING, flags=frozenset(flags))

    step = plan_push(scene, a_waiting(), pending)

    assert (step.draft.as_offered, step.draft.status) == (as_offered, EventStatus.CONFIRMED)
    assert not plan_push(scene, a_link(), pending).draft.as_offered
