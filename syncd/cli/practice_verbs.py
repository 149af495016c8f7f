"""`syncd practice`: what there is to manage, put into force from practice.toml."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from syncd.cli import render
from syncd.cli.exits import Exit
from syncd.cli.opening import Desk, asker, loaded_settings, open_desk
from syncd.cli.practice_shapes import changes_shape, roster_shape
from syncd.cli.render import Cell
from syncd.cli.sheets import changes_sheet, roster_sheets
from syncd.cli.verbs import AsJson, verb
from syncd.core.errors import Refused
from syncd.core.problem import Problem
from syncd.flows.practice import (
    Roster,
    RosterChange,
    apply_roster,
    compare_roster,
    everything,
    roster_of,
)
from syncd.ledger import Standing
from syncd.registry import provider_kinds
from syncd_config import PracticeFile, Settings, load_practice

app = typer.Typer(no_args_is_help=True, help="What there is to manage: practice.toml.")

File = Annotated[Path, typer.Argument(help="The file that describes the practice.")]
DEFAULT_FILE = Path("practice.toml")


@app.command("apply")
@verb
def apply_practice(
    file: File = DEFAULT_FILE,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would change.")
    ] = False,
    as_json: AsJson = False,
) -> Exit:
    """Put practice.toml into force: what differs changes, a missing ledger is made."""
    found = _read(file, loaded_settings().settings)
    roster = _roster(found)
    if dry_run:
        with open_desk(reads_only=True) as desk:
            changes = _differences(desk, roster)
    else:
        with open_desk(creates=True) as desk:
            changes = apply_roster(desk.around, roster, asker("practice apply"))
    if as_json:
        render.show_json(changes_shape(changes, applied=not dry_run))
    else:
        _advise(found.advice)
        render.show_sheet(changes_sheet(changes, applied=not dry_run))
    return Exit.OK


@app.command("check")
@verb
def check_practice(file: File = DEFAULT_FILE, *, as_json: AsJson = False) -> Exit:
    """Say everything that is wrong with practice.toml, with its lines. Asks no server."""
    found = _read(file, loaded_settings().settings)
    if as_json:
        advice = [
            {"where": each.where, "what": each.what, "line": each.line} for each in found.advice
        ]
        render.show_json({"ok": True, "advice": advice})
        return Exit.OK
    _advise(found.advice)
    render.show_line(
        Cell("ok:", "good"),
        f"{file} describes {found.practice.name!r} with {len(found.practitioners)} practitioners, "
        f"{len(found.activities)} activities, {len(found.calendars)} calendars",
    )
    return Exit.OK


@app.command("show")
@verb
def show_practice(*, as_json: AsJson = False) -> Exit:
    """Show the practice that is in force."""
    with open_desk(reads_only=True) as desk, desk.around.ledger.read() as view:
        roster = roster_of(view)
    if roster is None:
        raise Refused("the ledger is empty; run `syncd practice apply practice.toml` first")
    if as_json:
        render.show_json(roster_shape(roster))
        return Exit.OK
    for at, sheet in enumerate(roster_sheets(roster)):
        if at:
            render.show_line("")
        render.show_sheet(sheet)
    return Exit.OK


def _read(file: Path, settings: Settings) -> PracticeFile:
    return load_practice(file, provider_kinds(), defaults=settings.practice_defaults)


def _roster(found: PracticeFile) -> Roster:
    return Roster(
        practice=found.practice,
        practitioners=found.practitioners,
        rooms=found.rooms,
        activities=found.activities,
        calendars=found.calendars,
    )


def _differences(desk: Desk, roster: Roster) -> list[RosterChange]:
    ledger = desk.around.ledger
    if ledger.standing() is Standing.EMPTY:
        return everything(roster)
    with ledger.read() as view:
        return compare_roster(view, roster)


def _advise(advice: tuple[Problem, ...]) -> None:
    for each in advice:
        render.say(Cell("note:", "warn"), str(each))
