"""What a round costs: requests and commits are promises, not goals."""

from __future__ import annotations

from datetime import timedelta
from math import ceil

import pytest

from syncd.core.ids import CalendarId, EventRef
from syncd.flows.mandate import Mandate
from syncd.flows.sync import run_round
from syncd.testing.builders import NINE, a_calendar
from syncd.testing.foreign import ForeignEvent, Repeat
from syncd.testing.memory_calendar import Hand
from syncd.testing.quirks import CALDAV, GOOGLE, Cursors, Etag, Quirks

HALF_HOUR = timedelta(minutes=30)
MAIN = CalendarId("patel-main")


def cost(clinic, name=MAIN):
    """Requests and commits of one round, the lease aside."""
    fence = clinic.ledger.write(lambda tx: tx.take_lease(name, "test", HALF_HOUR))
    commits = clinic.commits()
    report = run_round(clinic.around, clinic.provider(name), name, Mandate(run_id="r", fence=fence))
    assert report.ok
    return report, clinic.commits() - commits


def fill(clinic, count):
    return [
        clinic.calendar().colleague_adds(
            ForeignEvent(
                title=f"Team {n}",
                start=NINE + timedelta(days=1, minutes=10 * n),
                end=NINE + timedelta(days=1, minutes=10 * n + 10),
            )
        )
        for n in range(count)
    ]


@pytest.mark.parametrize("count", [1, 200, 450])
def test_an_import_takes_one_request_and_a_commit_for_two_hundred(clinic, count):
    fill(clinic, count)

    report, commits = cost(clinic)

    assert report.pulled == count
    assert report.requests == 1
    assert commits <= ceil(count / 200) + 2


def test_a_round_without_changes_takes_one_request_and_no_commit(clinic):
    fill(clinic, 250)
    clinic.book()
    clinic.settle()

    report, commits = cost(clinic)

    assert (report.requests, commits) == (1, 0)


@pytest.mark.parametrize(
    "quirks",
    [
        Quirks(cursors=Cursors.ABSENT),
        Quirks(cursors=Cursors.FORGETFUL),
        Quirks(etag=Etag.NONE),
        Quirks(etag=Etag.REUSED),
        Quirks(cursors=Cursors.ABSENT, etag=Etag.NONE),
        Quirks(cursors=Cursors.ABSENT, etag=Etag.REUSED),
        GOOGLE,
    ],
    ids=[
        "listed",
        "forgetful",
        "no versions",
        "reused",
        "listed, none",
        "listed, reused",
        "google",
    ],
)
def test_a_round_without_changes_takes_no_commit_on_any_server(open_clinic, quirks):
    clinic = open_clinic(quirks=quirks)
    fill(clinic, 20)
    clinic.calendar().colleague_adds(
        ForeignEvent(start=NINE, end=NINE + HALF_HOUR, repeat=Repeat(count=3))
    )
    clinic.settle()

    _, commits = cost(clinic)

    assert commits == 0


@pytest.mark.parametrize("quirks", [CALDAV, Quirks(bodies_in_feed=False)], ids=["bodies", "bare"])
def test_a_hundred_changes_take_two_requests_at_most(open_clinic, quirks):
    clinic = open_clinic(quirks=quirks)
    refs = fill(clinic, 150)
    clinic.settle()
    for ref in refs[:100]:
        clinic.calendar().colleague_renames(ref, "Renamed")

    report, commits = cost(clinic)

    assert report.pulled == 100
    assert report.requests <= 2
    assert commits == 1


def test_a_batch_of_creations_is_read_back_in_one_request(clinic):
    for n in range(10):
        clinic.book(NINE + timedelta(minutes=30 * n), f"Jane {n}")

    report, commits = cost(clinic)

    assert report.pushed == 10
    assert report.requests == 1 + 10 + 1 + 1  # listing, writes, one read back, one more look
    assert commits == 4  # what was seen, what is meant, what became of it, where the feed is now


