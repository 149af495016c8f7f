"""The example files are the models' own word."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from syncd_config import example_practice, example_settings, load_practice, load_settings
from syncd_config.practice_tables import CalendarTable, PractitionerTable
from syncd_config.settings import Settings

CONFIG = Path(__file__).parents[2] / "config"


@pytest.mark.parametrize(
    ("name", "text"),
    [("syncd.example.toml", example_settings()), ("practice.example.toml", example_practice())],
)
def test_the_example_in_the_repository_is_what_the_models_say(name, text):
    """Mend it with `python -m syncd_config settings > config/syncd.example.toml`, and so on."""
    assert (CONFIG / name).read_text() == text


NO_DEFAULT = (
    "activity",
    "closures",
    "color",
    "custom_field",
    "days_ahead",
    "description",
    "holidays",
    "max_ahead_per_client",
    "max_per_day",
    "max_per_week",
    "meeting_link",
    "meeting_types",
    "more_durations_minutes",
    "practitioners",
    "price",
    "required_fields",
    "rooms",
    "step_minutes",
    "write_through",
)


def test_the_example_practice_can_be_loaded_as_it_is_and_with_every_optional_key(written, kinds):
    plain = example_practice()
    full = re.sub(r"^# (?=\w+ = )", "", plain, flags=re.MULTILINE)

    assert load_practice(written(plain), kinds).advice == ()
    chosen = re.sub(rf"^# (?=({'|'.join(NO_DEFAULT)}) = )", "", plain, flags=re.MULTILINE)
    assert load_practice(written(full), kinds) == load_practice(written(chosen), kinds)


def test_the_example_settings_uncommented_are_the_defaults(written, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    full = re.sub(r"^# (?=\w+ = )", "", example_settings(), flags=re.MULTILINE)

    loaded = load_settings({}, path=written(full, "full.toml"))

    assert loaded.settings == load_settings({}, root=True, path=written("", "empty.toml")).settings
    assert set(loaded.origins) == set(Settings.model_fields)
    assert "default" not in loaded.origins.values()


def test_every_key_is_described():
    models = (Settings, CalendarTable, PractitionerTable)

    assert not [
        key for model in models for key, each in model.model_fields.items() if not each.description
    ]


def test_the_module_writes_the_examples():
    done = subprocess.run(
        [sys.executable, "-m", "syncd_config", "practice"],
        capture_output=True,
        text=True,
        check=True,
    )
    wrong = subprocess.run([sys.executable, "-m", "syncd_config"], capture_output=True, check=False)

    assert done.stdout == example_practice()
    assert wrong.returncode == 2
