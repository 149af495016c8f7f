"""A request as it arrived, an answer as it will be sent, and the XML of WebDAV between them.

Knows no calendar. RFC 4918 §13 and §14.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

CALDAV_SPACE = "urn:ietf:params:xml:ns:caldav"
DAV = "{DAV:}"
CAL = f"{{{CALDAV_SPACE}}}"
_SPACES = f'xmlns:d="DAV:" xmlns:c="{CALDAV_SPACE}" xmlns:s="http://calendarserver.org/ns/"'
_XML = {"Content-Type": "application/xml; charset=utf-8"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """`path` is decoded; `target` is not, and has the query. Header names are in small letters."""

    method: str
    path: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def is_ours(self) -> bool:
        """Some departures would stop the colleague's client, which is not under test."""
        return "syncd" in self.headers.get("user-agent", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class Reset(Exception):
    """The connection is dropped without an answer."""


def error(status: int, *conditions: str, inner: str = "") -> Answer:
    """A refusal that names the preconditions which did not hold."""
    made = "".join(f"<{name}>{inner}</{name}>" for name in conditions)
    text = f'<?xml version="1.0"?><d:error {_SPACES}>{made}</d:error>'
    return Answer(status=status, body=text.encode(), headers=_XML)


def multistatus(rows: Iterable[str], token: str = "") -> Answer:
    tail = f"<d:sync-token>{escape(token)}</d:sync-token>" if token else ""
    text = (
        f'<?xml version="1.0" encoding="utf-8"?><d:multistatus {_SPACES}>'
        f"{''.join(rows)}{tail}</d:multistatus>"
    )
    return Answer(status=207, body=text.encode(), headers=_XML)


def row(href: str, properties: str = "", *, status: int = 0, condition: str = "") -> str:
    """A response of a multistatus: properties, or a status of its own."""
    named = f"<d:href>{escape(href)}</d:href>"
    if status:
        why = f"<d:error><{condition}/></d:error>" if condition else ""
        return f"<d:response>{named}<d:status>HTTP/1.1 {status} X</d:status>{why}</d:response>"
    return (
        f"<d:response>{named}<d:propstat><d:prop>{properties}</d:prop>"
        "<d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>"
    )


def text_property(name: str, value: str) -> str:
    return f"<{name}>{escape(value)}</{name}>" if value else ""


def hrefs(name: str, *values: str) -> str:
    """A property that holds addresses."""
    inner = "".join(f"<d:href>{escape(value)}</d:href>" for value in values)
    return f"<{name}>{inner}</{name}>"
