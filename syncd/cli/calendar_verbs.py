"""`syncd calendars`: the external calendars, found, tried out, and held or let go by hand."""

from __future__ import annotations

import os
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from syncd.cli import render
from syncd.cli.calendar_sheets import block_of, calendar_states_sheet, discovered_sheet, tested_card
from syncd.cli.exits import Exit
from syncd.cli.opening import (
    Desk,
    asker,
    chosen_calendars,
    loaded_settings,
    open_desk,
    practice_of,
)
from syncd.cli.render import Cell
from syncd.cli.shapes import calendar_shape, calendar_state_shape, discovered_shape
from syncd.cli.verbs import AsJson, verb
from syncd.cli.webhook_desk import (
    account_of,
    address_for,
    done_cells,
    place_of_secret,
    require_address,
    require_id,
    secret_in,
    source_of,
)
from syncd.core.errors import Invalid
from syncd.core.ids import CalendarId
from syncd.core.practice import Mode, Setting
from syncd.core.remote import CalendarState
from syncd.core.time import zone
from syncd.flows import calendars as flow
from syncd.flows.rounds import opened
from syncd.flows.status import overview
from syncd.ports import Access
from syncd.registry import provider_kind
from syncd.wiring import SystemClock, SystemRandomness, secret_reader

app = typer.Typer(no_args_is_help=True, help="The external calendars.")

Which = Annotated[str, typer.Argument(metavar="CALENDAR", help="Its id in practice.toml.")]
Reason = Annotated[str | None, typer.Option(help="Why; kept in the journal.")]
Url = Annotated[str | None, typer.Option(help="Any address of the account or its server.")]
Username = Annotated[str | None, typer.Option(help="The account's user name.")]
Password = Annotated[
    str | None,
    typer.Option(metavar="REF", help="Where the password is: env:NAME, file:/path, command:…"),
]
Provider = Annotated[str, typer.Option(help="What kind of calendar it is.")]
More = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Another setting of the provider."),
]


@app.command("list")
@verb
def list_calendars(*, as_json: AsJson = False) -> Exit:
    """List the practice's calendars with their state."""
    with open_desk(reads_only=True) as desk, desk.around.ledger.read() as view:
        found = overview(view, practice_of(view))
    if as_json:
        rows = [
            {**calendar_shape(each.calendar), **calendar_state_shape(each)}
            for each in found.calendars
        ]
        render.show_json({"calendars": rows})
    else:
        render.show_sheet(calendar_states_sheet(found.calendars))
    return Exit.OK


@app.command("discover")
@verb
def discover(
    calendar: Annotated[
        str | None, typer.Argument(help="Use the account of this calendar of practice.toml.")
    ] = None,
    *,
    url: Url = None,
    username: Username = None,
    password: Password = None,
    provider: Provider = "caldav",
    more: More = None,
    as_json: AsJson = False,
) -> Exit:
    """Find the calendars of an account."""
    settings, tz = _account(calendar, url=url, username=username, password=password, more=more)
    kind = provider_kind(provider)
    access = Access(
        calendar_id=CalendarId(calendar or "discover"),
        settings=settings,
        secret=secret_reader(os.environ),
        zone=tz,
        clock=SystemClock(),
    )
    found = kind.discover(access)
    if as_json:
        render.show_json({"calendars": [discovered_shape(each) for each in found]})
    else:
        render.show_sheet(discovered_sheet(found))
        if found:
            render.say(
                "a line for practice.toml: `syncd calendars add URL --id … --practitioner …`"
            )
    return Exit.OK


@app.command("add")
@verb
def add(  # noqa: PLR0913  one for each option
    url: Annotated[str, typer.Argument(help="The calendar's own address, as discover shows it.")],
    *,
    id_: Annotated[str, typer.Option("--id", help="What to call it, for ever.")],
    practitioner: Annotated[str, typer.Option(help="Whose calendar it is.")],
    username: Username = None,
    password: Password = None,
    provider: Provider = "caldav",
    mode: Annotated[Mode, typer.Option(help="Which way it is kept alike.")] = Mode.TWO_WAY,
    more: More = None,
    webhook_url: Annotated[
        str | None,
        typer.Option(help="Where syncd is reached from outside; makes the account's webhook."),
    ] = None,
    as_json: AsJson = False,
) -> Exit:
    """Print what to add to practice.toml for a calendar, checked. Changes nothing but, where that
    is asked for, the account's webhook."""
    settings = _settings(url, username, password, more)
    problems = provider_kind(provider).check_settings(settings)
    if problems:
        raise Invalid(problems)
    if webhook_url is not None:
        settings |= _with_webhook(id_, provider, settings, webhook_url)
    ours = {"id": id_, "provider": provider, "practitioner": practitioner, "mode": mode.value}
    if as_json:
        render.show_json({**ours, **settings})
        return Exit.OK
    render.show_text(block_of(ours, settings))
    render.say("add this to practice.toml, then run `syncd practice apply`")
    if webhook_url is not None:
        render.say(
            f"and then `syncd calendars webhook {id_} --url {webhook_url}`, which tries it out"
        )
    return Exit.OK


