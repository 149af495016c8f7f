"""How an offering and closures are stored: JSON that names only what differs from the default."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date, timedelta
from typing import Any

from syncd.core.details import MeetingType, Required
from syncd.core.offering import Closure, Offering

_DEFAULT = Offering()


def offering_json(offering: Offering) -> dict[str, Any] | None:
    """None for the default: an activity of before such rules is unchanged by them."""
    chosen = {
        each.name: _plain(value)
        for each in fields(offering)
        if (value := getattr(offering, each.name)) != getattr(_DEFAULT, each.name)
    }
    return chosen or None


def offering_of(stored: Mapping[str, Any] | None) -> Offering:
    """What a later release stored beside that is left alone."""
    known = {each.name for each in fields(Offering)}
    return Offering(
        **{
            name: _LIVE.get(name, _same)(value)
            for name, value in (stored or {}).items()
            if name in known
        }
    )


def closures_json(closures: Sequence[Closure]) -> list[dict[str, str]] | None:
    rows = [
        {"first": each.first.isoformat(), "last": each.last.isoformat(), "reason": each.reason}
        for each in closures
    ]
    return rows or None


def closures_of(stored: Sequence[Mapping[str, str]] | None) -> tuple[Closure, ...]:
    return tuple(
        Closure(
            first=date.fromisoformat(each["first"]),
            last=date.fromisoformat(each["last"]),
            reason=each["reason"],
        )
        for each in stored or ()
    )


def _plain(value: object) -> object:
    match value:
        case timedelta():
            return value // timedelta(seconds=1)
        case tuple():
            return [_plain(each) for each in value]
        case _:
            return value


def _seconds(value: int) -> timedelta:
    return timedelta(seconds=value)


def _same(value: Any) -> Any:
    return value


_LIVE: dict[str, Any] = {
    "durations": lambda values: tuple(map(_seconds, values)),
    "step": _seconds,
    "before": _seconds,
    "after": _seconds,
    "notice": _seconds,
    "practitioners": tuple,
    "rooms": tuple,
    "required": lambda values: tuple(map(Required, values)),
    "meetings": lambda values: tuple(map(MeetingType, values)),
}
"""How each kind of value becomes itself again; what is not named is stored as it is."""
