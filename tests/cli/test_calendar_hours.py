"""Opening hours of an account on a stand-in, over HTTP: shown, compared, put there when asked."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from syncd.cli.exits import Exit
from syncd.registry import provider_kinds
from syncd_calcom.standin import ALICE_KEY, BOB_KEY, a_practice, serve
from syncd_config import load_practice

NAME = "patel-calcom"
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]


def row(days, start, end):
    return {"days": days, "startTime": start, "endTime": end}


def override(day, start, end):
    return {"date": day, "startTime": start, "endTime": end}


@pytest.fixture
def cal(monkeypatch):
    clock = lambda: datetime.now(UTC)  # noqa: E731
    with serve(a_practice(clock, seed=7)) as running:
        running.desk.limits.is_off = True
        monkeypatch.setenv("CAL_KEY", ALICE_KEY)
        yield running


@pytest.fixture
def office(office, new_ledger, cal):
    """Dr Patel works from nine to five in Berlin, and so does Alice at first."""
    office.take(new_ledger)
    office.add_calendar(
        NAME, f"{cal.origin}/v2", provider="calcom", mode="two-way", api_key="env:CAL_KEY"
    )
    office.ok("practice apply")
    return office


def test_the_same_hours_are_no_difference(office):
    found = office.read(f"calendars hours {NAME}")

    assert (found["differences"], found["unsayable"], found["written"]) == ([], [], False)
    assert found["schedule"]["id"] == "201"
    assert [each["name"] for each in found["schedules"]] == ["Working hours", "Always"]


def test_what_is_printed_can_stand_in_practice_toml(office, cal):
    schedule = cal.world.schedules[201]
    schedule.name = 'Night "shift"\nhours = 7'
    schedule.time_zone = "America/New_York"
    schedule.availability = [row(["Friday"], "22:00", "23:59"), row(["Saturday"], "00:00", "02:00")]
    schedule.overrides = [
        override("2020-01-01", "00:00", "00:00"),
        override("2031-03-07", "00:00", "00:00"),
        override("2031-03-14", "20:00", "23:59"),
    ]

    answer = office.ok(f"calendars hours {NAME}")
    path = office.folder / "other.toml"
    head = '[practice]\nname = "P"\ntimezone = "UTC"\n[[practitioners]]\nid = "p"\nname = "P"\n'
    path.write_text(head + answer.out)
    [who] = load_practice(path, provider_kinds()).practitioners

    assert who.timezone == "America/New_York"
    assert [f"{each.day.name} {each.window}" for each in who.hours.weekly] == [
        "FRI 22:00-24:00",
        "SAT 00:00-02:00",
    ]
    assert [(str(each.day), *map(str, each.windows)) for each in who.hours.exceptions] == [
        ("2031-03-07",),
        ("2031-03-14", "20:00-24:00"),
    ]
    assert re.search(r"zone\s+in Europe/Berlin here, in America/New_York there", answer.err)
    assert "mon 09:00-17:00 here, closed there" in answer.err
    assert "2031-03-14 09:00-17:00 here, 20:00-24:00 there" in answer.err


def test_hours_are_put_there_only_after_they_were_seen(office, cal):
    schedule = cal.world.schedules[201]
    schedule.availability = before = [row(["Sunday"], "10:00", "11:00")]
    schedule.overrides = [override("2020-01-01", "00:00", "00:00")]
    schedule.time_zone = "UTC"

    seen = office.run(f"calendars hours {NAME} --write")
    asked = office.run(f"calendars hours {NAME} --write --json")
    assert (seen.code, asked.code) == (Exit.ERROR, Exit.ERROR)
    assert "--yes" in seen.err
    assert "sun closed here, 10:00-11:00 there" in seen.err
    assert asked.json["error"]["code"] == "INVALID_TRANSITION"
    assert schedule.availability == before

    put = office.read(f"calendars hours {NAME} --write --yes")
    again = office.read(f"calendars hours {NAME} --write --yes")

    assert (put["written"], again["written"], again["differences"]) == (True, False, [])
    assert schedule.availability == [row(DAYS, "09:00", "17:00")]
    assert (schedule.time_zone, schedule.overrides) == (
        "Europe/Berlin",
        [override("2020-01-01", "00:00", "00:00")],
    )


def test_the_same_hours_in_another_zone_are_others(office, cal):
    cal.world.schedules[201].time_zone = "UTC"

    found = office.read(f"calendars hours {NAME} --write --yes")

    assert (found["differences"], found["written"]) == ([], True)
    assert cal.world.schedules[201].time_zone == "Europe/Berlin"


def test_another_schedule_is_meant_where_it_is_named(office, cal):
    found = office.read(f"calendars hours {NAME} --schedule 203")
    unknown = office.run(f"calendars hours {NAME} --schedule 202")

    assert (found["schedule"]["name"], found["schedule"]["timezone"]) == ("Always", "UTC")
    assert found["schedule"]["hours"][0] == {"day": "mon", "start": "00:00", "end": "24:00"}
    assert (unknown.code, "known: 201, 203" in unknown.err) == (Exit.ERROR, True)


def test_without_a_default_one_has_to_be_named(office, cal):
    cal.world.users[101].default_schedule_id = None
    assert "no schedule 'default'; known: 201, 203" in office.run(f"calendars hours {NAME}").err

    del cal.world.schedules[203]
    assert office.read(f"calendars hours {NAME}")["schedule"]["id"] == "201"


def test_hours_that_cal_com_cannot_say_are_not_put_there(office, cal):
    text = (office.folder / "practice.toml").read_text()
    (office.folder / "practice.toml").write_text(text.replace('"17:00"', '"23:59"'))
    office.ok("practice apply")

    answer = office.run(f"calendars hours {NAME} --write --yes")

    assert answer.code == Exit.ERROR
    assert "takes 23:59 for midnight" in answer.err
    assert cal.world.schedules[201].availability == [row(DAYS, "09:00", "17:00")]


def test_a_key_of_somebody_else_shows_and_changes_nothing(office, cal, monkeypatch):
    office.write_practice()
    office.add_calendar(
        NAME, f"{cal.origin}/v2?username=alice", provider="calcom", api_key="env:CAL_KEY"
    )
    office.ok("practice apply")
    monkeypatch.setenv("CAL_KEY", BOB_KEY)

    answer = office.run(f"calendars hours {NAME} --write --yes")

    assert (answer.code, answer.out) == (Exit.ERROR, "")
    assert cal.world.schedules[202].time_zone == "America/New_York"


def test_a_calendar_of_another_kind_has_no_hours(office, monkeypatch):
    monkeypatch.setenv("CALDAV", "x")
    office.add_calendar("patel-dav", "https://dav.example/", username="u", password="env:CALDAV")
    office.ok("practice apply")

    answer = office.run("calendars hours patel-dav")

    assert (answer.code, "nothing to set up" in answer.err) == (Exit.ERROR, True)
