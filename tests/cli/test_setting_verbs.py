"""What is set and what is said: config and its examples, another file, the log, the version."""

import re

import pytest


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
