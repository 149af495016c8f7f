"""Tables about calendars for people, and their block of practice.toml. Prints nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from syncd.cli.render import Card, Cell, Sheet
from syncd.cli.times import ago
from syncd.core.practice import Setting
from syncd.flows.status import CalendarStatus, Health
from syncd.ports import Discovered

HEALTH_TONES = {
    Health.SUSPENDED: "bad",
    Health.FAILING: "bad",
    Health.NEVER_READ: "warn",
    Health.STALE: "warn",
    Health.CONFLICTS: "warn",
    Health.PENDING: "warn",
    Health.QUARANTINED: "warn",
    Health.IN_SYNC: "good",
}


def health_cell(each: CalendarStatus) -> Cell:
    return Cell(each.health.value.replace("-", " "), HEALTH_TONES[each.health])


def age_of(each: CalendarStatus) -> str:
    return f"{ago(each.age)} ago" if each.age is not None else "never"


def calendar_states_sheet(found: Sequence[CalendarStatus]) -> Sheet:
    return Sheet(
        columns=("calendar", "state", "last read", "practitioner", "mode", "shows", "address"),
        rows=[
            (
                each.calendar.id,
                health_cell(each),
                age_of(each),
                each.calendar.practitioner_id,
                each.calendar.mode.value,
                each.calendar.shows.value,
                str(each.calendar.settings.get("url") or each.calendar.provider),
            )
            for each in found
        ],
        empty="no calendars; name some in practice.toml",
    )


def discovered_sheet(found: Sequence[Discovered]) -> Sheet:
    return Sheet(
        columns=("name", "address", "may be written"),
        rows=[
            (each.name, each.url, Cell("yes") if each.writable else Cell("no", "warn"))
            for each in found
        ],
        empty="this account has no calendars",
    )


def tested_card(facts: Mapping[str, Any]) -> Card:
    feed = "it cannot say what changed; it is listed in full each time"
    if facts["hasCursor"]:
        feed = "by sync token"
        if not facts["trustsCursor"]:
            feed = "by sync token, which is known to forget; it is listed in full each time"
    lines: list[tuple[str, Cell | str]] = [
        ("login", Cell("ok", "good")),
        ("objects", str(facts["objects"])),
        ("changes", feed),
        ("writes", f"on condition of the {facts['conditionalWrite']}'s version"),
        ("took", f"{facts['requests']} requests, {facts['seconds']:.2f} s"),
    ]
    if facts["conditionalWrite"] == "none":
        lines[3] = ("writes", Cell("without a condition", "warn"))
    lines += [
        ("cannot use", Cell(f"{each['ref']}: {each['reason']}", "warn"))
        for each in facts["quarantined"]
    ]
    return Card(heading=Cell(facts["id"], "strong"), lines=lines)


def block_of(ours: Mapping[str, Setting], settings: Mapping[str, Setting]) -> str:
    """The `[[calendars]]` block of practice.toml that says this."""
    lines = ["[[calendars]]"]
    lines += [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in ours.items()]
    lines += [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in settings.items()]
    return "\n".join(lines) + "\n"
