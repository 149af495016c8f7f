"""A small CalDAV server on loopback that departs from the RFCs as real servers were seen to.

Each switch of `Quirks` is one observed departure; the constants at the end combine them as DAViCal,
Cyrus, SOGo and two generations of sabre/dav do. Imports nothing of syncd.
"""

from __future__ import annotations

import base64
import hashlib
import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote, unquote, urlsplit

from calendar_servers import CalendarServer
from lxml import etree

DAV = "{DAV:}"
CAL = "{urn:ietf:params:xml:ns:caldav}"
USER, SECRET = "alice", "wonderland"
HOME = "/dav/alice/"
_EPOCH = 1_700_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Quirks:
    """What one kind of server does differently. Tokens: "sabre", "cyrus", "davical", "sogo" or
    "none"; etags: "hash", "counter" or "none"; same_uid: "stored", "409", "403" or "text"."""

    headers: Mapping[str, str] = field(default_factory=dict)
    tokens: str = "sabre"
    etags: str = "hash"
    ctag: bool = True
    bodies_in_report: bool = True
    tombstones_at_first: bool = False
    page: int = 0
    missing: str = "row"
    twice_is_two_rows: bool = False
    overwrites_despite_none_match: bool = False
    creates_despite_match: bool = False
    deletes_despite_match: bool = False
    absent_delete: int = 404
    same_uid: str = "stored"
    put_etag: bool = True
    rewrite: Callable[[str], str] = str
    refused: Callable[[str], int] = lambda _: 0
    spell: Callable[[str], str] = lambda path: quote(path, safe="/@")
    resets_every: int = 0
    digest: bool = False
    suffixes_etags: bool = False
    breaks_own_etags: bool = False
    lists_thrice: bool = False


@dataclass(slots=True)
class Stored:
    body: str
    etag: str
    uid: str


@dataclass(slots=True)
class Store:
    """One collection. `log` holds (count, second, name, deleted) of every change."""

    born: int
    count: int = 0
    objects: dict[str, Stored] = field(default_factory=dict)
    log: list[tuple[int, int, str, bool]] = field(default_factory=list)

    def note(self, name: str, *, deleted: bool) -> None:
        self.count += 1
        self.log.append((self.count, int(time.time()), name, deleted))


