"""Calendars as a person at a shell tries them out, syncs them, and settles what they disagree on."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from calendar_servers import PASSWORD_VARIABLE

from syncd.registry import provider_kinds
from syncd_config import load_practice


@pytest.mark.parametrize(("side", "hour"), [("ledger", "11"), ("remote", "14")])
def test_a_conflict_is_shown_and_resolved_either_way(clinic, side, hour):
    number = clinic.in_conflict()["number"]
    [conflict] = clinic.read("conflicts list")["conflicts"]
    shown = clinic.ok(f"conflicts show {conflict['id'][:8]}")

    resolved = clinic.read(f"conflicts resolve {conflict['id']} --take {side} --reason 'she said'")
    again = clinic.run(f"conflicts resolve {conflict['id']} --take {side}")
    clinic.ok("sync")

    assert "Mon 3 Mar 2031 11:00-11:30" in shown.out
    assert "Mon 3 Mar 2031 14:00-14:30" in shown.out
    assert "BEGIN:VEVENT" in shown.out
    assert resolved["resolution"] == side
    assert again.code == 1
    found = clinic.read(f"appointments show {number}")
    assert found["start"] == f"2031-03-03T{hour}:00:00+01:00"
    assert found["links"][0]["state"] == "in-sync"
    assert clinic.read("conflicts list") == {"conflicts": []}
    assert len(clinic.read("conflicts list --all")["conflicts"]) == 1
    assert clinic.read("plan")["operations"] == []


def test_a_plan_whose_world_moved_is_not_applied(clinic):
    clinic.book()
    plan = clinic.read("plan")["id"]
    clinic.book("2031-03-03T12:00", "Tom Doe")

    answer = clinic.run(f"apply {plan} --json")

    assert answer.code == 1
    assert answer.json["error"]["code"] == "PLAN_MOVED"
    assert clinic.events() == {}


def test_a_plan_that_was_never_made_is_unknown(clinic):
    answer = clinic.run("apply abc")

    assert answer.code == 1
    assert "syncd plan" in answer.err


def test_calendars_of_an_account_are_discovered_and_their_lines_printed(clinic):
    url = clinic.calendars["patel-main"]

    by_name = clinic.read("calendars discover patel-main")["calendars"]
    by_url = clinic.read(
        f"calendars discover --url {clinic.server.origin} --username alice "
        f"--password env:{PASSWORD_VARIABLE}"
    )["calendars"]
    block = clinic.ok(
        f"calendars add {url} --id new --practitioner dr-owl --username alice "
        f"--password env:{PASSWORD_VARIABLE} --set timeout=9"
    ).out

    assert by_name == by_url
    assert url in [each["url"] for each in by_url]
    path = clinic.folder / "other.toml"
    path.write_text(
        re.sub(r"(?s)\[\[calendars.*", "", (clinic.folder / "practice.toml").read_text()) + block
    )
    [calendar] = load_practice(path, provider_kinds()).calendars
    assert (calendar.id, calendar.settings["timeout"]) == ("new", 9)


def test_a_block_with_a_mistake_is_not_printed(office):
    answer = office.run("calendars add http://x.example --id c --practitioner p --set colour=red")

    assert (answer.code, answer.out) == (1, "")
    assert "colour" in answer.err


def test_a_calendar_is_tried_out_without_changing_anything(clinic):
    clinic.put(clinic.calendars["patel-main"] + "odd.ics", ODD)
    clinic.ok("sync")

    found = clinic.read("calendars test patel-main")

    assert (found["ok"], found["objects"]) == (True, 1)
    assert found["hasCursor"] is True


def test_a_calendar_is_suspended_and_released_by_hand(clinic):
    clinic.ok("calendars suspend patel-main --reason 'moving house'")
    clinic.book()

    held = clinic.run("sync")
    status = clinic.run("status")
    clinic.ok("calendars release patel-main")
    done = clinic.read("sync")["calendars"][0]

    assert held.code == 5
    assert "moving house" in status.out
    assert clinic.run("calendars release patel-main").code == 1
    assert done["pushed"] == 1


def test_a_resync_lists_everything_anew(clinic):
    clinic.ok("sync")

    clinic.ok("calendars resync patel-main")

    assert clinic.read("sync")["calendars"][0]["requests"] > 1
    assert clinic.read("sync")["calendars"][0]["requests"] == 1
    assert clinic.read("sync --full")["calendars"][0]["requests"] > 1


@pytest.mark.parametrize(
    "verb", ["sync", "plan", "calendars test", "calendars suspend", "calendars resync"]
)
def test_an_unknown_calendar_is_refused_with_near_names(clinic, verb):
    answer = clinic.run(f"{verb} patel-mian")

    assert (answer.code, answer.out) == (1, "")
    assert "no calendar 'patel-mian'; known: patel-main" in answer.err


def test_a_calendar_that_the_file_no_longer_names_is_not_synced(clinic):
    clinic.write_practice()
    clinic.ok("practice apply")

    assert clinic.read("sync") == {"calendars": []}
    assert "switched off" in clinic.run("sync patel-main").err
    assert clinic.read("calendars list") == {"calendars": []}


def test_nothing_is_booked_where_a_calendar_is_busy_every_week(clinic):
    monday = datetime.now(UTC) + timedelta(days=14)
    monday -= timedelta(days=monday.weekday())
    weekly = ODD.replace("20310304", f"{monday:%Y%m%d}").replace(
        "SUMMARY", "RRULE:FREQ=WEEKLY;COUNT=9\r\nSUMMARY"
    )
    clinic.put(clinic.calendars["patel-main"] + "weekly.ics", weekly)
    clinic.ok("sync")

    answer = clinic.run(
        "book --activity consultation --practitioner dr-patel --name Eve --email e@example.org "
        f"--start {monday + timedelta(days=21):%Y-%m-%d}T10:15Z"
    )

    assert answer.code == 1
    assert "is busy in a calendar" in answer.err


ODD = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\nBEGIN:VEVENT\r\nUID:odd-1\r\n"
    "DTSTAMP:20300101T000000Z\r\nDTSTART:20310304T100000Z\r\nDTEND:20310304T103000Z\r\n"
    "SUMMARY:Odd\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)
