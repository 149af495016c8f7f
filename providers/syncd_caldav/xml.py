"""Read and write the XML of WebDAV: requests as templates, multistatus answers as rows.

Knows no HTTP. The parser loads no DTD, resolves no entity, opens no network and refuses documents
that declare any; size is the caller's to cap. RFC 4918, RFC 4791, RFC 6578.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from lxml import etree

DAV = "{DAV:}"
CALDAV = "{urn:ietf:params:xml:ns:caldav}"
CALENDAR_SERVER = "{http://calendarserver.org/ns/}"

GETETAG = f"{DAV}getetag"
RESOURCETYPE = f"{DAV}resourcetype"
SYNC_TOKEN = f"{DAV}sync-token"
GETCTAG = f"{CALENDAR_SERVER}getctag"
CALENDAR_DATA = f"{CALDAV}calendar-data"

MAX_TAGS = 2_000_000
"""A hundred thousand events. Each costs 120 octets: 64 MiB of nothing but tags would be 2 GiB."""
MAX_QUOTES = 4_000_000
"""Two of them make an attribute, which costs 240; what people write has some, too."""
_ENCODING = re.compile(rb"<\?xml[^>]{0,99}?\sencoding\s*=\s*[\"']([^\"'>]{0,40})")
_ENCODINGS = frozenset(
    (b"utf-8", b"utf8", b"us-ascii", b"iso-8859-1", b"iso-8859-15", b"windows-1252")
)
"""In which a tag looks like one; UTF-16 is recognised by its first octets."""

_HREF = f"{DAV}href"
_STATUS = f"{DAV}status"
_PROPSTAT = f"{DAV}propstat"
_PROP = f"{DAV}prop"
_RESPONSE = f"{DAV}response"
_PREFIXES = {"DAV:": "d", CALDAV[1:-1]: "c", CALENDAR_SERVER[1:-1]: "s"}
_ROOT = " ".join(f'xmlns:{prefix}="{name}"' for name, prefix in _PREFIXES.items())


class NotXml(Exception):
    """The document is not the XML that was asked for. The message never quotes it."""


@dataclass(slots=True)
class Row:
    """One `DAV:response`: `status` where the resource as a whole has one, `properties` those that
    were found (status 2xx), by Clark name."""

    href: str
    status: int | None = None
    properties: dict[str, etree._Element] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """The text of a property without blanks around it; "" where it was not found."""
        found = self.properties.get(name)
        return (found.text or "").strip() if found is not None else ""

    def raw_text(self, name: str) -> str | None:
        """The text of a property as it stands; None where it was not found or is empty."""
        found = self.properties.get(name)
        return found.text if found is not None else None

    def names(self, name: str) -> frozenset[str]:
        """The Clark names of the elements inside a property (resource types, privileges …)."""
        found = self.properties.get(name)
        if found is None:
            return frozenset()
        return frozenset(tag for each in found.iter() if isinstance(tag := each.tag, str))

    def href_in(self, name: str) -> str:
        """The first `DAV:href` inside a property, or ""."""
        found = self.properties.get(name)
        return (found.findtext(f".//{_HREF}") or "").strip() if found is not None else ""

    def hrefs_in(self, name: str) -> tuple[str, ...]:
        """Every `DAV:href` inside a property."""
        found = self.properties.get(name)
        if found is None:
            return ()
        return tuple(text.strip() for each in found.iter(_HREF) if (text := each.text))

    @property
    def is_collection(self) -> bool:
        found = self.properties.get(RESOURCETYPE)
        return found is not None and found.find(f"{DAV}collection") is not None

    @property
    def is_calendar(self) -> bool:
        found = self.properties.get(RESOURCETYPE)
        return found is not None and found.find(f"{CALDAV}calendar") is not None


@dataclass(frozen=True, slots=True)
class Multistatus:
    """The rows of a 207 answer, and the `DAV:sync-token` that a sync report ends with."""

    rows: tuple[Row, ...]
    sync_token: str


def parse(body: bytes) -> etree._Element:
    """The root element; `NotXml` for anything else, including documents with a DTD, and those that
    would take more memory than a calendar's listing can need."""
    if body.count(b"<") > MAX_TAGS or body.count(b'"') + body.count(b"'") > MAX_QUOTES:
        raise NotXml("the answer has too many tags")
    _require_known_encoding(body)
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_pis=True,
        remove_comments=True,
    )
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as exc:
        raise NotXml("the answer is not well-formed XML") from exc
    if root.getroottree().docinfo.internalDTD is not None:
        raise NotXml("the answer declares a DTD")
    return root


