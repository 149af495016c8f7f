"""`syncd clients`: who they are, what is kept about them, and how to be rid of it."""

from __future__ import annotations

from typing import Annotated

import typer

from syncd.cli import render
from syncd.cli.exits import Exit
from syncd.cli.opening import asker, near_names, open_desk, practice_of
from syncd.cli.render import Card, Cell, Sheet
from syncd.cli.shapes import client_shape, dossier_shape, person_shape
from syncd.cli.verbs import AsJson, verb
from syncd.core.errors import Invalid, NotAllowed, Unknown
from syncd.core.ids import ClientId
from syncd.flows.clients import dossier_of
from syncd.flows.clients import erase as erase_now
from syncd.flows.people import Particulars, Person, add_person, change_person, person_of
from syncd.flows.versions import digest_of
from syncd.ledger import View

app = typer.Typer(no_args_is_help=True, help="What is kept about clients.")

Guardians = Annotated[
    list[str] | None,
    typer.Option("--guardian", help="The id of a client who is responsible; more than once."),
]
Which = Annotated[str, typer.Argument(metavar="CLIENT", help="Its id, from the list.")]


@app.command("list")
@verb
def list_clients(
    *,
    search: Annotated[
        str | None, typer.Option(help="Only whose name or e-mail address has these words.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 100,
    offset: Annotated[int, typer.Option(min=0, help="How many to leave out before.")] = 0,
    as_json: AsJson = False,
) -> Exit:
    """List clients by name, but for those who were erased."""
    with open_desk(reads_only=True) as desk, desk.around.ledger.read() as view:
        practice_of(view)
        found = view.clients(like=search or None, limit=limit, offset=offset)
    if as_json:
        render.show_json({"clients": [client_shape(each) for each in found]})
        return Exit.OK
    rows: list[tuple[Cell | str, ...]] = [
        (each.id, each.name, each.email or "", each.phone or "") for each in found
    ]
    render.show_sheet(Sheet(columns=("client", "name", "e-mail", "telephone"), rows=rows))
    return Exit.OK


@app.command("show")
@verb
def show(client: Which, *, as_json: AsJson = False) -> Exit:
    """Show one client, and who is responsible for them."""
    with open_desk(reads_only=True) as desk, desk.around.ledger.read() as view:
        found = person_of(view, _known(view, client))
    _tell(found, as_json=as_json)
    return Exit.OK


@app.command("add")
@verb
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="As others know them.")],
    *,
    email: Annotated[str | None, typer.Option(help="One address and name is one client.")] = None,
    phone: Annotated[str | None, typer.Option(help="As they say it.")] = None,
    guardian: Guardians = None,
    as_json: AsJson = False,
) -> Exit:
    """Make a client, before they book anything."""
    wanted = Particulars(
        name=name.strip(),
        email=_said(email),
        phone=_said(phone),
        guardians=_guardians(guardian),
    )
    with open_desk() as desk:
        desk.practice()
        added = add_person(desk.around, wanted, asker("clients add"))
    _tell(added, as_json=as_json)
    return Exit.OK


@app.command("change")
@verb
def change(
    client: Which,
    *,
    name: Annotated[str | None, typer.Option(help="Another name.")] = None,
    email: Annotated[str | None, typer.Option(help='Another address; "" for none.')] = None,
    phone: Annotated[str | None, typer.Option(help='Another number; "" for none.')] = None,
    guardian: Guardians = None,
    no_guardians: Annotated[
        bool, typer.Option("--no-guardians", help="Nobody is responsible for them any more.")
    ] = False,
    reason: Annotated[str, typer.Option(help="Why, for the journal.")] = "",
    as_json: AsJson = False,
) -> Exit:
    """Change what is said of a client; what is not named stays. Calendars that name them follow."""
    if guardian and no_guardians:
        raise Invalid("--guardian names somebody, --no-guardians nobody: choose one")
    with open_desk() as desk:
        with desk.around.ledger.read() as view:
            before = person_of(view, _known(view, client))
        was = before.client
        wanted = Particulars(
            name=was.name if name is None else name.strip(),
            email=was.email if email is None else _said(email),
            phone=was.phone if phone is None else _said(phone),
            guardians=_guardians(guardian) if guardian or no_guardians else before.guardians,
        )
        changed = change_person(
            desk.around,
            was.id,
            wanted,
            asker("clients change", reason),
            if_digest=digest_of(before),
        )
    _tell(changed, as_json=as_json)
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
        render.say("older events in the calendars, and what is known of them, are as they were")
    else:
        render.say(f"{client} was erased before")
    return Exit.OK


def _tell(person: Person, *, as_json: bool) -> None:
    if as_json:
        render.show_json(person_shape(person))
        return
    it = person.client
    lines: list[tuple[str, Cell | str]] = [
        ("client", it.id),
        ("e-mail", it.email or ""),
        ("telephone", it.phone or ""),
        ("guardians", ", ".join(person.guardians)),
        ("responsible for", ", ".join(person.wards)),
    ]
    shown = [(label, value) for label, value in lines if value]
    render.show_card(Card(heading=Cell(it.name, "strong"), lines=shown))


def _said(text: str | None) -> str | None:
    """What was said, without blanks around it; None for nothing."""
    return (text or "").strip() or None


def _guardians(ids: list[str] | None) -> tuple[ClientId, ...]:
    return tuple(map(ClientId, dict.fromkeys(ids or ())))


def _known(view: View, wanted: str) -> ClientId:
    practice_of(view)
    try:
        return view.client(ClientId(wanted)).id
    except Unknown:
        known = [each.id for each in view.clients(limit=1000)]
        raise Unknown("client", wanted, known=near_names(wanted, known)) from None
