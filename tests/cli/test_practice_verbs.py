"""From two files to a practice in force: init, practice check and practice apply."""

import re

from syncd_config import load_settings


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


def test_before_a_practice_there_is_nothing_and_every_verb_says_so(office):
    office.ok("db upgrade")

    for line in ("status", "sync", "plan", "appointments list", "journal tail", "calendars list"):
        answer = office.run(line)
        assert answer.code == 1
        assert "syncd practice apply" in answer.err


def test_sync_makes_the_ledger_where_there_is_none(office):
    office.run("sync")

    assert office.read("db status")["standing"] == "current"
