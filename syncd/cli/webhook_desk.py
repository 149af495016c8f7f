"""How a webhook is arranged for a person: its address, its secret, what is told of it. No verb.

The secret is passed from the file to the provider, and shown nowhere: only where it is kept.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from syncd.accounts import AccountSetup, Arranged, Webhook
from syncd.cli.render import Card, Cell
from syncd.core.errors import Invalid, Unsupported
from syncd.core.ids import CalendarId
from syncd.core.practice import Setting
from syncd.core.problem import Problem
from syncd.flows.webhook_check import Checked
from syncd.ports import Access, Randomness, WebhookSource
from syncd.registry import provider_kind
from syncd.wiring import SystemClock, secret_reader
from syncd_config import secret_at
from syncd_config.fields import parse_id

_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """What signs deliveries. `reference` is where it is kept, `fresh` whether it was made now."""

    reference: str
    value: str = field(repr=False)
    fresh: bool


def source_of(provider: str) -> WebhookSource:
    """How the provider's deliveries are understood; Unsupported where it sends none."""
    source = provider_kind(provider).webhooks
    if source is None:
        raise Unsupported(f"{provider} calendars send no webhooks")
    return source


@contextmanager
def account_of(
    provider: str, calendar: str, settings: Mapping[str, Setting], tz: ZoneInfo
) -> Iterator[AccountSetup]:
    """The account that the settings name; Unsupported where there is nothing to set up."""
    access = Access(
        calendar_id=CalendarId(calendar),
        settings=settings,
        secret=secret_reader(os.environ),
        zone=tz,
        clock=SystemClock(),
    )
    setup = provider_kind(provider).set_up(access)
    if setup is None:
        raise Unsupported(f"there is nothing to set up in the account of a {provider} calendar")
    try:
        yield setup
    finally:
        setup.close()


def address_for(url: str, provider: str, calendar: str) -> str:
    """The address of the calendar's deliveries, at `url` where that is no more than a host."""
    is_bare = urlsplit(url).path in ("", "/")
    return f"{url.rstrip('/')}/webhooks/{provider}/{calendar}" if is_bare else url


def require_id(calendar: str) -> str:
    """The id, where practice.toml could name a calendar so. Raises Invalid."""
    try:
        return parse_id(calendar)
    except ValueError as exc:
        raise Invalid([Problem(where="--id", what=str(exc))]) from exc


def place_of_secret(folder: Path, calendar: str) -> str:
    """Where a secret is kept for which no place was named."""
    return f"file:{folder}/secrets/{calendar}.webhook"


def secret_in(reference: str, randomness: Randomness) -> Secret:
    """The secret there, made first where that is a file which is not there yet."""
    value, fresh = secret_at(
        reference, os.environ, make=lambda: randomness.token(_SECRET_BYTES).hex()
    )
    return Secret(reference=reference, value=value, fresh=fresh)


def require_address(setup: AccountSetup, address: str) -> None:
    """Raises Invalid where deliveries cannot be sent there."""
    wrong = setup.wrong_address(address)
    if wrong:
        raise Invalid([Problem(where="--url", what=wrong)])


def shape_of(
    calendar: str, done: Arranged, secret: Secret, checked: Checked | None
) -> dict[str, Any]:
    return {
        "id": calendar,
        "webhook": _webhook_shape(done.webhook),
        "made": done.made,
        "mended": list(done.mended),
        "secret": secret.reference,
        "secretMade": secret.fresh,
        "others": [_webhook_shape(each) for each in done.others],
        "deliveryId": checked.delivery if checked else None,
    }


def done_cells(done: Arranged) -> tuple[Cell | str, ...]:
    """What was done, as one line; and what stands beside it."""
    others = [f"; beside it: {each.id} {each.address}" for each in done.others]
    state = f"webhook {done.webhook.address}: {_state(done)}"
    return (state, *(Cell(each, "warn") for each in others))


def _state(done: Arranged) -> str:
    if done.made:
        return "made"
    return f"mended: {', '.join(done.mended)}" if done.mended else "as it should be"


def card_of(calendar: str, done: Arranged, secret: Secret, checked: Checked | None) -> Card:
    lines: list[tuple[str, Cell | str]] = [
        ("webhook", Cell(_state(done), "good")),
        ("address", done.webhook.address),
        ("tells of", ", ".join(done.webhook.triggers)),
        ("secret", f"{secret.reference} ({'made' if secret.fresh else 'as it was'})"),
        ("check", _check_cell(checked)),
    ]
    lines += [
        ("beside it", Cell(f"{each.id}: {each.address}; remove it if it is not used", "warn"))
        for each in done.others
    ]
    return Card(heading=Cell(calendar, "strong"), lines=lines)


def _check_cell(checked: Checked | None) -> Cell:
    if checked is None:
        return Cell("not tried out", "warn")
    return Cell(f"sent from here, and in the inbox as {checked.delivery}", "good")


def _webhook_shape(each: Webhook) -> dict[str, Any]:
    return {
        "id": each.id,
        "address": each.address,
        "active": each.active,
        "triggers": list(each.triggers),
    }
