"""Durations as a person writes them: a number and its unit."""

from __future__ import annotations

import re
from datetime import timedelta

from pydantic import BeforeValidator

_DURATION = re.compile(
    r"(?:(\d{1,5})d)?\s*(?:(\d{1,5})h)?\s*(?:(\d{1,5})m)?\s*(?:(\d{1,5})s)?", re.ASCII
)


def parse_duration(value: object) -> timedelta:
    """`"90s"`, `"5m"`, `"1h30m"`, `"2d"`. A bare number is refused: it does not say its unit."""
    if isinstance(value, timedelta):
        return value
    found = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None or not any(found.groups()):
        raise ValueError('must be a duration with its unit, such as "90s", "5m" or "1h30m"')
    days, hours, minutes, seconds = (int(each or 0) for each in found.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def format_duration(value: timedelta) -> str:
    """The shortest text that `parse_duration` reads back as `value` (whole seconds)."""
    left = int(value.total_seconds())
    words = ""
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)):
        count, left = divmod(left, size)
        if unit == "d" and count == 1 and not left:
            return "24h"
        words += f"{count}{unit}" if count else ""
    return words or "0s"


def within(least: str, most: str) -> BeforeValidator:
    """What makes a pydantic field a duration from `least` to `most`."""
    low, high = parse_duration(least), parse_duration(most)

    def check(value: object) -> timedelta:
        duration = parse_duration(value)
        if not low <= duration <= high:
            raise ValueError(f"must be from {least} to {most}")
        return duration

    return BeforeValidator(check)
