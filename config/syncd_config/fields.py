"""The kinds of values that both configuration files share: durations, zones, ids, clock times.

Each turns what a person wrote into a core value, or raises ValueError with what to write instead.
"""

from __future__ import annotations

import re
import zoneinfo
from datetime import date, datetime, time
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, StringConstraints

from syncd.core.details import Money, is_link
from syncd.core.errors import Invalid
from syncd.core.ids import is_number_prefix
from syncd.core.time import zone
from syncd_config.findings import suggestion

_CLOCK = re.compile(r"([01]\d|2[0-4]):([0-5]\d)")
_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
_LOCALE = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?")
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")


def parse_zone(value: object) -> str:
    """The name of an IANA zone that this machine knows."""
    if not isinstance(value, str):
        raise ValueError("must be the name of a time zone, such as Europe/Berlin")  # noqa: TRY004  pydantic reads ValueError
    try:
        zone(value)
    except Invalid as exc:
        near = suggestion(value, _zone_names(), otherwise=False)
        raise ValueError(f"{exc}{near}") from exc
    return value


def parse_clock(value: object) -> time:
    """`"09:00"` on the wall; `"24:00"` is the midnight that ends the day."""
    if isinstance(value, time) and not (value.second or value.microsecond or value.tzinfo):
        return value
    found = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    if found is None or (found[1] == "24" and found[2] != "00"):
        raise ValueError('must be a time of day in hours and minutes, such as "09:00"')
    return time(int(found[1]) % 24, int(found[2]))


def parse_day(value: object) -> date:
    """`2026-12-24`, with or without quotes."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(value if isinstance(value, str) and len(value) == 10 else "")
    except ValueError as exc:
        raise ValueError("must be a date such as 2026-12-24") from exc


def parse_id(value: object) -> str:
    """Small letters, digits, `.`, `_` and `-`: safe in addresses, file names and commands."""
    if isinstance(value, str) and _ID.fullmatch(value):
        return value
    slug = (
        re.sub(r"[^a-z0-9]+", "-", value.lower()).strip("-")[:63] if isinstance(value, str) else ""
    )
    hint = f"; for example {slug!r}" if slug else ""
    raise ValueError(f"must be 1 to 63 small letters, digits, '-', '_' or '.'{hint}")


def parse_prefix(value: object) -> str:
    """What begins every appointment number."""
    if isinstance(value, str) and is_number_prefix(value):
        return value
    raise ValueError("must be 1 to 16 capital letters and digits, a letter first, such as AID")


def parse_region(value: object) -> str:
    """A country, or one of its parts, whose public holidays are known: "DE", "DE-BY" (ISO 3166)."""
    import holidays  # noqa: PLC0415  slow to load, seldom needed

    if not isinstance(value, str):
        raise ValueError('must be a country or its part, such as "DE" or "DE-BY"')  # noqa: TRY004  pydantic reads ValueError
    country, _, part = value.partition("-")
    known = holidays.list_supported_countries(include_aliases=False)
    if country not in known:
        near = suggestion(country, known, otherwise=False)
        raise ValueError(f"no public holidays are known for {country!r}{near}")
    if part and part not in known[country]:
        parts = ", ".join(known[country][:20]) or "none"
        raise ValueError(f"{country} has no part {part!r}; known: {parts}")
    return value


def parse_price(value: object) -> Money:
    """An amount and its currency: `80 EUR`, `80.50 EUR`."""
    try:
        return Money.parse(value if isinstance(value, str) else "")
    except ValueError as exc:
        raise ValueError('must be an amount and a currency, such as "80.00 EUR"') from exc


def parse_link(value: object) -> str:
    """A page that leads to a meeting; `{id}` stands for the appointment's id."""
    text = value if isinstance(value, str) else ""
    if not is_link(text.replace("{id}", "")):
        raise ValueError('must begin with https://, such as "https://meet.example.org/{id}"')
    return text


def home_expanded(path: str | Path) -> Path:
    """The path, its `~` replaced; ValueError where nobody of that name lives here."""
    try:
        return Path(path).expanduser()
    except RuntimeError as exc:
        raise ValueError("names the home of somebody who has none on this machine") from exc


def parse_whole(value: object) -> int:
    """A whole number, also from an environment variable; `true` is not 1."""
    if isinstance(value, str) and re.fullmatch(r"-?\d{1,9}", value.strip()):
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise ValueError("must be a whole number")


def _matching(pattern: re.Pattern[str], example: str) -> BeforeValidator:
    def check(value: object) -> object:
        if not (isinstance(value, str) and pattern.fullmatch(value)):
            raise ValueError(f"must look like {example!r}")
        return value

    return BeforeValidator(check)


@lru_cache(maxsize=1)
def _zone_names() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


ZoneName = Annotated[str, BeforeValidator(parse_zone)]
ClockTime = Annotated[time, BeforeValidator(parse_clock)]
Price = Annotated[Money, BeforeValidator(parse_price)]
Link = Annotated[str, BeforeValidator(parse_link)]
Day = Annotated[date, BeforeValidator(parse_day)]
Id = Annotated[str, BeforeValidator(parse_id)]
Region = Annotated[str, BeforeValidator(parse_region)]
NumberPrefix = Annotated[str, BeforeValidator(parse_prefix)]
Whole = Annotated[int, BeforeValidator(parse_whole)]
Locale = Annotated[str, _matching(_LOCALE, "en")]
Color = Annotated[str, _matching(_COLOR, "#2f855a")]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
