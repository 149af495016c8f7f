"""`syncd calendars webhook`: have a calendar's changes told at once, and try that out."""

from __future__ import annotations

from datetime import timedelta
from time import sleep
from typing import Annotated

import typer

from syncd.cli import render
from syncd.cli.calendar_verbs import Which
from syncd.cli.exits import Exit
from syncd.cli.opening import chosen_calendars, open_desk
from syncd.cli.verbs import AsJson, verb
from syncd.cli.webhook_desk import (
    account_of,
    address_for,
    arrange,
    card_of,
    place_of_secret,
    shape_of,
    source_of,
)
from syncd.core.time import zone
from syncd.flows.webhook_check import Mail, check_webhook


@verb
def webhook(
    calendar: Which,
    *,
    url: Annotated[
        str,
        typer.Option(
            help="Where syncd is reached from outside: https://HOST, or the whole address."
        ),
    ],
    as_json: AsJson = False,
) -> Exit:
    """Make the calendar's webhook in its account, or mend it, and send a test through it."""
    with open_desk(reads_only=True) as desk:
        around = desk.around
        with around.ledger.read() as view:
            [chosen] = chosen_calendars(view, [calendar])
            tz = zone(view.practitioner(chosen.practitioner_id).timezone)
        source, key = source_of(chosen.provider), source_of(chosen.provider).secret_setting
        named = chosen.settings.get(key)
        place = place_of_secret(desk.settings.state_directory, chosen.id)
        reference = named if isinstance(named, str) and named else place
        address = address_for(url, chosen.provider, chosen.id)
        checked = None
        with account_of(chosen.provider, chosen.id, chosen.settings, tz) as setup:
            told = arrange(setup, address, reference, around.randomness)
            if named:
                mail = Mail(calendar=chosen, setup=setup, source=source, address=address)
                checked = check_webhook(around, mail, told.secret, wait=pause, tell=render.say)
    if as_json:
        render.show_json(shape_of(chosen.id, told, checked))
    else:
        render.show_card(card_of(chosen.id, told, checked))
    if checked is None:
        render.say(f'add {key} = "{reference}" to the calendar in practice.toml, run')
        render.say("`syncd practice apply`, and then this again: it is tried out")
    return Exit.OK if checked is not None and checked.is_good else Exit.PARTLY


def pause(duration: timedelta) -> None:
    sleep(duration.total_seconds())
