"""`syncd conflicts`: where ledger and calendar were both changed, and a person decides."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from syncd.cli import render
from syncd.cli.exits import Exit
from syncd.cli.opening import asker, open_desk, practice_of
from syncd.cli.shapes import conflict_shape
from syncd.cli.sheets import conflict_card, conflicts_sheet
from syncd.cli.verbs import AsJson, verb
from syncd.core.conflict import ConflictRecord, Resolution
from syncd.core.errors import Unknown
from syncd.core.ids import ConflictId
from syncd.core.time import zone
from syncd.flows.resolving import resolve as resolve_now
from syncd.ledger import View

app = typer.Typer(no_args_is_help=True, help="Where ledger and calendar were both changed.")

Which = Annotated[str, typer.Argument(metavar="CONFLICT", help="Its id, or the beginning of it.")]


class Side(StrEnum):
    """Whose version stands."""

    LEDGER = "ledger"
    REMOTE = "remote"


@app.command("list")
@verb
def list_conflicts(
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="Also those that are resolved.")
    ] = False,
    as_json: AsJson = False,
) -> Exit:
    """List conflicts that wait for a person."""
    with open_desk(reads_only=True) as desk, desk.around.ledger.read() as view:
        tz = zone(practice_of(view).timezone)
        found = view.conflicts(open_only=not everything)
        known = view.appointments_by_id({each.appointment_id for each in found})
    numbers = {key: each.number for key, each in known.items()}
    if as_json:
        shapes = [conflict_shape(each, numbers.get(each.appointment_id)) for each in found]
        render.show_json({"conflicts": shapes})
    else:
        render.show_sheet(conflicts_sheet(found, numbers, tz))
    return Exit.OK


@app.command("show")
@verb
def show_conflict(conflict: Which, *, as_json: AsJson = False) -> Exit:
    """Show both versions, whole."""
    with open_desk(reads_only=True) as desk, desk.around.ledger.read() as view:
        tz = zone(practice_of(view).timezone)
        found = _find(view, conflict)
        appointment = view.appointment(found.appointment_id)
    if as_json:
        shape = conflict_shape(found, appointment.number)
        render.show_json({**shape, "remoteBody": found.remote_body})
        return Exit.OK
    render.show_card(conflict_card(found, appointment.number, tz))
    if found.remote_body:
        render.show_text("\n" + found.remote_body)
    return Exit.OK


@app.command("resolve")
@verb
def resolve(
    conflict: Which,
    *,
    take: Annotated[Side, typer.Option(help="Whose version stands: ledger or remote.")],
    reason: Annotated[str | None, typer.Option(help="Why; kept in the journal.")] = None,
    as_json: AsJson = False,
) -> Exit:
    """Let one side stand. The calendar follows at its next round."""
    with open_desk() as desk:
        with desk.around.ledger.read() as view:
            tz = zone(practice_of(view).timezone)
            conflict_id = _find(view, conflict).id
        cause = asker("conflicts resolve", reason or "")
        found = resolve_now(desk.around, conflict_id, Resolution(take.value), cause)
        with desk.around.ledger.read() as view:
            number = view.appointment(found.appointment_id).number
    if as_json:
        render.show_json(conflict_shape(found, number))
    else:
        render.show_card(conflict_card(found, number, tz))
    return Exit.OK


def _find(view: View, wanted: str) -> ConflictRecord:
    """The conflict of this id, or the only one whose id begins so."""
    every = view.conflicts(open_only=False)
    found = [each for each in every if each.id.startswith(wanted)] if wanted else []
    if len(found) == 1:
        return found[0]
    exact = [each for each in found if each.id == wanted]
    if exact:
        return exact[0]
    known = [each.id for each in found or every if each.resolved_at is None]
    raise Unknown("conflict", ConflictId(wanted), known=tuple(known[:5]))
