"""`syncd tokens`: credentials for websites and people who come by HTTP."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from syncd.cli import render
from syncd.cli.exits import Exit
from syncd.cli.opening import asker, near_names, open_desk, practice_of
from syncd.cli.render import Cell, Sheet
from syncd.cli.times import rfc3339, stamped
from syncd.cli.verbs import AsJson, verb
from syncd.core.access import Role, Token
from syncd.core.errors import Invalid, Unknown
from syncd.core.ids import ClientId, PractitionerId, TokenId
from syncd.core.time import zone
from syncd.flows.tokens import Grant, issue
from syncd.flows.tokens import revoke as revoke_now
from syncd_config.durations import parse_duration

app = typer.Typer(no_args_is_help=True, help="Credentials for those who come by HTTP.")


@app.command("create")
@verb
def create(
    *,
    name: Annotated[str, typer.Option(help="To know it by: who or what uses it.")],
    role: Annotated[Role, typer.Option(help="What it lets its holder do.")],
    practitioner: Annotated[
        str | None, typer.Option(help="Whose appointments, for a practitioner's token.")
    ] = None,
    client: Annotated[
        str | None, typer.Option(help="Who holds it, for a client's or a guardian's token.")
    ] = None,
    expires: Annotated[
        str | None, typer.Option(help="After how long: 90d, 12h; never unless given.")
    ] = None,
    as_json: AsJson = False,
) -> Exit:
    """Make a token, and print it: it is not kept, and never shown again."""
    grant = Grant(
        name=name,
        role=role,
        practitioner_id=PractitionerId(practitioner) if practitioner else None,
        client_id=ClientId(client) if client else None,
        lasts=_lasting(expires),
    )
    with open_desk() as desk:
        desk.practice()
        token, spelled = issue(desk.around, grant, asker("tokens create"))
    if as_json:
        render.show_json({**_shape(token), "token": spelled})
    else:
        render.show_text(spelled)
        render.say("keep it where secrets are kept: it cannot be shown again")
    return Exit.OK


@app.command("list")
@verb
def list_tokens(*, as_json: AsJson = False) -> Exit:
    """List the tokens that were made; never their secrets."""
    with open_desk(reads_only=True) as desk, desk.around.ledger.read() as view:
        tz = zone(practice_of(view).timezone)
        found, now = view.tokens(), view.now
    if as_json:
        render.show_json({"tokens": [_shape(each) for each in found]})
        return Exit.OK
    rows: list[tuple[Cell | str, ...]] = [
        (
            each.id,
            each.name,
            each.role.value,
            each.practitioner_id or each.client_id or "",
            stamped(each.expires_at, tz) if each.expires_at else "never",
            Cell("good", "good") if each.is_good(now) else Cell(_why_not(each), "dim"),
        )
        for each in found
    ]
    columns = ("token", "name", "role", "of", "expires", "")
    render.show_sheet(Sheet(columns=columns, rows=rows))
    return Exit.OK


@app.command("revoke")
@verb
def revoke(
    token: Annotated[str, typer.Argument(metavar="TOKEN", help="Its id, from the list.")],
    *,
    as_json: AsJson = False,
) -> Exit:
    """Let a token let nobody in any more."""
    with open_desk() as desk:
        with desk.around.ledger.read() as view:
            practice_of(view)
            known = [each.id for each in view.tokens()]
        if token not in known:
            raise Unknown("token", token, known=near_names(token, known))
        revoked = revoke_now(desk.around, TokenId(token), asker("tokens revoke"))
    if as_json:
        render.show_json(_shape(revoked))
    else:
        render.say(f"{revoked.id} ({revoked.name}) lets nobody in any more")
    return Exit.OK


def _lasting(text: str | None) -> timedelta | None:
    try:
        return parse_duration(text) if text is not None else None
    except ValueError as exc:
        raise Invalid(f"--expires {exc}") from exc


def _why_not(token: Token) -> str:
    return "revoked" if token.revoked_at is not None else "expired"


def _shape(token: Token) -> dict[str, str | None]:
    return {
        "id": token.id,
        "name": token.name,
        "role": token.role.value,
        "practitionerId": token.practitioner_id,
        "clientId": token.client_id,
        "createdAt": rfc3339(token.created_at),
        "expiresAt": rfc3339(token.expires_at) if token.expires_at else None,
        "revokedAt": rfc3339(token.revoked_at) if token.revoked_at else None,
    }
