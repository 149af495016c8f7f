"""`syncd deliveries`, as an admin sees it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from cli.test_docs import examples

from syncd.cli.exits import Exit
from syncd.core.ids import CalendarId
from syncd.flows.deliveries import Posted, keep
from syncd.ports import Hint

from .conftest import NOWHERE

MAIN = CalendarId("patel-main")


@pytest.fixture
def clinic(office, monkeypatch):
    monkeypatch.setenv("NOWHERES_PASSWORD", "x")
    office.add_calendar(
        url=NOWHERE, username="u", password="env:NOWHERES_PASSWORD", allow_http=True
    )
    office.ok("practice apply")
    return office


def tell(clinic, body=b'{"name": "Jane"}', **hint):
    hint = {"trigger": "BOOKING_CREATED", "about": "uid-1"} | hint
    posted = Posted(calendar_id=MAIN, hint=Hint(**hint), body=body, media_type="application/json")
    with clinic.desk() as desk:
        desk.around.ledger.write(lambda tx: keep(tx, [posted]))
    return clinic.read("deliveries list -n 1")["deliveries"][0]["id"]


def settle(clinic):
    with clinic.desk() as desk:
        with desk.around.ledger.read() as view:
            found = view.deliveries(limit=9)
        done = [replace(each, look_at=None, looks=1) for each in found]
        desk.around.ledger.write(lambda tx: tx.set_looks(done))


def test_nothing_received_is_said(clinic):
    assert clinic.read("deliveries list") == {"deliveries": []}
    assert "no deliveries" in clinic.ok("deliveries list").err


def test_deliveries_are_listed_without_what_is_personal_in_them(clinic):
    tell(clinic)
    which = tell(clinic, b"Jane at nine", trigger="", about="")

    listed = clinic.ok("deliveries list").out

    assert which in listed
    assert "BOOKING_CREATED" in listed
    assert "not understood" in listed
    assert "Jane" not in listed + clinic.ok("deliveries list --json").out


def test_a_list_can_be_narrowed(clinic):
    tell(clinic)
    settle(clinic)
    waiting = tell(clinic, b"2")

    assert [each["id"] for each in clinic.read("deliveries list --waiting")["deliveries"]] == [
        waiting
    ]
    assert len(clinic.read("deliveries list --calendar patel-main")["deliveries"]) == 2
    assert len(clinic.read("deliveries list -n 1")["deliveries"]) == 1
    assert clinic.run("deliveries list --calendar nobody").code == Exit.ERROR


def test_one_is_shown_whole_by_the_beginning_of_its_id(clinic):
    which = tell(clinic, b'{"name": "Jane \xff"}')

    shown = clinic.ok(f"deliveries show {which[:8]}").out
    found = clinic.read(f"deliveries show {which}")

    assert r'{"name": "Jane \xff"}' in shown
    assert "BOOKING_CREATED" in shown
    assert found["body"] == r'{"name": "Jane \xff"}'


def test_what_was_emptied_is_shown_as_such(clinic):
    which = tell(clinic)
    with clinic.desk() as desk:
        desk.around.ledger.write(lambda tx: tx.empty_deliveries())

    assert "emptied" in clinic.ok(f"deliveries show {which}").out
    assert clinic.read(f"deliveries show {which}")["body"] is None


@pytest.mark.parametrize(
    ("hint", "words"), [({"is_ping": True}, "a test"), ({}, "due"), (None, "too old to follow")]
)
def test_where_each_stands_is_told(clinic, hint, words):
    if hint is None:
        with clinic.desk() as desk:
            hint = {"sent_at": desk.around.clock.now() - timedelta(days=20)}
    tell(clinic, **hint)

    assert words in clinic.ok("deliveries list").out


def test_a_replay_makes_its_calendar_due_and_stores_nothing_new(clinic):
    which = tell(clinic)
    settle(clinic)
    assert "done" in clinic.ok("deliveries list").out

    said = clinic.ok(f"deliveries replay {which}")

    assert "patel-main" in said.err
    [found] = clinic.read("deliveries list --waiting")["deliveries"]
    assert (found["id"], found["looks"]) == (which, 0)


def test_a_replay_of_what_nobody_sent_is_refused(clinic):
    known = tell(clinic)

    for verb in ("show", "replay"):
        for which in ("0000x", "%", "''"):
            answer = clinic.run(f"deliveries {verb} {which}")
            assert answer.code == Exit.ERROR
            assert known in answer.err


def test_a_calendar_that_is_switched_off_is_not_read_for_a_replay(clinic):
    which = tell(clinic)
    settle(clinic)
    clinic.write_practice()
    clinic.ok("practice apply")

    assert "switched off" in clinic.run(f"deliveries replay {which}").err


def test_the_documented_shape_is_the_one_that_is_printed(clinic):
    which = tell(clinic)

    [shown] = examples("delivery")
    assert clinic.read(f"deliveries show {which}").keys() == shown.keys()
    assert clinic.read(f"deliveries replay {which}").keys() == shown.keys()
    [listed] = clinic.read("deliveries list")["deliveries"]
    assert listed.keys() == shown.keys() - {"body"}
