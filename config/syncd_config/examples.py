"""The example files, written from the models themselves, so that neither can forget a key.

`config/*.example.toml` are this module's output; a test fails when they are not.
"""

from __future__ import annotations

import json
import textwrap
from datetime import timedelta
from enum import StrEnum

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from syncd_config.durations import format_duration
from syncd_config.practice_tables import (
    ActivityTable,
    CalendarTable,
    PracticeTable,
    PractitionerTable,
    RoomTable,
)
from syncd_config.settings import Settings

_SETTINGS_HEAD = """\
syncd.toml: how syncd runs. Every key is optional; a line shows its default.
The environment goes before this file (SYNCD_WORKERS=8), a systemd credential before both
(LoadCredential=syncd.database_url:/etc/syncd/database_url).
Read from --config, else $SYNCD_CONFIG, else ./syncd.toml, else /etc/syncd/syncd.toml.
"""
_PRACTICE_HEAD = """\
practice.toml: what syncd manages. Check it with `syncd practice check practice.toml`, then put
it into force with `syncd practice apply practice.toml`, as often as you like: what is the same
already is left alone. A key that begins a line with `# ` is optional; the line shows its default.
"""
_SECRETS = """\
CalDAV: the calendar's own address, as `syncd calendars discover` shows it. A secret is never
written here; say where it is: env:NAME, file:/path, credential:NAME or command:program arguments.
"""
_STATE_EXAMPLE = "/var/lib/syncd"
_WRITTEN: dict[str, dict[str, str]] = {
    "practice": {"name": '"Riverside Clinic"', "timezone": '"Europe/Berlin"'},
    "practitioners": {
        "id": '"dr-patel"',
        "name": '"Dr. Priya Patel"',
        "hours": """[
  { days = ["mon", "tue", "wed", "thu", "fri"], start = "09:00", end = "12:30" },
  { days = ["mon", "tue", "thu"], start = "13:30", end = "17:00" },
]""",
        "exceptions": """[
  { date = 2026-12-24, closed = true, reason = "Christmas Eve" },
  { date = 2026-12-31, start = "09:00", end = "11:00" },
]""",
    },
    "rooms": {"id": '"blue"', "name": '"Blue room"'},
    "activities": {
        "id": '"consultation"',
        "name": '"Consultation"',
        "duration_minutes": "30",
    },
    "calendars": {
        "id": '"patel-main"',
        "provider": '"caldav"',
        "practitioner": '"dr-patel"',
        "mode": '"two-way"',
    },
}
_SHOWN = {
    "number_prefix": '"AID"',
    "timezone": '"Europe/Berlin"',
    "price": '"80 EUR"',
    "description": '"A talk about what troubles you."',
    "required_fields": '["phone"]',
    "custom_field": '"Insurance number"',
    "meeting_types": '["in-person", "video"]',
    "meeting_link": '"https://meet.example.org/{id}"',
    "holidays": '"DE-BY"',
    "closures": '[{ first = 2026-12-24, last = 2027-01-01, reason = "Christmas" }]',
    "more_durations_minutes": "[60, 90]",
    "practitioners": '["dr-patel"]',
    "rooms": '["blue"]',
    "step_minutes": "30",
    "days_ahead": "90",
    "max_ahead_per_client": "10",
    "max_per_day": "8",
    "max_per_week": "30",
    "color": '"#2f855a"',
    "on_remote_delete": '"cancel"',
    "write_through": '"refuse"',
    "disclosure": '"initials"',
    "activity": '"consultation"',
    "poll_every": '"5m"',
}
"""What a key is shown with that has no fixed default, or whose default shows nothing."""
_CALDAV = """\
url = "https://cloud.example.org/dav/patel/appointments/"
username = "patel"
password = "env:PATEL_PASSWORD"
"""


def example_settings() -> str:
    """syncd.example.toml: every setting with its meaning, commented out at its default."""
    shown = {
        "state_directory": json.dumps(_STATE_EXAMPLE),
        "database_url": json.dumps(f"sqlite:///{_STATE_EXAMPLE}/ledger.sqlite3"),
    }
    lines = [_comment(_SETTINGS_HEAD)]
    for key, field in Settings.model_fields.items():
        value = shown.get(key) or _toml(field.default)
        lines += ["", _comment(field.description or ""), f"# {key} = {value}"]
    return "\n".join(lines) + "\n"


def example_practice() -> str:
    """practice.example.toml: a small practice that `load_practice` accepts."""
    parts = [
        _comment(_PRACTICE_HEAD),
        "\n[practice]\n" + _table("practice", PracticeTable),
        "\n[[practitioners]]\n" + _table("practitioners", PractitionerTable),
        "\n[[rooms]]\n" + _table("rooms", RoomTable),
        "\n[[activities]]\n" + _table("activities", ActivityTable),
        "\n[[calendars]]\n" + _table("calendars", CalendarTable),
        _comment(_SECRETS),
        _CALDAV,
    ]
    return "\n".join(parts)


def _table(section: str, model: type[BaseModel]) -> str:
    written = _WRITTEN[section]
    lines: list[str] = []
    for key, field in model.model_fields.items():
        lines.append(_comment(field.description or ""))
        if key in written:
            lines.append(f"{key} = {written[key]}")
        else:
            lines.append(f"# {key} = {_default(key, field)}")
    return "\n".join(lines)


def _default(key: str, field: FieldInfo) -> str:
    return _SHOWN[key] if key in _SHOWN else _toml(field.default)


def _toml(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case timedelta():
            return json.dumps(format_duration(value))
        case StrEnum():
            return json.dumps(value.value)
        case _:
            return json.dumps(value)


def _comment(text: str) -> str:
    lines = textwrap.wrap(
        " ".join(text.split()), 94, break_long_words=False, break_on_hyphens=False
    )
    return "\n".join(f"# {line}" for line in lines)
