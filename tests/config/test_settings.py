"""syncd.toml: which of the four places wins, and what is said about a wrong value in each."""

from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from syncd.core.brake import BrakeLimits
from syncd.core.errors import Invalid
from syncd_config import PracticeDefaults, load_settings, settings_file
from syncd_config.settings import Settings, without_password
from syncd_config.sources import default_state_directory


@pytest.fixture
def somewhere_else(tmp_path, monkeypatch):
    """A working directory without a syncd.toml, and no system file."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("syncd_config.sources.SYSTEM_FILE", tmp_path / "etc" / "syncd.toml")
    return tmp_path


def test_without_any_file_every_setting_has_its_default(somewhere_else):
    loaded = load_settings({"HOME": "/home/ada"}, root=False)

    assert loaded.file is None
    assert set(loaded.origins.values()) == {"default"}
    assert loaded.settings.database_url == ("sqlite:////home/ada/.local/state/syncd/ledger.sqlite3")


def test_the_file_beats_the_default_the_environment_the_file_the_credential_all(
    somewhere_else, written
):
    file = written('workers = 2\nlog_level = "debug"\nbrake_ratio = 0.5\n', "syncd.toml")
    (somewhere_else / "credentials").mkdir()
    (somewhere_else / "credentials" / "syncd.workers").write_text("7\n")
    environ = {
        "SYNCD_WORKERS": "5",
        "SYNCD_LOG_LEVEL": "error",
        "CREDENTIALS_DIRECTORY": str(somewhere_else / "credentials"),
    }

    loaded = load_settings(environ, path=file)

    assert (loaded.settings.workers, loaded.settings.log_level) == (7, "error")
    assert loaded.settings.brake_ratio == 0.5
    assert loaded.origins["workers"] == "credential"
    assert loaded.origins["log_level"] == "environment"
    assert loaded.origins["brake_ratio"] == str(file)


def test_the_file_is_the_named_one_else_here_else_the_systems(somewhere_else):
    assert settings_file({}) is None
    system = somewhere_else / "etc" / "syncd.toml"
    system.parent.mkdir()
    system.touch()
    assert settings_file({}) == system
    Path("syncd.toml").touch()
    assert settings_file({}) == Path("syncd.toml")
    assert settings_file({"SYNCD_CONFIG": "/x.toml"}) == Path("/x.toml")
    assert settings_file({"SYNCD_CONFIG": "/x.toml"}, path=Path("/y.toml")) == Path("/y.toml")


def test_a_named_file_must_exist(somewhere_else):
    with pytest.raises(Invalid, match=r"none\.toml: there is no such file"):
        load_settings({"SYNCD_CONFIG": str(somewhere_else / "none.toml")})


@pytest.mark.parametrize(
    ("environ", "root", "expected"),
    [
        ({"STATE_DIRECTORY": "/var/lib/syncd:/x", "HOME": "/home/ada"}, True, "/var/lib/syncd"),
        ({"HOME": "/root"}, True, "/var/lib/syncd"),
        ({"HOME": "/var/lib/syncd"}, False, "/var/lib/syncd"),
        ({"XDG_STATE_HOME": "/s", "HOME": "/home/ada"}, False, "/s/syncd"),
        (
            {"XDG_STATE_HOME": "relative", "HOME": "/home/ada"},
            False,
            "/home/ada/.local/state/syncd",
        ),
    ],
)
def test_state_stands_where_systemd_says_else_where_it_belongs(environ, root, expected):
    assert default_state_directory(environ, root=root) == Path(expected)


def test_every_wrong_value_is_told_with_the_place_where_it_stands(somewhere_else, written, spoken):
    file = written('\nworkers = "many"\nlog_levle = "info"\nlease_ttl = "30s"\n', "syncd.toml")
    environ = {
        "SYNCD_LOG_LEVEL": "inof",
        "SYNCD_HEARTBEAT_EVERY": "11s",
        "SYNCD_DATABSE_URL": "sqlite:////x",
        "SYNCD_SERVICE_HOST": "10.0.0.1",
        "DEFAULT_APPOINTMENT_DURATION": "0",
    }

    with pytest.raises(Invalid) as caught:
        load_settings(environ, path=file)

    assert sorted(
        (each.file, each.line, each.where) for each in caught.value.problems if each.line
    ) == [
        (str(file), 2, "workers"),
        (str(file), 3, "log_levle"),
        (str(file), 4, "lease_ttl"),
    ]
    assert {(each.file, each.where) for each in caught.value.problems if not each.line} == {
        ("environment", "SYNCD_LOG_LEVEL"),
        ("environment", "SYNCD_DATABSE_URL"),
        ("environment", "DEFAULT_APPOINTMENT_DURATION"),
    }
    text = str(caught.value)
    assert "log_levle: unknown key; did you mean 'log_level'?" in text
    assert "SYNCD_DATABSE_URL: unknown variable; did you mean 'SYNCD_DATABASE_URL'?" in text
    assert "did you mean 'info'?" in text


def test_the_older_names_of_settings_work_and_yield_to_the_new(somewhere_else):
    older = {
        "APPOINTMENT_NUMBER_PREFIX": "KH",
        "DEFAULT_APPOINTMENT_DURATION": "45",
        "MIN_ADVANCE_BOOKING_HOURS": "1",
        "MAX_FUTURE_BOOKING_DAYS": "60",
        "MAX_APPTS_PER_PATIENT": "10",
    }

    found = load_settings(older).settings.practice_defaults

    assert found == PracticeDefaults(
        number_prefix="KH",
        duration=timedelta(minutes=45),
        notice=timedelta(hours=1),
        days_ahead=60,
        most_ahead=10,
    )
    assert load_settings({}).settings.practice_defaults == PracticeDefaults()
    assert load_settings(older | {"SYNCD_NUMBER_PREFIX": "ZZ"}).settings.number_prefix == "ZZ"


@pytest.mark.parametrize(
    ("url", "fragment"),
    [
        ("postgres://h/d", "postgresql://"),
        ("mysql://h/d", "must begin with"),
        ("ledger.sqlite3", "must begin with"),
        ("sqlite://", "must name a file"),
        ("sqlite:///", "must name a file"),
    ],
)
def test_an_address_of_no_known_database_is_refused(somewhere_else, url, fragment):
    with pytest.raises(Invalid, match=fragment):
        load_settings({"SYNCD_DATABASE_URL": url})


def test_a_password_in_an_address_is_never_shown(somewhere_else):
    settings = load_settings(
        {"SYNCD_DATABASE_URL": "postgresql://syncd:p@ss:hunter2@db.example.org/syncd"}
    ).settings

    assert settings.shown()["database_url"] == "postgresql://syncd:***@db.example.org/syncd"
    assert "hunter2" not in repr(settings) + str(settings.shown())
    assert without_password("sqlite:////var/lib/x@y:z") == "sqlite:////var/lib/x@y:z"


def test_the_brake_is_given_to_the_core_as_its_own_value(somewhere_else):
    loaded = load_settings({"SYNCD_BRAKE_COUNT": "20", "SYNCD_BRAKE_RATIO": "0.5"})

    assert loaded.settings.brake_limits == BrakeLimits(count=20, ratio=0.5)


def test_settings_cannot_be_changed_once_loaded(somewhere_else):
    settings = load_settings({}).settings

    with pytest.raises(ValidationError):
        settings.workers = 9


def test_all_settings_are_shown_as_words_that_a_file_may_hold(somewhere_else, written):
    shown = load_settings({}).settings.shown()
    text = "".join(
        f"{key} = {value!r}\n" if isinstance(value, str) else f"{key} = {value}\n"
        for key, value in shown.items()
    )

    assert set(shown) == set(Settings.model_fields)
    assert load_settings({}, path=written(text, "shown.toml")).settings.shown() == shown