@app.command("test")
@verb
def try_out(calendar: Which, *, as_json: AsJson = False) -> Exit:
    """Log in to a calendar, look at it, and say what was found. Changes nothing."""
    with open_desk(reads_only=True) as desk:
        around = desk.around
        with around.ledger.read() as view:
            [chosen] = chosen_calendars(view, [calendar])
            quarantined = view.quarantined(chosen.id)
        began = around.clock.monotonic()
        with opened(around, chosen.id) as provider:
            provider.check()
            listing = provider.listing(bodies=False)
            can, requests = provider.capabilities, provider.requests
        seconds = round(around.clock.monotonic() - began, 3)
    facts = {
        "id": chosen.id,
        "ok": True,
        "objects": len(listing.changed),
        "requests": requests,
        "seconds": seconds,
        "hasCursor": can.has_cursor,
        "trustsCursor": can.trusts_cursor,
        "conditionalWrite": can.conditional_write.value,
        "quarantined": [{"ref": each.ref, "reason": each.reason} for each in quarantined],
    }
    if as_json:
        render.show_json(facts)
    else:
        render.show_card(tested_card(facts))
    return Exit.OK


@app.command("suspend")
@verb
def suspend(calendar: Which, *, reason: Reason = None, as_json: AsJson = False) -> Exit:
    """Leave a calendar alone, both ways, until it is released."""
    with open_desk() as desk:
        chosen = _known(desk, calendar)
        cause = asker("calendars suspend", reason or "")
        state = flow.suspend(desk.around, chosen, cause)
    _tell(state, "is left alone until `syncd calendars release`", as_json=as_json)
    return Exit.OK


@app.command("release")
@verb
def release(calendar: Which, *, reason: Reason = None, as_json: AsJson = False) -> Exit:
    """Take a suspended calendar up again; what the brake held back then passes."""
    with open_desk() as desk:
        chosen = _known(desk, calendar)
        cause = asker("calendars release", reason or "")
        state = flow.release(desk.around, chosen, cause)
    _tell(state, "is released; its next round compares it in full", as_json=as_json)
    return Exit.OK


@app.command("resync")
@verb
def resync(calendar: Which, *, as_json: AsJson = False) -> Exit:
    """Have a calendar compared in full at its next round, which is due now."""
    with open_desk() as desk:
        chosen = _known(desk, calendar)
        flow.resync(desk.around, chosen)
        with desk.around.ledger.read() as view:
            state = view.calendar_state(chosen)
    words = "is due now, in full; a running syncd sees to it, else `syncd sync`"
    _tell(state, words, as_json=as_json)
    return Exit.OK


def _with_webhook(
    id_: str, provider: str, settings: dict[str, Setting], url: str
) -> dict[str, Setting]:
    """The setting that names the webhook's secret, once both are there."""
    key = source_of(provider).secret_setting
    place = place_of_secret(loaded_settings().settings.state_directory, require_id(id_))
    reference = str(settings.get(key) or place)
    address = address_for(url, provider, id_)
    with account_of(provider, id_, settings, zone("UTC")) as setup:
        require_address(setup, address)
        secret = secret_in(reference, SystemRandomness())
        done = setup.arrange_webhook(address, secret.value)
    render.say(*done_cells(done))
    return {key: reference}


def _known(desk: Desk, calendar: str) -> CalendarId:
    with desk.around.ledger.read() as view:
        [chosen] = chosen_calendars(view, [calendar])
    return chosen.id


def _tell(state: CalendarState, words: str, *, as_json: bool) -> None:
    if as_json:
        suspended = state.suspended_at is not None
        render.show_json({"id": state.calendar_id, "suspended": suspended, "due": not suspended})
    else:
        render.show_line(Cell(state.calendar_id, "strong"), words)


def _account(
    calendar: str | None,
    *,
    url: str | None,
    username: str | None,
    password: str | None,
    more: list[str] | None,
) -> tuple[dict[str, Setting], ZoneInfo]:
    """The settings to look with: those given, or those of a calendar in force."""
    if calendar is None:
        if url is None:
            raise typer.BadParameter("name a calendar of practice.toml, or give --url")
        return _settings(url, username, password, more), zone("UTC")
    with open_desk(reads_only=True) as desk, desk.around.ledger.read() as view:
        [chosen] = chosen_calendars(view, [calendar])
        who = view.practitioner(chosen.practitioner_id)
    return dict(chosen.settings), zone(who.timezone)


def _settings(
    url: str, username: str | None, password: str | None, more: list[str] | None
) -> dict[str, Setting]:
    settings: dict[str, Setting] = {"url": url}
    if username is not None:
        settings["username"] = username
    if password is not None:
        settings["password"] = password
    for pair in more or ():
        key, equals, value = pair.partition("=")
        if not equals:
            raise typer.BadParameter(f"{pair!r} is no KEY=VALUE")
        settings[key] = _value(value)
    return settings


def _value(text: str) -> Setting:
    if text in ("true", "false"):
        return text == "true"
    return int(text) if text.isascii() and text.isdigit() else text
