"""What a server may answer beside what was asked: each of these crossed the port as it was."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from faulty_http import Reply, scripted

from syncd.core.errors import Forbidden, NeedsLogin
from syncd.core.ids import CalendarId, Cursor
from syncd.ports import Access, Rescan
from syncd_caldav import xml
from syncd_caldav.collection import Collection
from syncd_caldav.discovery import discover
from syncd_caldav.feed import changes, listing
from syncd_caldav.provider import CalDavProvider

from .answer_targets import OneAnswer

PATH = "/cal/work/"
SECRET = "wonderland-7f3a"
OPENING = '<d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">'
IS_CALENDAR = "<d:resourcetype><d:collection/><c:calendar/></d:resourcetype>"


class Now:
    def now(self) -> datetime:
        return datetime(2031, 3, 3, 8, tzinfo=UTC)

    def monotonic(self) -> float:
        return time.monotonic()


def access_to(url: str, **settings: Any) -> Access:
    return Access(
        calendar_id=CalendarId("test"),
        settings={"url": url, **settings},
        secret=lambda _: SECRET,
        zone=ZoneInfo("Europe/Berlin"),
        clock=Now(),
    )


def describing(properties: str) -> Reply:
    """A multistatus that says this of the calendar."""
    row = (
        f"<d:response><d:href>{PATH}</d:href><d:propstat><d:prop>{properties}</d:prop>"
        "<d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>"
    )
    return Reply(status=207, body=f"{OPENING}{row}</d:multistatus>".encode())


def asking(reply: Reply, ask: Callable[[Access], object], **settings: Any) -> object:
    with scripted(lambda _: reply) as server:
        return ask(access_to(server.origin + PATH, **settings))


def check(access: Access) -> None:
    provider = CalDavProvider(access)
    try:
        provider.check()
    finally:
        provider.close()


COMMENTED = describing(
    f"{IS_CALENDAR}<!-- ours --><c:supported-calendar-component-set>"
    '<!-- and tasks? --><c:comp name="VEVENT"/></c:supported-calendar-component-set>'
)


def test_a_comment_among_the_components_says_nothing():
    asking(COMMENTED, check)

    [found] = asking(COMMENTED, discover)
    assert found.url.endswith(PATH)


@pytest.mark.parametrize(
    "challenge",
    [
        'Digest realm="x", nonce="y", algorithm=SHA-3',
        'Digest realm="x", nonce="y", qop="auth-int"',
        'Digest realm="x", nonce="y", qop="telepathy"',
        'Digest realm="x", nonce="y", opaque="\xff"',
        'Digest realm="x", nonce=',
        "Digest realm",
        "Digest a=b,,c",
    ],
)
def test_a_login_that_cannot_be_done_asks_for_another(challenge: str):
    refusal = Reply(status=401, headers={"WWW-Authenticate": challenge})

    with pytest.raises(NeedsLogin) as caught:
        asking(refusal, check, username="alice", password="env:X")

    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("href", ["http://[::1", "//[", "http://host]/", "http://[v1.x"])
@pytest.mark.parametrize("name", ["d:current-user-principal", "c:calendar-home-set"])
def test_an_address_that_is_none_leads_nowhere(href: str, name: str):
    reply = describing(f"<{name}><d:href>{href}</d:href></{name}>")

    with pytest.raises(Forbidden):
        asking(reply, discover)


LONG = "t" * 5000


def test_a_token_too_long_to_be_kept_is_not_kept():
    """It would be written into the ledger in each round, as long as the server likes."""
    marks = f"<d:sync-token>{LONG}</d:sync-token>"
    row = f"<d:response><d:href>{PATH}</d:href><d:propstat><d:prop>{IS_CALENDAR}{marks}</d:prop>"
    status = "<d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>"
    body = f"{OPENING}{row}{status}{marks}</d:multistatus>".encode()
    dav: Any = OneAnswer(body)
    calendar = Collection(dav, PATH, Now())

    assert listing(calendar, bodies=False).cursor is None
    assert isinstance(changes(calendar, Cursor("sync:t")), Rescan)


@pytest.mark.parametrize("encoding", ["utf-7", "ebcdic-cp-us", "utf-32", "x-unknown"])
def test_xml_in_which_a_tag_does_not_look_like_one_is_not_read(encoding: str):
    """The bound on tags counts what looks like one."""
    with pytest.raises(xml.NotXml):
        xml.parse(f'<?xml version="1.0" encoding="{encoding}"?><m/>'.encode())


@pytest.mark.parametrize("encoding", ["utf-8", "UTF-8", "utf-16", "iso-8859-1", "us-ascii"])
def test_xml_in_the_encodings_that_servers_use_is_read(encoding: str):
    document = f'<?xml version="1.0" encoding="{encoding}"?>\n<m>o</m>'

    assert xml.parse(document.encode(encoding)).text == "o"
