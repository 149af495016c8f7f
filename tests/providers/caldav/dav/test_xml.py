"""The XML of WebDAV: read fast, and never more than it should be."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd_caldav import xml

BOMBS = {
    "billion laughs": b"""<!DOCTYPE m [<!ENTITY a "ha">
        <!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
        <!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">
        <!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">
        <!ENTITY e "&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;">]><m>&e;</m>""",
    "quadratic": b'<!DOCTYPE m [<!ENTITY a "'
    + b"x" * 50_000
    + b'">]><m>'
    + b"&a;" * 5000
    + b"</m>",
    "external entity": b'<!DOCTYPE m [<!ENTITY x SYSTEM "file:///etc/passwd">]><m>&x;</m>',
    "parameter entity": b'<!DOCTYPE m [<!ENTITY % p SYSTEM "http://127.0.0.1:1/">%p;]><m/>',
    "external dtd": b'<!DOCTYPE m SYSTEM "http://127.0.0.1:1/evil.dtd"><m/>',
    "harmless dtd": b"<!DOCTYPE m><m/>",
    "depth": b"<a>" * 200_000,
    "depth, closed": b"<a>" * 100_000 + b"</a>" * 100_000,
    "one long text": b"<m>" + b"x" * 11_000_000 + b"</m>",
    "not xml": b"nonsense",
    "nothing": b"",
    "a control character": b"<m>\x00\x08</m>",
    "another encoding": '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE m><m/>'.encode("utf-16"),
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_a_bomb_is_refused_at_once(bomb: bytes) -> None:
    started = time.process_time()

    with pytest.raises(xml.NotXml):
        xml.parse(bomb)

    assert time.process_time() - started < 2


def test_a_refusal_never_quotes_the_document() -> None:
    with pytest.raises(xml.NotXml) as caught:
        xml.parse(b"<patient>Jane Doe")

    assert "Jane" not in str(caught.value)


@given(st.binary(max_size=300))
def test_random_bytes_are_refused_and_nothing_else(body: bytes) -> None:
    with pytest.raises(xml.NotXml):
        xml.parse_multistatus(body)
    assert xml.preconditions(body) == frozenset()


@given(st.text(max_size=60), st.text(max_size=60))
def test_whatever_a_token_or_an_href_holds_the_request_is_well_formed(
    token: str, href: str
) -> None:
    for made in (xml.sync_collection(token, [xml.GETETAG]), xml.calendar_multiget([href])):
        try:
            xml.parse(made)
        except xml.NotXml:
            assert not (token + href).isprintable()


ROWS = b"""<?xml version="1.0"?>
<D:multistatus xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><!-- a comment -->
<D:response><D:href> /a/1.ics </D:href>
  <D:propstat><D:prop><D:getetag>"1"</D:getetag><C:calendar-data><![CDATA[BEGIN:<x>&]]></C:calendar-data></D:prop>
  <D:status>HTTP/1.1 200 OK</D:status></D:propstat>
  <D:propstat><D:prop><D:getcontenttype/></D:prop><D:status>HTTP/1.1 404 Not Found</D:status></D:propstat>
</D:response>
<D:response><D:href>/a/2.ics</D:href><D:status>HTTP/1.1 404 Not Found</D:status></D:response>
<D:response><D:href>/a/3.ics</D:href><D:status>nonsense</D:status></D:response>
<D:sync-token>t</D:sync-token></D:multistatus>"""


def test_rows_are_read_whatever_their_prefixes() -> None:
    found = xml.parse_multistatus(ROWS)

    first, second, third = found.rows
    assert (first.href, first.status, first.text(xml.GETETAG)) == ("/a/1.ics", None, '"1"')
    assert first.raw_text(xml.CALENDAR_DATA) == "BEGIN:<x>&"
    assert set(first.properties) == {xml.GETETAG, xml.CALENDAR_DATA}
    assert (second.href, second.status) == ("/a/2.ics", 404)
    assert third.status is None
    assert found.sync_token == "t"


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b'<d:error xmlns:d="DAV:"><d:valid-sync-token/></d:error>', {"valid-sync-token"}),
        (b'<error xmlns="DAV"><no-uid-conflict/>text</error>', {"no-uid-conflict"}),
        (b"<html><body>error</body></html>", set()),
        (b"error", set()),
        (b"", set()),
    ],
)
def test_failed_conditions_are_read_by_their_local_names(body: bytes, found: set[str]) -> None:
    assert xml.preconditions(body) == found


def test_ten_thousand_rows_are_read_in_a_moment() -> None:
    """The goal is 20 µs a row; the bound here allows for a busy machine."""
    row = (
        "<response><href>/a/%d.ics</href><propstat><prop><getetag>x</getetag></prop>"
        "<status>HTTP/1.1 200 OK</status></propstat></response>"
    )
    body = f'<multistatus xmlns="DAV:">{"".join(row % n for n in range(10_000))}</multistatus>'

    started = time.process_time()
    found = xml.parse_multistatus(body.encode())

    assert len(found.rows) == 10_000
    assert time.process_time() - started < 1
