"""From the settings of a calendar to a connection that is not open yet."""

from __future__ import annotations

from urllib.parse import urlsplit

from syncd.ports import Access
from syncd_caldav.addresses import Resolve
from syncd_caldav.credentials import Credentials
from syncd_caldav.dav import Dav, Timeouts
from syncd_caldav.settings import CalDavSettings


def connect(settings: CalDavSettings, access: Access, resolve: Resolve) -> Dav:
    """The door to the server that `settings.url` names."""
    return Dav(
        settings.url,
        policy=settings.policy,
        credentials=Credentials(
            username=settings.username if settings.password else None,
            reference=settings.password or settings.token,
            secret=access.secret,
        ),
        clock=access.clock,
        timeouts=Timeouts(
            connect=settings.connect_timeout,
            listing=settings.listing_timeout,
            single=settings.timeout,
        ),
        ca_file=settings.ca_file,
        resolve=resolve,
    )


def collection_path(url: str) -> str:
    """The path of the collection in `url`, encoded, with the slash that collections end in."""
    parts = urlsplit(url)
    return (parts.path or "/").rstrip("/") + "/"
