"""`syncd status`: whether all is well, for a person and for a monitoring check."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from syncd.cli import render
from syncd.cli.calendar_sheets import HEALTH_TONES, age_of, health_cell
from syncd.cli.exits import STALE, Exit, of_findings
from syncd.cli.ledger_facts import ledger_facts
from syncd.cli.opening import open_desk, practice_of
from syncd.cli.render import Cell, Sheet
from syncd.cli.shapes import appointment_number, calendar_state_shape
from syncd.cli.times import rfc3339, spoken
from syncd.cli.verbs import AsJson, verb
from syncd.core.time import zone
from syncd.flows.status import CalendarStatus, Health, Overview, overview


@verb
def status(*, as_json: AsJson = False) -> Exit:
    """Say how every calendar stands to the ledger, what waits, and what a person must do."""
    with open_desk(reads_only=True) as desk:
        ledger = desk.around.ledger
        with ledger.read() as view:
            found = overview(view, practice_of(view))
            now = view.now
        facts = ledger_facts(ledger)
    if as_json:
        render.show_json(_shape(found, facts, now))
    else:
        _show(found, facts, now)
    return _exit(found)


def _exit(found: Overview) -> Exit:
    codes = []
    for each in found.calendars:
        if each.health is Health.SUSPENDED:
            codes.append("BRAKE")
        elif each.health is Health.FAILING:
            codes.append(each.state.error_code or "ERROR")
        elif each.health is Health.STALE:
            codes.append(STALE)
    conflicts = sum(each.conflicts for each in found.calendars)
    return of_findings(codes, asked=len(found.calendars), conflicts=conflicts)


def _shape(found: Overview, facts: dict[str, Any], now: datetime) -> dict[str, Any]:
    healthy = all(each.health is Health.IN_SYNC for each in found.calendars)
    return {
        "inSync": healthy,
        "practice": {"id": found.practice.id, "name": found.practice.name},
        "ledger": facts,
        "calendars": [
            {"id": each.calendar.id, **calendar_state_shape(each)} for each in found.calendars
        ],
        "today": {key.value: count for key, count in sorted(found.today.items())},
        "next": appointment_number(found.next_one),
        "at": rfc3339(now),
    }


def _show(found: Overview, facts: dict[str, Any], now: datetime) -> None:
    tz = zone(found.practice.timezone)
    render.show_line(Cell(found.practice.name, "strong"), Cell(spoken(now, tz), "dim"))
    render.show_sheet(_sheet(found))
    for each in found.calendars:
        for words in _advice(each, tz):
            render.show_line(Cell(f"{each.calendar.id}:", HEALTH_TONES[each.health]), words)
    render.show_line(Cell("today:", "dim"), _today(found, tz))
    used = f"schema {facts['schema']}"
    if "sqlite" in facts:
        used += f", SQLite {facts['sqlite']}"
    render.show_line(Cell("ledger:", "dim"), f"{facts['database']} ({used})")
    if "warning" in facts:
        render.show_line(Cell("warning:", "warn"), facts["warning"])


def _sheet(found: Overview) -> Sheet:
    return Sheet(
        columns=("calendar", "state", "last read", "to write", "conflicts", "quarantined", "node"),
        right=frozenset({"to write", "conflicts", "quarantined"}),
        rows=[
            (
                each.calendar.id,
                health_cell(each),
                age_of(each),
                str(each.pending),
                str(each.conflicts),
                str(each.quarantined),
                Cell((each.holder or "-").partition(":")[0], "dim"),
            )
            for each in found.calendars
        ],
        empty="no calendars; name some in practice.toml",
    )


def _advice(each: CalendarStatus, tz: ZoneInfo) -> list[str]:
    """What is wrong with a calendar, and what to do about it."""
    state, name, words = each.state, each.calendar.id, []
    if state.suspended_at is not None:
        words.append(
            f"left alone since {spoken(state.suspended_at, tz)}: {state.suspended_why}; "
            f"look at it, then `syncd calendars release {name}`"
        )
    if state.error is not None:
        again = f"; next try {spoken(state.retry_at, tz)}" if state.retry_at else ""
        words.append(f"{state.error} ({state.error_code}){again}")
    if each.health is Health.NEVER_READ:
        words.append(f"not read yet; `syncd sync {name}`, or `syncd run`")
    if each.health is Health.STALE:
        words.append("not read for longer than stale_after; is `syncd run` running?")
    if each.conflicts:
        words.append("see `syncd conflicts list`")
    if each.quarantined:
        words.append(f"{each.quarantined} objects cannot be used; `syncd calendars test {name}`")
    return words


def _today(found: Overview, tz: ZoneInfo) -> str:
    counts = ", ".join(f"{count} {key.value}" for key, count in sorted(found.today.items()))
    text = counts or "no appointments"
    if found.next_one is not None:
        text += f"; next {found.next_one.number}, {spoken(found.next_one.start, tz)}"
    return text
