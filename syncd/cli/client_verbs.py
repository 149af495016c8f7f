"""`syncd clients`: who they are, what is kept about them, and how to be rid of it."""

from __future__ import annotations

from typing import Annotated

import typer

from syncd.cli import render
from syncd.cli.exits import Exit
from syncd.cli.opening import asker, near_names, open_desk, practice_of
from syncd.cli.render import Cell, Sheet
from syncd.cli.shapes import client_shape, dossier_shape
from syncd.cli.verbs import AsJson, verb
from syncd.core.errors import NotAllowed, Unknown
from syncd.core.ids import ClientId
from syncd.flows.clients import dossier_of
from syncd.flows.clients import erase as erase_now
from syncd.ledger import View

app = typer.Typer(no_args_is_help=True, help="What is kept about clients.")

Which = Annotated[str, typer.Argument(metavar="CLIENT", help="Its id, from the list.")]


@app.command("list")
@verb
def list_clients(
    *,
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 100,
    offset: Annotated[int, typer.Option(min=0, help="How many to leave out before.")] = 0,
    as_json: AsJson = False,
) -> Exit:
    """List clients by name, but for those who were erased."""
    with open_desk(reads_only=True) as desk, desk.around.ledger.read() as view:
        practice_of(view)
        found = view.clients(limit=limit, offset=offset)
    if as_json:
        render.show_json({"clients": [client_shape(each) for each in found]})
        return Exit.OK
    rows: list[tuple[Cell | str, ...]] = [
        (each.id, each.name, each.email or "", each.phone or "") for each in found
    ]
    render.show_sheet(Sheet(columns=("client", "name", "e-mail", "telephone"), rows=rows))
    return Exit.OK


@app.command("export")
@verb
def export(client: Which) -> Exit:
    """Print everything that is kept about a client, as JSON: theirs to have."""
    with open_desk(reads_only=True) as desk, desk.around.ledger.read() as view:
        dossier = dossier_of(view, _known(view, client))
    render.show_json(dossier_shape(dossier))
    return Exit.OK


@app.command("erase")
@verb
def erase(
    client: Which,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="It cannot be undone; this says so.")] = False,
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Although appointments are to come.")
    ] = False,
    reason: Annotated[str, typer.Option(help="Why, for the journal.")] = "",
    as_json: AsJson = False,
) -> Exit:
    """Empty what is personal about a client; their appointments stay, without a name."""
    if not yes:
        raise NotAllowed("it cannot be undone; `syncd clients export` it first, then add --yes")
    with open_desk() as desk:
        with desk.around.ledger.read() as view:
            which = _known(view, client)
        emptied = erase_now(desk.around, which, asker("clients erase", reason), anyway=anyway)
    if as_json:
        render.show_json({"id": client, "erasedEntries": emptied})
    elif emptied:
        render.say(f"{client} is erased: {emptied} entries of the journal are empty now")
        render.say("its events in the calendars, and what is known of them, are as they were")
    else:
        render.say(f"{client} was erased before")
    return Exit.OK


def _known(view: View, wanted: str) -> ClientId:
    practice_of(view)
    try:
        return view.client(ClientId(wanted)).id
    except Unknown:
        known = [each.id for each in view.clients(limit=1000)]
        raise Unknown("client", wanted, known=near_names(wanted, known)) from None
