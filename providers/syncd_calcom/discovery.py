"""Say what account an API key opens, and which event types it has. Changes nothing."""

from __future__ import annotations

from urllib.parse import quote

from syncd.ports import Access, Discovered
from syncd_calcom.account import Account
from syncd_calcom.client import Client, Line
from syncd_calcom.event_types import EventType, EventTypes
from syncd_calcom.settings import read_settings


def discover(access: Access, *, line: Line | None = None) -> list[Discovered]:
    """The one calendar that an account is. Its settings name the account, so that another one's key
    is noticed, the kind of server, and the event types that syncd can book, each under its own
    name."""
    settings = read_settings(access.settings)
    client = Client(settings, access, line or Line())
    try:
        account = Account(settings, access, client)
        account.check()
        owner = account.owner
        types = [each for each in EventTypes(account).all() if each.is_plain]
        url = f"{settings.base}?username={quote(owner.username, safe='')}"
        found = {
            **{key: value for key, value in access.settings.items() if key != "base_url"},
            "url": url,
            "username": owner.username,
            "flavour": account.flavour.value,
        }
        if not settings.event_types and types:
            found["event_types"] = ", ".join(map(_kind, types))
        name = owner.name or owner.username
        return [Discovered(name=name, url=url, settings=found, writable=bool(types))]
    finally:
        client.close()


def _kind(event_type: EventType) -> str:
    return f"{event_type.id}={event_type.slug or event_type.id}"
