"""A drawn picture and its plan in lines that a person can read: what is plain is left out."""

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime
from enum import Enum

from syncd.core.plan import CalendarPlan
from syncd.core.scene import Picture

_DULL = {
    "activity_id",
    "appointment_id",
    "body",
    "calendar_id",
    "client",
    "created_at",
    "id",
    "number",
    "practice_id",
    "practitioner_id",
    "timezone",
    "zone",
}


def brief(value: object) -> str:
    """One value, without the fields that have their default or never vary."""
    if isinstance(value, datetime):
        return f"{value:%m-%dT%H:%M}"
    if isinstance(value, Enum):
        return str(value.value)
    if is_dataclass(value):
        named = (
            f"{each.name}={brief(found)}"
            for each in fields(value)
            if each.name not in _DULL
            and (found := getattr(value, each.name)) not in (each.default, None, "", ())
            and (each.default_factory is MISSING or found != each.default_factory())
        )
        return f"{type(value).__name__}({', '.join(named)})"
    if isinstance(value, tuple | frozenset | list):
        return f"[{', '.join(brief(each) for each in value)}]"
    return repr(value)


def lines(picture: Picture, plan: CalendarPlan | None = None) -> Iterator[str]:
    calendar = picture.scene.calendar
    yield f"calendar: {calendar.mode}, adopts {calendar.adopt}, shows {calendar.shows}"
    yield f"a removal there means: {calendar.deletion_policy}; now {brief(picture.scene.now)}"
    for name in ("seen", "gone", "pairs", "pairs_by_uid", "records", "mirrored", "expanded"):
        found = getattr(picture, name)
        entries = found.items() if isinstance(found, Mapping) else ((None, each) for each in found)
        for key, each in entries:
            yield f"{name}: {f'{key} -> ' if key else ''}{brief(each)}"
    for name in ("dirty", "reconsidered"):
        for pair in getattr(picture, name):
            yield f"{name}: {pair.appointment.id} {brief(pair)}"
    if plan is not None:
        yield f"plan: {plan.refused or ''}"
        for step in (*plan.pull, *plan.push):
            yield f"  {step.op} {step.ref} ({step.why}): {brief(step)}"