class QuirkyServer(ThreadingHTTPServer):
    """`calendars` by path; `seen` lists what was asked, as (method, path, headers)."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, quirks: Quirks) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.quirks = quirks
        self.calendars: dict[str, Store] = {}
        self.seen: list[tuple[str, str, Mapping[str, str]]] = []
        self.generation = 0
        self.turn = threading.RLock()

    def handle_error(self, *_: object) -> None:
        """A client that hangs up is no news."""

    def new_store(self) -> Store:
        """An empty calendar, to be put among `calendars`."""
        self.generation += self.quirks.tokens != "davical"
        return Store(_EPOCH + self.generation)

    def token(self, store: Store) -> str:
        match self.quirks.tokens:
            case "cyrus":
                return f"data:,{store.born}-{store.count + 1}"
            case "davical":
                return f"data:,{self.generation * 1000 + store.count}"
            case "sogo":
                return str(max((second for _, second, _, _ in store.log), default=-1))
            case "none":
                return ""
        return f"http://sabre.io/ns/sync/{store.count + 1}"

    def since(self, store: Store, token: str) -> int | None:
        """The change count that a report starts after; -1 for a full listing, None to refuse."""
        known = re.fullmatch(r"(?:http://sabre\.io/ns/sync/|data:,(?:(\d+)-)?)?(-?\d+)", token)
        match self.quirks.tokens:
            case "davical":
                number = int(known[2]) if known else 1 << 40
                current = self.generation * 1000 + store.count
                return -1 if number > current else number - self.generation * 1000
            case "sogo":
                if not known:
                    return -1
                return sum(second < int(known[2]) for _, second, _, _ in store.log)
            case "cyrus":
                if not known or known[1] != str(store.born) or int(known[2]) > store.count + 1:
                    return None
                return int(known[2]) - 1
        if not token.startswith("http://sabre.io/ns/sync/") or not known:
            return None
        return int(known[2]) - 1


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: QuirkyServer

    def log_message(self, *args: object) -> None:
        """Silent."""

    def version_string(self) -> str:
        return self.server.quirks.headers.get("Server", "quirky")

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = unquote(urlsplit(self.path).path)
        with self.server.turn:
            self.server.seen.append((self.command, path, dict(self.headers)))
            if self._resets():
                self._reset()
                return
            if not self._may_enter():
                return
            getattr(self, f"_{self.command.lower()}")(path, body)

    def __getattr__(self, name: str) -> Callable[[], None]:
        """The base class looks for a `do_…` of each verb."""
        if name.startswith("do_"):
            return self._serve
        raise AttributeError(name)

    def _resets(self) -> bool:
        every = self.server.quirks.resets_every
        return bool(every) and self._is_ours() and len(self.server.seen) % every == 0

    def _is_ours(self) -> bool:
        """Some departures would stop the colleague's client, which is not under test."""
        return "syncd" in self.headers.get("User-Agent", "")

    def _reset(self) -> None:
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.close_connection = True

    def _may_enter(self) -> bool:
        given = self.headers.get("Authorization", "")
        if self.server.quirks.digest:
            challenge = 'Digest realm="r", nonce="n0", qop="auth", algorithm=MD5'
            allowed = given.startswith("Digest ") and self._is_digest(given)
        else:
            challenge = 'Basic realm="r"'
            wanted = base64.b64encode(f"{USER}:{SECRET}".encode()).decode()
            allowed = given == f"Basic {wanted}"
        if not allowed:
            self._answer(401, b"", {"WWW-Authenticate": challenge})
        return allowed

    def _is_digest(self, given: str) -> bool:
        parts = {
            key: quoted or plain
            for key, quoted, plain in re.findall(r'(\w+)=(?:"([^"]*)"|([^, ]+))', given)
        }

        def md5(text: str) -> str:
            return hashlib.md5(text.encode()).hexdigest()

        first, second = md5(f"{USER}:r:{SECRET}"), md5(f"{self.command}:{parts['uri']}")
        wanted = md5(f"{first}:n0:{parts['nc']}:{parts['cnonce']}:auth:{second}")
        return parts.get("response") == wanted

    # answers

    def _answer(
        self, status: int, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> None:
        self.send_response(status)
        for name, value in {**self.server.quirks.headers, **(headers or {})}.items():
            if name != "Server":
                self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD" and status != 204:
            self.wfile.write(body)

    def _error(self, status: int, *conditions: str, inner: str = "") -> None:
        made = "".join(f"<{name}>{inner}</{name}>" for name in conditions)
        text = (
            f'<?xml version="1.0"?><d:error xmlns:d="DAV:" xmlns:c="{CAL[1:-1]}">{made}</d:error>'
        )
        self._answer(status, text.encode(), {"Content-Type": "application/xml"})

    def _multistatus(self, rows: list[str], token: str = "") -> None:
        tail = f"<d:sync-token>{token}</d:sync-token>" if token else ""
        text = (
            f'<?xml version="1.0" encoding="utf-8"?><d:multistatus xmlns:d="DAV:" '
            f'xmlns:c="{CAL[1:-1]}" xmlns:s="http://calendarserver.org/ns/">{"".join(rows)}{tail}</d:multistatus>'
        )
        self._answer(207, text.encode(), {"Content-Type": "application/xml; charset=utf-8"})

    def _row(self, path: str, props: str, *, status: int = 0) -> str:
        href = f"<d:href>{_escaped(self.server.quirks.spell(path))}</d:href>"
        if status:
            return f"<d:response>{href}<d:status>HTTP/1.1 {status} X</d:status></d:response>"
        return (
            f"<d:response>{href}<d:propstat><d:prop>{props}</d:prop>"
            "<d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>"
        )

    def _object_row(self, path: str, stored: Stored, *, with_body: bool) -> str:
        etag = f"<d:getetag>{_escaped(stored.etag)}</d:getetag>" if stored.etag else ""
        data = f"<c:calendar-data>{_escaped(stored.body)}</c:calendar-data>" if with_body else ""
        return self._row(path, etag + data)

    def _collection_row(self, path: str, store: Store) -> str:
        token = self.server.token(store)
        mark = f"<d:sync-token>{token}</d:sync-token>" if token else ""
        ctag = f"<s:getctag>{store.count}</s:getctag>" if self.server.quirks.ctag else ""
        return self._row(
            path,
            f"<d:resourcetype><d:collection/><c:calendar/></d:resourcetype>{mark}{ctag}"
            "<d:displayname>Appointments</d:displayname>"
            f"<d:current-user-principal><d:href>{HOME}</d:href></d:current-user-principal>"
            "<d:current-user-privilege-set><d:privilege><d:write/></d:privilege></d:current-user-privilege-set>"
            '<c:supported-calendar-component-set><c:comp name="VEVENT"/></c:supported-calendar-component-set>',
        )

    # verbs

    def _find(self, path: str) -> tuple[str, Store | None, str]:
        folder, _, name = path.rpartition("/")
        return f"{folder}/", self.server.calendars.get(f"{folder}/"), name

    def _options(self, path: str, body: bytes) -> None:
        self._answer(200, b"", {"DAV": "1, calendar-access", "Allow": "PROPFIND, REPORT, PUT"})

    def _mkcalendar(self, path: str, body: bytes) -> None:
        path = path.rstrip("/") + "/"
        if path in self.server.calendars:
            self._answer(405)
            return
        self.server.calendars[path] = self.server.new_store()
        self._answer(201)

    def _get(self, path: str, body: bytes) -> None:
        _, store, name = self._find(path)
        stored = store.objects.get(name) if store else None
        if stored is None:
            self._answer(404)
            return
        headers = {"Content-Type": "text/calendar; charset=utf-8"}
        if stored.etag:
            etag = stored.etag
            if self.server.quirks.suffixes_etags and self._is_ours():
                etag = etag[:-1] + '-gzip"'
            headers["ETag"] = etag
        self._answer(200, stored.body.encode(), headers)

    def _put(self, path: str, body: bytes) -> None:
        folder, store, name = self._find(path)
        quirks = self.server.quirks
        if store is None:
            self._answer(409)
            return
        old = store.objects.get(name)
        text = body.decode(errors="replace")
        if not self._condition_holds(old):
            self._error(412)
            return
        if status := quirks.refused(text):
            self._answer(status)
            return
        uid = (re.findall(r"(?m)^UID:(.*?)\r?$", text) or [""])[0]
        if self._is_uid_taken(store, folder, name, uid):
            return
        text = quirks.rewrite(text)
        stored = Stored(text, self._etag(old, text), uid)
        store.objects[name] = stored
        store.note(name, deleted=False)
        headers = {"ETag": stored.etag} if quirks.put_etag and stored.etag else {}
        self._answer(201 if old is None else 204, b"", headers)

    def _condition_holds(self, old: Stored | None) -> bool:
        quirks = self.server.quirks
        match, none_match = self.headers.get("If-Match"), self.headers.get("If-None-Match")
        if none_match == "*" and old is not None:
            return quirks.overwrites_despite_none_match
        if match is None:
            return True
        if old is None:
            return quirks.creates_despite_match
        return match == old.etag and not (quirks.breaks_own_etags and self._is_ours())

    def _is_uid_taken(self, store: Store, folder: str, name: str, uid: str) -> bool:
        kind = self.server.quirks.same_uid
        everywhere = self.server.calendars.items() if kind == "403" else [(folder, store)]
        for place, calendar in everywhere:
            for other, stored in calendar.objects.items():
                if stored.uid != uid or (place, other) == (folder, name) or kind == "stored":
                    continue
                if kind == "403":
                    inner = f"<d:href>{place}{other}</d:href>"
                    self._error(403, "c:unique-scheduling-object-resource", inner=inner)
                elif kind == "409":
                    self._error(409, "c:no-uid-conflict")
                else:
                    self._answer(409, b"Event UID already in use")
                return True
        return False

    def _etag(self, old: Stored | None, text: str) -> str:
        match self.server.quirks.etags:
            case "none":
                return ""
            case "counter":
                revision = int(old.etag[4:-1]) + 1 if old else 0
                return f'"gcs{revision:08d}"'
        return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'

    def _delete(self, path: str, body: bytes) -> None:
        if path in self.server.calendars:
            del self.server.calendars[path]
            self._answer(204)
            return
        _, store, name = self._find(path)
        quirks, match = self.server.quirks, self.headers.get("If-Match")
        old = store.objects.get(name) if store else None
        if store is None or old is None:
            self._answer(quirks.absent_delete if match and store else 404)
        elif (
            match
            and not quirks.deletes_despite_match
            and (match != old.etag or (quirks.breaks_own_etags and self._is_ours()))
        ):
            self._answer(412)
        else:
            del store.objects[name]
            store.note(name, deleted=True)
            self._answer(204)

    def _propfind(self, path: str, body: bytes) -> None:
        path = path.rstrip("/") + "/"
        store = self.server.calendars.get(path)
        if store is not None:
            rows = [self._collection_row(path, store)]
            if self.headers.get("Depth") == "1":
                rows += [
                    self._object_row(path + name, each, with_body=False)
                    for name, each in store.objects.items()
                ]
            self._multistatus(rows)
        elif path == HOME or (path in ("/", "/dav/") and self.headers.get("Depth") == "0"):
            rows = [
                self._row(
                    path,
                    "<d:resourcetype><d:collection/></d:resourcetype>"
                    f"<d:current-user-principal><d:href>{HOME}</d:href></d:current-user-principal>"
                    f"<c:calendar-home-set><d:href>{HOME}</d:href></c:calendar-home-set>"
                    "<c:calendar-user-address-set><d:href>mailto:alice@example.org</d:href>"
                    f"<d:href>{HOME}</d:href></c:calendar-user-address-set>",
                )
            ]
            if self.headers.get("Depth") == "1":
                for calendar, each in self.server.calendars.items():
                    copies = ("/", ".ics", ".xml") if self.server.quirks.lists_thrice else ("/",)
                    rows += [
                        self._collection_row(calendar.rstrip("/") + end, each) for end in copies
                    ]
            self._multistatus(rows)
        else:
            self._answer(404)

    def _report(self, path: str, body: bytes) -> None:
        store = self.server.calendars.get(path)
        root = etree.fromstring(body)
        if store is None:
            self._answer(404)
        elif root.tag == f"{DAV}sync-collection":
            self._sync(path, store, root)
        elif root.tag == f"{CAL}calendar-multiget":
            self._multiget(path, store, root)
        else:
            self._error(403, "d:supported-report")

    def _sync(self, path: str, store: Store, root: etree._Element) -> None:
        quirks = self.server.quirks
        if quirks.tokens == "none":
            self._error(403, "d:supported-report")
            return
        token = (root.findtext(f"{DAV}sync-token") or "").strip()
        start = -1 if not token else self.server.since(store, token)
        if start is None:
            self._error(403, "d:valid-sync-token")
            return
        with_body = quirks.bodies_in_report and root.find(f".//{CAL}calendar-data") is not None
        if start < 0:
            changed = dict.fromkeys(store.objects, False)
            if quirks.tombstones_at_first or (token and quirks.tokens == "sogo"):
                changed |= {name: True for _, _, name, _ in store.log if name not in store.objects}
        else:
            changed = {
                name: name not in store.objects for count, _, name, _ in store.log if count > start
            }
        rows = [
            self._row(path + name, "", status=404)
            if gone
            else self._object_row(path + name, store.objects[name], with_body=with_body)
            for name, gone in changed.items()
        ]
        echoes = quirks.tokens == "sabre" and token and not rows
        self._multistatus(rows, token if echoes else self.server.token(store))

    def _multiget(self, path: str, store: Store, root: etree._Element) -> None:
        quirks = self.server.quirks
        names = [unquote(href.text or "").rpartition("/")[2] for href in root.iter(f"{DAV}href")]
        if quirks.missing == "whole" and any(name not in store.objects for name in names):
            self._answer(404)
            return
        rows = []
        for name in names if quirks.twice_is_two_rows else dict.fromkeys(names):
            if name in store.objects:
                rows.append(self._object_row(path + name, store.objects[name], with_body=True))
            elif quirks.missing == "row":
                rows.append(self._row(path + name, "", status=404))
        self._multistatus(rows)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _publicly(text: str) -> str:
    """SOGo adds a CLASS to each event."""
    return re.sub(
        r"BEGIN:VEVENT(\r?\n)(?![\s\S]*CLASS:)", r"BEGIN:VEVENT\1CLASS:PUBLIC\1", text, count=1
    )


_PHP = {"Content-Type": "text/html; charset=UTF-8"}
"""What PHP says of an answer that says nothing itself."""
DAVICAL = Quirks(
    headers={"X-DAViCal-Version": "DAViCal/1.1.12; DB/1.3.4", **_PHP},
    tokens="davical",
    bodies_in_report=False,
    missing="omit",
)
CYRUS = Quirks(
    headers={"Server": "Cyrus-HTTP/3.6.1"},
    tokens="cyrus",
    twice_is_two_rows=True,
    same_uid="403",
)
SOGO = Quirks(
    headers={},
    tokens="sogo",
    etags="counter",
    tombstones_at_first=False,
    twice_is_two_rows=True,
    overwrites_despite_none_match=True,
    creates_despite_match=True,
    deletes_despite_match=True,
    same_uid="text",
    rewrite=_publicly,
    resets_every=23,
)
SABRE_4 = Quirks(
    headers=_PHP,
    missing="omit",
    absent_delete=412,
    spell=lambda path: quote(path, safe="/").replace("-", "%2d"),
)
SABRE_1 = Quirks(
    headers=_PHP,
    tokens="none",
    missing="whole",
    twice_is_two_rows=True,
    absent_delete=412,
)
BARE = Quirks(tokens="none", ctag=False, etags="none", same_uid="409", put_etag=False)


@contextmanager
def quirky(quirks: Quirks) -> Iterator[tuple[CalendarServer, QuirkyServer]]:
    """A running server: how to reach it, and its inside."""
    server = QuirkyServer(quirks)
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
    )
    thread.start()
    try:
        origin = f"http://127.0.0.1:{server.server_address[1]}"
        yield CalendarServer("quirky", origin, HOME, USER, SECRET), server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
