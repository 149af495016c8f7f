"""A real daemon and a server that fails in every way we know: nothing is deleted, nothing doubled.

Each way starts from a calendar in sync, with a booking to write and an edit of a colleague's to
read; while it lasts `status` says so, and once it is over all is well again by itself.
"""

from __future__ import annotations

from collections import Counter

import pytest
from system import proxy as faults
from system.running_practice import MAIN, MONDAY, WEEK, an_event, line, until

from syncd.core.ids import CalendarId
from syncd.flows.status import Health

pytestmark = [pytest.mark.slow, pytest.mark.server]

READS_FAIL = {
    "401": lambda: faults.status(401),
    "403": lambda: faults.status(403),
    "404 on the collection": lambda: faults.status(404),
    "500": lambda: faults.status(500),
    "an empty 207": faults.empty_multistatus,
    "a login page with 200": faults.html,
    "207 with a 404 row": faults.row_says_404,
    "half an answer": lambda: faults.Fault(cuts=True),
    "no answer to reads": lambda: faults.Fault(loses=True, methods=("PROPFIND", "REPORT")),
}


def test_no_outage_deletes_or_doubles_anything_and_each_is_over_when_it_is_over(practice, subtests):
    practice.book(3)
    for each in range(8):
        practice.put(f"team-{each}.ics", an_event(f"team-{each}", MONDAY + (10 + each) * WEEK))
    practice.start(first_pause=0.2)
    expected = 11
    until(lambda: len(practice.appointments()) == expected, "adoption")
    until(practice.is_settled, "the first convergence")

    for name, make in READS_FAIL.items():
        with subtests.test(name):
            with practice.proxy.spoilt(make()):
                until(lambda: practice.state().failures, "the failure is noticed")
                during = practice.health()
                practice.book()
                practice.move("team-0.ics", minutes=5)
                failures = practice.state().failures
                until(lambda before=failures: practice.state().failures > before, "tried again")
                frozen = practice.state().last_read_at
            expected += 1
            whole(practice, expected)
            assert during is Health.FAILING
            assert practice.state().last_read_at > frozen
            assert practice.health() is Health.IN_SYNC

    with subtests.test("refused"):
        practice.proxy.refuse()
        practice.book()
        until(lambda: practice.health() is Health.FAILING, "the failure is noticed")
        practice.proxy.listen()
        expected += 1
        whole(practice, expected)

    with subtests.test("the answer to every write is lost after its effect"):
        with practice.proxy.spoilt(faults.Fault(loses=True, methods=faults.WRITES)):
            practice.book(2)
            expected += 2
            until(lambda: len(practice.events()) == expected, "the effects are there")
        whole(practice, expected)

    assert [each for each in practice.proxy.log if each.method == "DELETE"] == []
    assert practice.journal_is_sound()
    assert practice.state().suspended_at is None


def whole(practice, expected):
    """Everything is on both sides, once, and says the same."""
    until(lambda: practice.is_settled() and len(practice.events()) == expected, "recovery")
    until(practice.moves_arrived, "the colleague's edit arrives")
    uids = Counter(line(text, "UID") for text in practice.events().values())
    assert set(uids.values()) == {1}
    appointments = practice.appointments()
    assert len(appointments) == expected
    assert {each.status for each in appointments} == {"booked"}


def test_a_server_that_hangs_keeps_no_other_calendar_waiting(practice):
    second = practice.server.new_calendar()
    practice.start()
    until(practice.is_settled, "the first round")
    hanging = faults.Fault(hangs=True)

    with practice.proxy.spoilt(hanging):
        until(lambda: practice.proxy.log[-1].forwarded is None, "a request hangs")
        practice.apply(
            practice.calendar(practice.url),
            practice.calendar(second, id=CalendarId("second"), direct=True),
        )
        practice.book()
        until(lambda: practice.events(second), "the other calendar is written", within=15)
        assert practice.dirty(MAIN) == 1
        assert practice.health(MAIN) is not Health.IN_SYNC

    until(lambda: practice.is_settled() and practice.events(), "recovery")
    assert len(practice.events()) == len(practice.events(second)) == 1
