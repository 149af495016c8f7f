"""The kinds of booking that a practice names: event types of Cal.com and what they stand for.

Written in one line of practice.toml, because a calendar's settings are plain values:
`event_types = "301=consultation, 302=follow-up:20/30"`. The second says that a follow-up lasts 20
minutes in the practice and 30 in Cal.com; a booking of that type and length is read as 20 minutes,
one of any other length as it is. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

_ENTRY = re.compile(r"(\d{1,12})\s*=\s*([^\s:,=/]+)(?:\s*:\s*(\d{1,4})\s*/\s*(\d{1,4}))?", re.ASCII)
_FORM = 'should be such as "301=consultation, 302=follow-up:20/30"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """An event type and the activity that it stands for. `local` and `remote` are its declared
    durations in the practice and in Cal.com; None where both are what Cal.com says."""

    event_type: int
    activity: str
    local: timedelta | None = None
    remote: timedelta | None = None


Kinds = Mapping[int, Kind]


def kinds_in(text: str) -> Kinds:
    """By event type, in the order in which they are written. ValueError in plain words."""
    found: dict[int, Kind] = {}
    for part in filter(None, map(str.strip, text.split(","))):
        entry = _ENTRY.fullmatch(part)
        if entry is None:
            raise ValueError(_FORM)
        number, activity, local, remote = entry.groups()
        if int(number) in found:
            raise ValueError(f"names event type {int(number)} twice")
        if local is not None and not (int(local) and int(remote)):
            raise ValueError("a duration of no minutes is none")
        found[int(number)] = Kind(
            event_type=int(number),
            activity=activity,
            local=timedelta(minutes=int(local)) if local else None,
            remote=timedelta(minutes=int(remote)) if remote else None,
        )
    return found


def local_length(kinds: Kinds, event_type: int | None, remote: timedelta) -> timedelta:
    """How long a booking of `remote` length is in the practice."""
    kind = kinds.get(event_type) if event_type is not None else None
    declared = kind is not None and kind.local is not None and kind.remote == remote
    return kind.local if declared and kind and kind.local else remote
