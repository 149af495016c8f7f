"""`syncd calendars hours`: the opening hours that an account has, compared, and put there."""

from __future__ import annotations

from typing import Annotated

import typer

from syncd.cli import render
from syncd.cli.calendar_verbs import Which
from syncd.cli.exits import Exit
from syncd.cli.hours_shapes import block_of, shape_of, told
from syncd.cli.opening import chosen_calendars, open_desk
from syncd.cli.verbs import AsJson, verb
from syncd.cli.webhook_desk import account_of
from syncd.core.errors import NotAllowed
from syncd.core.time import zone
from syncd.flows.hours_there import compare_hours, put_hours_there


@verb
def hours(
    calendar: Which,
    *,
    schedule: Annotated[
        str | None, typer.Option(metavar="ID", help="Another one than the account's default.")
    ] = None,
    write: Annotated[
        bool,
        typer.Option("--write", help="Put the practitioner's hours there, in place of its own."),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="After you have seen what changes.")] = False,
    as_json: AsJson = False,
) -> Exit:
    """Print an account's opening hours as practice.toml says such, and how they differ from it."""
    with open_desk(reads_only=True) as desk:
        with desk.around.ledger.read() as view:
            [chosen] = chosen_calendars(view, [calendar])
            who = view.practitioner(chosen.practitioner_id)
        with account_of(chosen.provider, chosen.id, chosen.settings, zone(who.timezone)) as setup:
            found = compare_hours(desk.around, setup, who, schedule)
            is_put = write and yes and not found.are_alike
            if is_put:
                put_hours_there(setup, found)
    is_asked = write and not yes and not found.are_alike
    if as_json and not is_asked:
        render.show_json(shape_of(chosen.id, found, written=is_put))
    if not as_json:
        render.show_text(block_of(found))
        for line in told(found):
            render.say(*line)
        if is_put:
            render.say(f"schedule {found.timetable.id} has the hours of {who.id} now")
    if is_asked:
        raise NotAllowed("nothing was changed yet; add --yes to have it say what is said here")
    return Exit.OK
