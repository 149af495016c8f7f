"""On which days the practice is closed: its own closures, and the public holidays of its region."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from syncd.core.offering import closed_days
from syncd.core.practice import Practice


def closed_on(practice: Practice, first: date, last: date) -> dict[date, str]:
    """The closed days from `first` to `last`, both included, each with its reason; for a holiday
    that is its name, in the practice's language where it is known."""
    found = closed_days(practice.closures, first, last)
    if practice.holidays is not None:
        for year in range(first.year, last.year + 1):
            for day, name in _public_holidays(practice.holidays, practice.locale, year).items():
                if first <= day <= last:
                    found.setdefault(day, name)
    return found


@lru_cache(maxsize=64)
def _public_holidays(region: str, locale: str, year: int) -> Mapping[date, str]:
    import holidays  # noqa: PLC0415  slow to load, and many practices name no region

    country, _, part = region.partition("-")
    speaks = holidays.country_holidays(country).supported_languages
    language = next(
        (each for each in (locale.replace("-", "_"), locale[:2]) if each in speaks), None
    )
    found = holidays.country_holidays(country, subdiv=part or None, years=year, language=language)
    return {day: name for day, name in found.items() if day.year == year}