def _require_known_encoding(body: bytes) -> None:
    """In others, such as UTF-7, a tag need not begin with the octet of a tag."""
    start = body[:512].lstrip()
    declared = _ENCODING.match(start.removeprefix(b"\xef\xbb\xbf"))
    if declared is not None and declared[1].strip().lower() not in _ENCODINGS:
        raise NotXml("the answer is in an encoding that is not read")
    if start and b"<" not in start[:4]:
        raise NotXml("the answer is not well-formed XML")


def parse_multistatus(body: bytes) -> Multistatus:
    """The rows of a multistatus document; `NotXml` where it is something else."""
    root = parse(body)
    if root.tag != f"{DAV}multistatus":
        raise NotXml("the answer is not a multistatus document")
    rows = tuple(_row(each) for each in root.iterchildren(_RESPONSE))
    return Multistatus(rows, (root.findtext(SYNC_TOKEN) or "").strip())


def _row(response: etree._Element) -> Row:
    row = Row("")
    for child in response:
        tag = child.tag
        if tag == _PROPSTAT:
            _take_propstat(row, child)
        elif tag == _HREF:
            row.href = (child.text or "").strip()
        elif tag == _STATUS:
            row.status = _status_code(child.text)
    return row


def _take_propstat(row: Row, propstat: etree._Element) -> None:
    found: etree._Element | None = None
    status: int | None = 200
    for child in propstat:
        if child.tag == _PROP:
            found = child
        elif child.tag == _STATUS:
            status = _status_code(child.text)
    if found is not None and status is not None and 200 <= status < 300:
        for each in found:
            if isinstance(each.tag, str):
                row.properties[each.tag] = each


def _status_code(line: str | None) -> int | None:
    """The number in `HTTP/1.1 404 Not Found`."""
    for part in (line or "").split()[:2]:
        if len(part) == 3 and part.isascii() and part.isdigit():
            return int(part)
    return None


def preconditions(body: bytes) -> frozenset[str]:
    """The local names of the failed conditions in a `DAV:error` document (RFC 4918 §16); empty for
    any other document. Namespaces are not looked at: one server misspells them."""
    if b"error" not in body[:4096]:
        return frozenset()
    try:
        root = parse(body)
    except NotXml:
        return frozenset()
    if not isinstance(root.tag, str) or etree.QName(root).localname != "error":
        return frozenset()
    return frozenset(etree.QName(each).localname for each in root if isinstance(each.tag, str))


def hrefs_of_error(body: bytes) -> tuple[str, ...]:
    """The addresses named in a `DAV:error` document, such as the other holder of a UID."""
    try:
        root = parse(body)
    except NotXml:
        return ()
    return tuple(text.strip() for each in root.iter(_HREF) if (text := each.text))


def propfind(names: Iterable[str]) -> bytes:
    """A PROPFIND body that asks for these properties."""
    return _document("d:propfind", f"<d:prop>{_empty(names)}</d:prop>")


def sync_collection(token: str, names: Iterable[str]) -> bytes:
    """A sync-collection report since `token` ("" for everything), never limited (RFC 6578 §3.2)."""
    return _document(
        "d:sync-collection",
        f"<d:sync-token>{escape(token)}</d:sync-token><d:sync-level>1</d:sync-level>"
        f"<d:prop>{_empty(names)}</d:prop>",
    )


def calendar_multiget(hrefs: Iterable[str]) -> bytes:
    """A calendar-multiget report for these addresses, with version and body (RFC 4791 §7.9)."""
    wanted = "".join(f"<d:href>{escape(href)}</d:href>" for href in hrefs)
    asked = _empty((GETETAG, CALENDAR_DATA))
    return _document("c:calendar-multiget", f"<d:prop>{asked}</d:prop>{wanted}")


def _empty(names: Iterable[str]) -> str:
    parts = (name[1:].split("}") for name in names)
    return "".join(f"<{_PREFIXES[namespace]}:{local}/>" for namespace, local in parts)


def _document(root: str, inner: str) -> bytes:
    text = f'<?xml version="1.0" encoding="utf-8"?><{root} {_ROOT}>{inner}</{root}>'
    return text.encode()
