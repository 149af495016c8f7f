"""`syncd calendars webhook`: try out an address, then have a calendar's changes told there.

In this order: what leads elsewhere is sent nobody's bookings, and the receiver knows a new secret
before anything is signed with it.
"""

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
    card_of,
    place_of_secret,
    require_address,
    secret_in,
    shape_of,
    source_of,
)
from syncd.core.errors import NotAllowed, Refused
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
    unchecked: Annotated[
        bool, typer.Option("--unchecked", help="This machine cannot reach it, others can.")
    ] = False,
    as_json: AsJson = False,
) -> Exit:
    """Send a test to syncd's address from outside; if it arrives, have the calendar's account send
    its news there: its webhook is made, or mended."""
    with open_desk(reads_only=True) as desk:
        around = desk.around
        with around.ledger.read() as view:
            [chosen] = chosen_calendars(view, [calendar])
            tz = zone(view.practitioner(chosen.practitioner_id).timezone)
        source = source_of(chosen.provider)
        named = chosen.settings.get(source.secret_setting)
        place = place_of_secret(desk.settings.state_directory, chosen.id)
        reference = named if isinstance(named, str) and named else place
        address = address_for(url, chosen.provider, chosen.id)
        with account_of(chosen.provider, chosen.id, chosen.settings, tz) as setup:
            require_address(setup, address)
            secret = secret_in(reference, around.randomness)
            if not named:
                raise NotAllowed(
                    f'nothing was made there yet: add {source.secret_setting} = "{reference}" to '
                    f"calendar {chosen.id} in practice.toml, run `syncd practice apply`, then this"
                )
            checked = None
            if not unchecked:
                mail = Mail(calendar=chosen, setup=setup, source=source, address=address)
                checked = check_webhook(around, mail, secret.value, wait=pause, tell=render.say)
            if checked is not None and not checked.is_good:
                raise Refused(
                    f"a test sent to {address} did not arrive, and nothing was made: {checked.why}"
                    "; --unchecked makes it all the same"
                )
            done = setup.arrange_webhook(address, secret.value)
    if as_json:
        render.show_json(shape_of(chosen.id, done, secret, checked))
    else:
        render.show_card(card_of(chosen.id, done, secret, checked))
    return Exit.OK


def pause(duration: timedelta) -> None:
    sleep(duration.total_seconds())