def test_many_edits_collapse_into_one_write(clinic):
    appointment = clinic.book()
    clinic.settle()
    writes = len(clinic.calendar().writes(Hand.SYNCD))

    for n in range(1, 6):
        appointment = clinic.move(appointment, NINE + timedelta(minutes=30 * n))
    clinic.settle()

    assert len(clinic.calendar().writes(Hand.SYNCD)) == writes + 1


def test_an_edit_that_is_taken_back_before_the_round_is_not_written_at_all(clinic):
    appointment = clinic.book()
    clinic.settle()
    writes = len(clinic.calendar().writes(Hand.SYNCD))

    clinic.move(clinic.move(appointment, NINE + HALF_HOUR), NINE)
    clinic.settle()

    assert len(clinic.calendar().writes(Hand.SYNCD)) == writes


def test_one_edit_costs_one_write_in_every_other_calendar(open_clinic):
    names = ["patel-main", "patel-second", "patel-third"]
    clinic = open_clinic(*(a_calendar(id=CalendarId(name)) for name in names))
    appointment = clinic.book()
    clinic.settle()
    before = [len(clinic.calendar(name).writes(Hand.SYNCD)) for name in names]

    clinic.calendar().colleague_moves(
        clinic.ref(appointment), NINE + HALF_HOUR, NINE + 2 * HALF_HOUR
    )
    clinic.settle()

    after = [len(clinic.calendar(name).writes(Hand.SYNCD)) for name in names]
    assert [now - then for now, then in zip(after, before, strict=True)] == [0, 1, 1]


def test_a_daily_comparison_takes_one_request_and_one_commit(clinic):
    fill(clinic, 30)
    clinic.settle()
    clinic.clock.advance(timedelta(hours=25))

    report, commits = cost(clinic)

    assert (report.requests, commits) == (1, 1)
    assert "listing" in [call.name for call in clinic.faults[MAIN].seen]


def test_one_refused_event_does_not_keep_the_others_waiting(clinic):
    first = clinic.book()
    second = clinic.book(NINE + HALF_HOUR, "Ann Other")
    clinic.calendar().refused.add(clinic.link(first).uid)

    report, _ = cost(clinic)

    assert report.pushed == 1
    assert report.quarantined == 1
    assert clinic.event(second).when.start == NINE + HALF_HOUR


def test_an_event_that_is_always_refused_is_tried_less_and_less(clinic):
    appointment = clinic.book()
    clinic.calendar().refused.add(clinic.link(appointment).uid)
    for _ in range(8):
        clinic.sync()

    tries = [call for call in clinic.faults[MAIN].seen if call.name == "create"]
    assert len(tries) == 5

    clinic.calendar().refused.clear()
    clinic.clock.advance(timedelta(hours=25))
    clinic.settle()
    assert clinic.event(appointment)


def test_an_identity_that_is_burnt_once_no_more_refused_is_replaced_at_the_next_poll(clinic):
    appointment = clinic.book()
    refused = clinic.link(appointment).uid
    clinic.calendar().refused.add(refused)
    for _ in range(8):
        clinic.sync()
    there = EventRef(f"/{clinic.calendar().name}/{refused}.ics")
    clinic.calendar().put(there, "{ broken", Hand.COLLEAGUE)
    clinic.calendar().refused.clear()
    clinic.clock.advance(timedelta(hours=25))

    clinic.settle()

    assert clinic.link(appointment).generation == 2
    assert clinic.event(appointment).uid != refused


def test_a_calendar_that_fails_is_left_alone_for_longer_and_longer(clinic):
    clinic.calendar().vanish()
    pauses = []

    for _ in range(12):
        clinic.sync()
        pauses.append(clinic.state().retry_at - clinic.clock.now())

    assert timedelta(seconds=11) <= pauses[0] <= timedelta(seconds=15)
    assert pauses[3] > 2 * pauses[1]
    assert pauses[-1] <= timedelta(minutes=30)
    assert clinic.state().failures == 12
