"""What the fuzzers begin with: real shapes for each target, and the words that mean something."""

from __future__ import annotations

import re
from pathlib import Path

from ical_bodies import corpus as bodies

from syncd_config import example_practice, example_settings

from . import answer_targets, calcom_targets, targets, written_targets
from .corpus_files import CORPUS, files
from .targets import Target

TARGETS: dict[str, Target] = {
    "calendar": targets.calendar_object,
    "timezone": targets.time_zone,
    "rule": targets.rule,
    "multistatus": answer_targets.multistatus,
    "headers": answer_targets.headers,
    "date": answer_targets.date_header,
    "calcom": calcom_targets.answer,
    "hook": calcom_targets.hook,
    "toml": written_targets.document,
    "settings": written_targets.settings_document,
    "practice": written_targets.practice_document,
    "environment": written_targets.environment,
    "reference": written_targets.reference,
    "words": written_targets.words,
}
"""Every door by the name that `make fuzz TARGET=…` takes."""

_ZONE = re.compile(rb"BEGIN:VTIMEZONE\r?\n(.*?)END:VTIMEZONE", re.DOTALL)
_WORDS = (
    *("2031-03-03T09:00", "2031-03-03T09:00:00+01:00", "2031-03-03", "AID-20310303-0001"),
    *("Europe/Berlin", "sqlite:////x/y.db", "postgresql://u:p@h:5/db?x=1", "\x1b[31mx\u202e"),
)
_DATES = (
    "120",
    "-30",
    "+5",
    "9" * 30,
    "Mon, 3 Mar 2031 09:00:00 GMT",
    "3 Mar 2031 09:00 +0100",
    "Monday, 03-Mar-31 9:0",
)
_REFERENCES = ("env:NAME", "file:/nowhere", "credential:x", "file:~/x", "command:", "env:OTHER")


def seeds(target: str) -> list[bytes]:
    """What the target is first tried with; a finding that was mended is among them."""
    objects = [*files("ics").values(), *bodies().values()]
    uncommented = example_settings().replace("# ", "")
    found: dict[str, list[bytes]] = {
        "calendar": objects,
        "timezone": [rules for each in objects for rules in _ZONE.findall(each)],
        "rule": list(files("rule").values()),
        "multistatus": list(files("xml").values()),
        "headers": list(files("http").values()),
        "date": [each.encode() for each in _DATES],
        "calcom": calcom_targets.answers_told(),
        "hook": calcom_targets.hooks_told(),
        "toml": [*files("toml").values(), example_settings().encode()],
        "settings": [example_settings().encode(), uncommented.encode()],
        "practice": [example_practice().encode()],
        "environment": list(files("env").values()),
        "reference": [each.encode() for each in _REFERENCES],
        "words": [each.encode() for each in _WORDS],
    }
    return found[target]


def tokens() -> list[bytes]:
    """Words of all the formats, and values at the edges of what they allow."""
    written = (CORPUS / "tokens.txt").read_text(encoding="utf-8")
    plain = [each.encode() for each in written.split("\n") if each]
    return [*plain, b"\n", b"\r\n", b"\r\n ", b"\t", b"\0", b"\xff", b"\xc3", b"9" * 5000, b""]


def dictionary(path: Path) -> Path:
    """The tokens as libFuzzer wants them."""
    lines = (
        "".join(f"\\x{octet:02x}" for octet in each) for each in tokens() if 0 < len(each) < 64
    )
    path.write_text("".join(f'"{each}"\n' for each in lines))
    return path
