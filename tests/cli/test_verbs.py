"""The other verbs, each as a person uses it."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from calendar_servers import PASSWORD_VARIABLE

from syncd.ledger.engine import sqlite_module
from syncd.registry import provider_kinds
from syncd_config import load_practice, load_settings


def test_init_writes_two_files_that_are_understood_and_says_what_comes_next(office):
    answer = office.ok("init new/place")

    place = office.folder / "new/place"
    assert sorted(each.name for each in place.iterdir()) == ["practice.toml", "syncd.toml"]
    assert load_settings({}, path=place / "syncd.toml").settings.workers == 4
    assert "syncd practice apply" in answer.err
    office.ok("practice check new/place/practice.toml")


def test_init_never_overwrites(office):
    before = (office.folder / "practice.toml").read_text()

    found = office.read("init")

    assert found == {"written": [], "kept": ["syncd.toml", "practice.toml"]}
    assert (office.folder / "practice.toml").read_text() == before


def test_a_practice_is_applied_once_and_then_left_alone(office):
    dry = office.read("practice apply --dry-run")
    assert not (office.folder / "state").exists()

    first, second = office.read("practice apply"), office.read("practice apply")

    assert dry["changes"] == first["changes"]
    assert (dry["applied"], first["applied"]) == (False, True)
    assert first["changes"][0] == {"change": "add", "kind": "practice", "id": "main", "fields": []}
    assert second["changes"] == []


def test_what_is_taken_out_of_the_file_is_switched_off(practice):
    text = (practice.folder / "practice.toml").read_text()
    (practice.folder / "practice.toml").write_text(text[: text.rindex("[[activities]]")])

    [change] = practice.read("practice apply --dry-run")["changes"]
    practice.ok("practice apply")

    assert change == {"change": "remove", "kind": "activity", "id": "request", "fields": []}
    shown = practice.read("practice show")
    assert [each["id"] for each in shown["activities"]] == ["consultation"]


def test_every_mistake_in_a_practice_is_told_at_once_with_its_line(office):
    office.write_practice('\n[[activities]]\nid = "x"\nnaem = "X"\n[[calendars]]\nid = "c"\n')

    answer = office.run("practice check")

    assert answer.code == 1
    assert len(re.findall(r"(?m)^  practice\.toml:\d+: ", answer.err)) >= 3
    assert "did you mean 'name'" in answer.err


def test_a_dry_run_tells_mistakes_too_and_makes_nothing(office):
    office.write_practice("\n[[nonsense]]\n")

    assert office.run("practice apply --dry-run").code == 1
    assert office.run("practice apply").code == 1
    assert not (office.folder / "state").exists()


@pytest.mark.parametrize("verb", ["book", "appointments hold"])
@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("practitioner", "dr-patle", "no practitioner 'dr-patle'; known: dr-patel"),
        ("activity", "consultaton", "no activity 'consultaton'; known: consultation"),
        ("email", "nobody", "e-mail address"),
        ("start", "2020-03-03T09:00", "is in the past"),
        ("start", "2031-03-01T09:00", "opening hours"),
        ("start", "2031-03-30T02:30", "does not exist in Europe/Berlin"),
    ],
)
def test_a_booking_that_cannot_be_is_refused_with_the_reason(
    practice, verb, option, value, message
):
    wish = {
        "activity": "consultation",
        "practitioner": "dr-patel",
        "start": "2031-03-03T09:00",
        "name": "Eve",
        "email": "eve@example.org",
        option: value,
    }

    answer = practice.run(f"{verb} " + " ".join(f"--{key} '{wish[key]}'" for key in wish))

    assert (answer.code, answer.out) == (1, "")
    assert message in answer.err
    assert practice.read("appointments list") == {"appointments": []}


def test_a_booking_is_told_to_a_person_with_its_number(practice):
    answer = practice.ok(
        "book --activity consultation --practitioner dr-patel --start 2031-03-03T09:00+01:00 "
        "--name 'Jane Doe' --email jane@example.org --phone 123"
    )

    assert re.match(r"AID-\d{8}-0001\n", answer.out)
    assert "Mon 3 Mar 2031 09:00-09:30 (Europe/Berlin)" in answer.out
    assert "Jane Doe (jane@example.org, 123)" in answer.out


def test_staff_may_overbook_with_a_reason_and_it_is_seen(practice):
    practice.book()
    again = "--name Eve --email eve@example.org --overbook"
    wish = "book --activity consultation --practitioner dr-patel --start 2031-03-03T09:00"

    without = practice.run(f"{wish} {again}")
    booked = practice.read(f"{wish} {again} --reason 'an emergency'")

    assert without.code == 1
    assert "needs a reason" in without.err
    assert booked["flags"] == ["overbooked"]
    assert practice.read("db check")["overlaps"] == []


def test_a_hold_keeps_the_time_and_becomes_an_appointment(clinic):
    options = "--activity consultation --practitioner dr-patel --start 2031-03-03T09:00"
    held = clinic.read(f"appointments hold {options} --name Jane --email j@example.org")
    refused = clinic.run(f"book {options} --name Eve --email eve@example.org")
    clinic.ok("sync")
    assert clinic.events() == {}

    booked = clinic.read(f"appointments book {held['number']}")
    clinic.ok("sync")

    assert (held["status"], refused.code, booked["status"]) == ("proposed", 1, "booked")
    assert held["holdExpiresAt"] is not None
    assert booked["holdExpiresAt"] is None
    assert len(clinic.events()) == 1


def test_a_request_is_confirmed_or_declined(practice):
    numbers = [
        practice.read(
            f"book --activity request --practitioner dr-patel --start 2031-03-03T{hour}:00 "
            f"--name C{hour} --email c{hour}@example.org"
        )["number"]
        for hour in (10, 12)
    ]

    confirmed = practice.read(f"appointments confirm {numbers[0]}")
    rejected = practice.read(f"appointments reject {numbers[1]}")
    twice = practice.run(f"appointments confirm {numbers[0]}")

    assert (confirmed["status"], rejected["status"]) == ("booked", "cancelled")
    assert rejected["reason"] == "declined"
    assert twice.code == 1


@pytest.mark.parametrize("action", ["complete", "no-show"])
def test_what_is_still_to_come_can_neither_have_happened_nor_been_missed(practice, action):
    number = practice.book()["number"]

    answer = practice.run(f"appointments {action} {number} --json")

    assert answer.code == 1
    assert answer.json["error"]["code"] == "TOO_EARLY"


def test_an_action_at_another_version_than_seen_is_refused(practice):
    number = practice.book()["number"]

    refused = practice.run(f"appointments cancel {number} --if-version 2 --json")
    cancelled = practice.read(f"appointments cancel {number} --if-version 1")

    assert refused.json["error"]["code"] == "VERSION_CONFLICT"
    assert cancelled["version"] == 2


def test_appointments_are_found_by_day_status_practitioner_and_count(practice):
    first = practice.book("2031-03-03T16:30", "Jane Doe")["number"]
    second = practice.book("2031-03-04T09:00", "Tom Doe")["number"]
    practice.ok(f"appointments cancel {second}")

    def numbers(options):
        found = practice.read(f"appointments list {options}")["appointments"]
        return [each["number"] for each in found]

    assert numbers("") == [first, second]
    assert numbers("--date 2031-03-03") == [first]
    assert numbers("--start 2031-03-04") == [second]
    assert numbers("--end 2031-03-04T00:00:00+01:00") == [first]
    assert numbers("--status cancelled") == [second]
    assert numbers("--status cancelled --status booked") == [first, second]
    assert numbers("--status confirmed") == [first]
    assert numbers("--status CANCELLED") == [second]
    assert practice.run("appointments list --status waitlist").code == 2
    assert numbers("--practitioner dr-owl") == []
    assert numbers("--limit 1") == [first]


def test_a_history_tells_who_did_what_and_why(practice):
    number = practice.book()["number"]
    practice.ok(f"appointments reschedule {number} --start 2031-03-03T10:00 --reason 'by phone'")

    answer = practice.ok(f"appointments history {number}")

    _, booked, moved = answer.out.splitlines()
    assert "book" in booked
    assert re.search(r"cli:\w+ +reschedule", moved)
    assert "start Mon 3 Mar 2031 09:00 → 10:00" in moved
    assert moved.endswith("by phone")


def test_the_journal_is_shown_and_verified_and_a_forgery_found(practice):
    practice.book()
    entries = practice.read("journal tail -n 2")["entries"]
    assert [each["action"] for each in entries] == ["add", "book"]
    assert practice.read("journal verify")["ok"] is True

    connection = sqlite_module().connect(str(practice.folder / "state/ledger.sqlite3"))
    connection.execute("UPDATE journal SET actor = 'cli:mallory' WHERE seq = 3")
    connection.commit()
    connection.close()

    for verb in ("journal verify", "db check"):
        answer = practice.run(f"{verb} --json")
        assert answer.code == 10
        assert answer.json["problems"][0]["seq"] == 3
    assert "entry 3: " in practice.run("journal verify").out


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


def test_before_a_practice_there_is_nothing_and_every_verb_says_so(office):
    office.ok("db upgrade")

    for line in ("status", "sync", "plan", "appointments list", "journal tail", "calendars list"):
        answer = office.run(line)
        assert answer.code == 1
        assert "syncd practice apply" in answer.err


def test_sync_makes_the_ledger_where_there_is_none(office):
    office.run("sync")

    assert office.read("db status")["standing"] == "current"


def test_settings_are_shown_with_their_origin_and_without_passwords(office, monkeypatch):
    monkeypatch.setenv("SYNCD_DATABASE_URL", "postgresql://me:hush@localhost/x")

    found = office.read("config show")
    shown = office.ok("config show").out

    assert found["settings"]["database_url"]["from"] == "environment"
    assert found["settings"]["state_directory"]["from"].endswith("syncd.toml")
    assert "hush" not in shown + str(found)


def test_settings_are_checked_with_all_mistakes(office):
    office.ok("config check")
    (office.folder / "syncd.toml").write_text("wrokers = 3\nlease_ttl = 'soon'\n")

    assert "error: 2 problems" in office.run("config check").err


@pytest.mark.parametrize("which", ["settings", "practice"])
def test_an_example_is_printed_as_it_would_be_written(office, which):
    assert office.ok(f"config example {which}").out.startswith("# ")


def test_another_configuration_can_be_named(office):
    other = office.folder / "other.toml"
    other.write_text(f'state_directory = "{office.folder}/elsewhere"\n')

    office.ok("--config other.toml practice apply")

    assert (office.folder / "elsewhere/ledger.sqlite3").exists()
    assert office.run("--config missing.toml status").code == 1


def test_what_the_log_would_say_is_asked_for(clinic):
    quiet, loud = clinic.ok("sync"), clinic.ok("-vv sync")

    assert "round_quiet" not in quiet.err
    assert "round_quiet" in loud.err


def test_the_version_is_printed(office):
    assert re.fullmatch(r"syncd \d+\.\d+\S*\n", office.ok("--version").out)


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
