"""`syncd relationships`: which client is with which practitioner."""

from __future__ import annotations

from typing import Annotated

import typer

from syncd.cli import render
from syncd.cli.exits import Exit
from syncd.cli.opening import asker, near_names, open_desk, practice_of
from syncd.cli.render import Cell, Sheet
from syncd.cli.shapes import relationship_shape
from syncd.cli.times import stamped
from syncd.cli.verbs import AsJson, verb
from syncd.core.errors import Unknown
from syncd.core.ids import ClientId, PractitionerId, RelationshipId
from syncd.core.time import zone
from syncd.flows.people import begin_relationship, end_relationship

app = typer.Typer(no_args_is_help=True, help="Which client is with which practitioner.")

Practitioner = Annotated[str, typer.Option(help="The practitioner's id.")]
Client = Annotated[str, typer.Option(help="The client's id, from `syncd clients list`.")]


@app.command("list")
@verb
def list_relationships(
    *,
    practitioner: Annotated[str | None, typer.Option(help="Only theirs.")] = None,
    client: Annotated[str | None, typer.Option(help="Only this client's.")] = None,
    ended: Annotated[bool, typer.Option("--ended", help="Also those that are over.")] = False,
    as_json: AsJson = False,
) -> Exit:
    """List who is with whom, and since when."""
    with open_desk(reads_only=True) as desk, desk.around.ledger.read() as view:
        tz = zone(practice_of(view).timezone)
        found = view.relationships(
            practitioner_id=PractitionerId(practitioner) if practitioner else None,
            client_ids=[ClientId(client)] if client else None,
            ended=ended,
        )
        names = {each.id: each.name for each in view.clients(among={it.client_id for it in found})}
    if as_json:
        render.show_json({"relationships": [relationship_shape(each) for each in found]})
        return Exit.OK
    rows: list[tuple[Cell | str, ...]] = [
        (
            each.id,
            each.practitioner_id,
            each.client_id,
            names.get(each.client_id, ""),
            stamped(each.since, tz),
            stamped(each.ended_at, tz) if each.ended_at else "",
        )
        for each in found
    ]
    columns = ("relationship", "practitioner", "client", "name", "since", "until")
    render.show_sheet(Sheet(columns=columns, rows=rows))
    return Exit.OK


@app.command("begin")
@verb
def begin(*, practitioner: Practitioner, client: Client, as_json: AsJson = False) -> Exit:
    """Let a client be with a practitioner from now on; done already, it changes nothing."""
    with open_desk() as desk:
        desk.practice()
        found, is_new = begin_relationship(
            desk.around,
            PractitionerId(practitioner),
            ClientId(client),
            asker("relationships begin"),
        )
    if as_json:
        render.show_json(relationship_shape(found))
    else:
        since = "from now on" if is_new else "already"
        render.say(f"{client} is with {practitioner} {since}: {found.id}")
    return Exit.OK


@app.command("end")
@verb
def end(
    relationship: Annotated[
        str, typer.Argument(metavar="RELATIONSHIP", help="Its id, from the list.")
    ],
    *,
    reason: Annotated[str, typer.Option(help="Why, for the journal.")] = "",
    as_json: AsJson = False,
) -> Exit:
    """Let them be with each other no more; what is booked stays."""
    with open_desk() as desk:
        with desk.around.ledger.read() as view:
            practice_of(view)
            known = [each.id for each in view.relationships(ended=True)]
        if relationship not in known:
            raise Unknown("relationship", relationship, known=near_names(relationship, known))
        which = RelationshipId(relationship)
        ended = end_relationship(desk.around, which, asker("relationships end", reason))
    if as_json:
        render.show_json(relationship_shape(ended))
    else:
        render.say(f"{ended.client_id} is not with {ended.practitioner_id} any more")
    return Exit.OK
