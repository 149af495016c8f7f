"""A provider's judgement without a provider, and files to load."""

from pathlib import Path

import pytest

from syncd.core.errors import Invalid
from syncd.core.problem import Problem


class CalDavLike:
    """Judges settings as a real kind does: by its own keys only."""

    name = "caldav"
    keys = ("url", "username", "password", "allow_http")

    def check_settings(self, settings):
        problems = [
            Problem(where=key, what="unknown key") for key in settings if key not in self.keys
        ]
        if not str(settings.get("url", "")).startswith("https://"):
            problems.append(Problem(where="url", what="must begin with https://"))
        if "password" in settings and not str(settings["password"]).startswith("env:"):
            problems.append(Problem(where="password", what="must be a reference"))
        return problems


@pytest.fixture
def kinds():
    return {"caldav": CalDavLike()}


@pytest.fixture
def written(tmp_path):
    """Write a file and give its path."""

    def write(text, name="practice.toml"):
        path = tmp_path / name
        path.write_text(text) if isinstance(text, str) else path.write_bytes(text)
        return path

    return write


@pytest.fixture
def spoken():
    """What loading says is wrong: (line, where, what) of each problem, in the order of the file."""

    def load(action) -> list[tuple[int | None, str, str]]:
        with pytest.raises(Invalid) as caught:
            action()
        return [(each.line, each.where, each.what) for each in caught.value.problems]

    return load


SMALL = """\
[practice]
name = "Riverside Clinic"
timezone = "Europe/Berlin"

[[practitioners]]
id = "dr-patel"
name = "Dr. Priya Patel"
hours = [{ days = ["mon"], start = "09:00", end = "17:00" }]

[[activities]]
id = "consultation"
name = "Consultation"

[[calendars]]
id = "patel-main"
provider = "caldav"
practitioner = "dr-patel"
url = "https://cloud.example.org/dav/patel/"
username = "patel"
password = "env:PATEL_PASSWORD"
"""


@pytest.fixture
def small():
    """A practice that is right; the tests break it one place at a time."""
    return SMALL


ROOT = Path(__file__).parents[2]
