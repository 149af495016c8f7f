"""Servers that reuse versions or name none, rewrite what they store, or keep silent about it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from flows.colleagues import ELEVEN, MAIN, TEN, a_foreign

from syncd.core.appointment import Status
from syncd.core.lifecycle import Action
from syncd.testing.builders import HALF_HOUR, NINE
from syncd.testing.faults import Moment
from syncd.testing.memory_calendar import Hand
from syncd.testing.quirks import PROFILES, Cursors, Etag, Quirks


def test_a_new_event_that_is_removed_at_once_is_missed_though_no_feed_tells_of_it(open_clinic):
    """Some servers keep silent about what came and went since a cursor."""
    clinic = open_clinic(quirks=PROFILES["no word of brief lives"])
    clinic.settle()
    appointment = clinic.book()
    clinic.sync()

    clinic.calendar().colleague_deletes(clinic.ref(appointment))
    clinic.sync()

    assert clinic.now_is(appointment).status is Status.CANCELLED


def test_a_rename_between_a_write_and_its_read_back_is_no_echo(open_clinic):
    """A server that names no version when it writes cannot say whose title that is."""
    clinic = open_clinic(quirks=Quirks(answers_versions=False))
    clinic.calendar().colleague_adds(a_foreign())
    clinic.settle()
    [adopted] = clinic.appointments()
    ref = clinic.ref(adopted)
    clinic.move(adopted, TEN)
    clinic.faults[MAIN].at(
        "update", lambda: clinic.calendar().colleague_renames(ref, "Board"), moment=Moment.AFTER
    )

    clinic.sync()
    clinic.settle()

    assert clinic.now_is(adopted).title == "Board"


@pytest.mark.parametrize(
    "quirks", [Quirks(etag=Etag.NONE), Quirks(etag=Etag.REUSED)], ids=["none", "reused"]
)
def test_an_edit_that_nobody_saw_is_not_deleted_where_versions_cannot_tell(open_clinic, quirks):
    clinic = open_clinic(quirks=quirks)
    appointment = clinic.book()
    clinic.settle()
    ref = clinic.ref(appointment)
    clinic.act(appointment, Action.CANCEL)

    def redone():
        body = clinic.calendar().stored(ref).body
        clinic.calendar().colleague_deletes(ref)
        clinic.calendar().put(ref, body, Hand.COLLEAGUE)
        clinic.calendar().colleague_moves(ref, ELEVEN, ELEVEN + HALF_HOUR)

    clinic.faults[MAIN].at("get_many", redone)
    clinic.sync()
    clinic.settle()

    assert clinic.calendar().refs == ()
    [kept] = clinic.conflicts(open_only=False)
    assert kept.remote["start"] == ELEVEN.isoformat()


def test_content_is_believed_where_versions_are_reused(open_clinic):
    """A complete listing shows the same version for another content."""
    clinic = open_clinic(quirks=Quirks(etag=Etag.REUSED))
    ref = clinic.calendar().colleague_adds(a_foreign())
    clinic.settle()
    [adopted] = clinic.appointments()
    body = clinic.calendar().stored(ref).body.replace("09:00", "13:00").replace("09:30", "13:30")
    clinic.calendar().colleague_deletes(ref)
    clinic.calendar().put(ref, body, Hand.COLLEAGUE)
    clinic.calendar().expire_cursors()

    clinic.settle()

    assert clinic.now_is(adopted).start == NINE + timedelta(hours=4)


def test_a_server_that_rewrites_times_is_believed_in_the_end(open_clinic):
    clinic = open_clinic(quirks=Quirks(drops_seconds=True))
    booked = clinic.book(NINE)
    late = timedelta(seconds=30)  # as from a calendar that keeps them
    after = replace(booked, start=NINE + late, end=booked.end + late, version=2)
    appointment = clinic.ledger.write(
        lambda tx: tx.save_appointment(booked, after, clinic.cause, action="reschedule")
    )

    clinic.settle()

    assert clinic.now_is(appointment).start == NINE
    assert clinic.event(appointment).when.start == NINE


def test_what_cannot_be_read_costs_no_commit_again_and_again(open_clinic):
    clinic = open_clinic(quirks=Quirks(cursors=Cursors.ABSENT))
    ref = clinic.calendar().colleague_adds(a_foreign())
    clinic.settle()
    clinic.calendar().colleague_spoils(ref)
    clinic.sync()
    lease = 1

    commits = clinic.commits()
    clinic.sync()

    assert clinic.commits() - commits == lease
