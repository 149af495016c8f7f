"""A CalDAV server on loopback that keeps octets as it gets them, readable or not.

One calendar. Knows no iCalendar: what a test puts there is what it gives out, and what syncd puts
there is what the test finds. Imports nothing of syncd.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import quote, unquote
from xml.sax.saxutils import escape

from faulty_http import Asked, Reply, ScriptedServer, scripted

PATH = "/cal/work/"
_TOKEN = "https://raw.example/sync/"
_OPENING = '<d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">'
_HREF = re.compile(rb"<(?:\w+:)?href>([^<]*)</")
_SINCE = re.compile(rb"sync-token>[^<]*?(\d+)</")
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass
class RawCalendar:
    """`objects` by name, each with its version; `changes` holds the names in order of change."""

    objects: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    changes: list[str] = field(default_factory=list)
    sends_bodies: bool = False

    def put(self, name: str, body: bytes) -> int:
        self.changes.append(name)
        self.objects[name] = (len(self.changes), body)
        return len(self.changes)

    def answer(self, asked: Asked) -> Reply:
        name = unquote(asked.path).removeprefix(PATH)
        match asked.method:
            case "PROPFIND":
                names = self.objects if asked.headers.get("Depth") == "1" else ()
                return self._multistatus([_row("", self._itself()), *map(self._listed, names)])
            case "REPORT" if b"sync-collection" in asked.body:
                since = _SINCE.search(asked.body)
                changed = dict.fromkeys(self.changes[int(since[1]) if since else 0 :])
                return self._multistatus(map(self._listed, changed), ends_with_token=True)
            case "REPORT":
                wanted = (unquote(each.decode()) for each in _HREF.findall(asked.body))
                return self._multistatus(self._whole(each.removeprefix(PATH)) for each in wanted)
            case "GET" if name in self.objects:
                return self._object(name)
            case "PUT":
                return self._put(name, asked)
        return Reply(status=404)

    def _put(self, name: str, asked: Asked) -> Reply:
        version = self.objects.get(name, (0, b""))[0]
        if asked.headers.get("If-None-Match") == "*" and version:
            return Reply(status=412)
        if asked.headers.get("If-Match", f'"{version}"') != f'"{version}"':
            return Reply(status=412)
        return Reply(status=204, headers={"ETag": f'"{self.put(name, asked.body)}"'})

    def _object(self, name: str) -> Reply:
        version, body = self.objects[name]
        kind = {"ETag": f'"{version}"', "Content-Type": "text/calendar"}
        return Reply(status=200, headers=kind, body=body)

    def _itself(self) -> str:
        return (
            "<d:resourcetype><d:collection/><c:calendar/></d:resourcetype>"
            f"<d:sync-token>{_TOKEN}{len(self.changes)}</d:sync-token>"
        )

    def _listed(self, name: str) -> str:
        return self._whole(name) if self.sends_bodies else self._versioned(name)

    def _versioned(self, name: str, more: str = "") -> str:
        version, _ = self.objects[name]
        return _row(name, f'<d:getetag>"{version}"</d:getetag>{more}')

    def _whole(self, name: str) -> str:
        """With its body, unless XML cannot carry that."""
        try:
            text = self.objects[name][1].decode()
        except UnicodeDecodeError:
            return self._versioned(name)
        if _NOT_XML.search(text):
            return self._versioned(name)
        return self._versioned(name, f"<c:calendar-data>{escape(text)}</c:calendar-data>")

    def _multistatus(
        self, rows: Iterator[str] | list[str], *, ends_with_token: bool = False
    ) -> Reply:
        token = f"<d:sync-token>{_TOKEN}{len(self.changes)}</d:sync-token>" * ends_with_token
        body = f"{_OPENING}{''.join(rows)}{token}</d:multistatus>"
        return Reply(status=207, headers={"Content-Type": "text/xml"}, body=body.encode())


def _row(name: str, properties: str) -> str:
    return (
        f"<d:response><d:href>{PATH}{quote(name)}</d:href><d:propstat><d:prop>{properties}</d:prop>"
        "<d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>"
    )


@contextmanager
def raw_server() -> Iterator[tuple[RawCalendar, ScriptedServer]]:
    """An empty calendar, and the server that shows it."""
    calendar = RawCalendar()
    with scripted(calendar.answer) as server:
        yield calendar, server
