"""The stand-in server: requests in, answers out, with no network between.

Logging in, collections and what is said of them; single objects are `objects`', reports `reports`'.
Imports nothing of syncd. RFC 4791, RFC 4918, RFC 6764.
"""

from __future__ import annotations

import base64
import hashlib
import re
import threading
import time
from collections.abc import Callable

from . import objects, reports
from .messages import Answer, Request, Reset, hrefs, multistatus, row, text_property
from .store import Store, Stored
from .switches import Quirks

USER, SECRET = "alice", "wonderland"
HOME = "/dav/alice/"
_EPOCH = 1_700_000_000
_ROOTS = ("/", "/dav/")


class Site:
    """`calendars` by path; `seen` lists what was asked. `between` is called where a server that is
    not atomic has checked a condition and not written yet; it may ask the site something itself."""

    def __init__(self, quirks: Quirks, *, now: Callable[[], float] = time.time) -> None:
        self.quirks = quirks
        self.calendars: dict[str, Store] = {}
        self.seen: list[Request] = []
        self.between: Callable[[Request], None] | None = None
        self._now = now
        self._born = _EPOCH
        self._issued: dict[str, dict[str, tuple[int, int]]] = {}
        self._turn = threading.RLock()

    def answer(self, request: Request) -> Answer:
        """One at a time. `Reset` where the connection is to be dropped."""
        with self._turn:
            self.seen.append(request)
            every = self.quirks.resets_every
            if every and request.is_ours and len(self.seen) % every == 0:
                raise Reset
            found = self._refusal(request) or self._dispatch(request)
        return Answer(
            status=found.status, body=found.body, headers={**self.quirks.headers, **found.headers}
        )

    def make(self, path: str) -> Store:
        """An empty calendar at `path`, whatever was there."""
        self.calendars[path] = self.new_store(path)
        return self.calendars[path]

    def new_store(self, path: str = "") -> Store:
        """An empty calendar, to be put among `calendars`."""
        self._born += 1
        issued = self._issued.setdefault(path, {})
        return Store(self.quirks, self._born, self._now, issued)

    def find(self, path: str) -> tuple[str, Store | None, str]:
        """The collection that `path` would lie in, and its name there."""
        folder, _, name = path.rpartition("/")
        return f"{folder}/", self.calendars.get(f"{folder}/"), name

    def spell(self, path: str) -> str:
        return self.quirks.spell(path)

    def object_row(self, path: str, stored: Stored, *, with_body: bool) -> str:
        tag = text_property("d:getetag", stored.etag)
        body = text_property("c:calendar-data", stored.body) if with_body else ""
        return row(self.spell(path), tag + body)

    def _refusal(self, request: Request) -> Answer | None:
        if not self.quirks.asks_for_login:
            return None
        given = request.headers.get("authorization", "")
        if self.quirks.digest:
            challenge = 'Digest realm="r", nonce="n0", qop="auth", algorithm=MD5'
            allowed = given.startswith("Digest ") and _is_digest(given, request.method)
        else:
            challenge = 'Basic realm="r"'
            wanted = base64.b64encode(f"{USER}:{SECRET}".encode()).decode()
            allowed = given == f"Basic {wanted}"
        return None if allowed else Answer(status=401, headers={"WWW-Authenticate": challenge})

    def _dispatch(self, request: Request) -> Answer:
        if request.path == "/.well-known/caldav":
            return self._well_known()
        match request.method:
            case "OPTIONS":
                allowed = {"DAV": "1, calendar-access", "Allow": "PROPFIND, REPORT, PUT"}
                return Answer(status=200, headers=allowed)
            case "PROPFIND":
                return self._propfind(request)
            case "MKCALENDAR":
                return self._mkcalendar(request)
            case "REPORT":
                return reports.report(self, request)
            case "DELETE" if request.path in self.calendars:
                del self.calendars[request.path]
                return Answer(status=204)
            case _:
                return objects.answer(self, request)

    def _well_known(self) -> Answer:
        if self.quirks.well_known == 200:
            return Answer(status=200)
        return Answer(status=self.quirks.well_known, headers={"Location": HOME})

    def _mkcalendar(self, request: Request) -> Answer:
        path = request.path.rstrip("/") + "/"
        if path in self.calendars:
            return Answer(status=405)
        self.make(path)
        return Answer(status=201)

    def _propfind(self, request: Request) -> Answer:
        path, deep = request.path.rstrip("/") + "/", request.headers.get("depth") == "1"
        store = self.calendars.get(path)
        if store is not None:
            rows = [self._collection_row(path, store)]
            if deep:
                rows += [
                    self.object_row(path + name, each, with_body=False)
                    for name, each in store.objects.items()
                ]
            return multistatus(rows)
        if path == HOME or (path in _ROOTS and not deep):
            return multistatus([self._home_row(path), *(self._home_rows() if deep else ())])
        folder, calendar, name = self.find(request.path)
        if calendar is not None and name in calendar.objects:
            return multistatus(
                [self.object_row(folder + name, calendar.objects[name], with_body=False)]
            )
        if self.quirks.missing_is_a_row:
            return multistatus([row(self.spell(path), status=404)])
        return Answer(status=404)

    def _home_row(self, path: str) -> str:
        return row(
            path,
            "<d:resourcetype><d:collection/></d:resourcetype>"
            + hrefs("d:current-user-principal", HOME)
            + hrefs("c:calendar-home-set", HOME)
            + hrefs("c:calendar-user-address-set", "mailto:alice@example.org", HOME),
        )

    def _home_rows(self) -> list[str]:
        ends = ("/", ".ics", ".xml") if self.quirks.lists_thrice else ("/",)
        rows = [
            self._collection_row(path.rstrip("/") + end, store)
            for path, store in self.calendars.items()
            for end in ends
        ]
        boxes = ("inbox", "outbox") if self.quirks.lists_boxes else ()
        return rows + [
            row(
                f"{HOME}{box}/",
                f"<d:resourcetype><d:collection/><c:schedule-{box}/></d:resourcetype>",
            )
            for box in boxes
        ]

    def _collection_row(self, path: str, store: Store) -> str:
        largest = str(self.quirks.longest) if self.quirks.longest else ""
        return row(
            self.spell(path),
            "<d:resourcetype><d:collection/><c:calendar/></d:resourcetype>"
            + text_property("d:sync-token", store.token())
            + text_property("s:getctag", store.ctag)
            + text_property("c:max-resource-size", largest)
            + text_property("d:displayname", "Appointments")
            + hrefs("d:current-user-principal", HOME)
            + "<d:current-user-privilege-set><d:privilege><d:write/></d:privilege>"
            "</d:current-user-privilege-set><c:supported-calendar-component-set>"
            '<c:comp name="VEVENT"/></c:supported-calendar-component-set>',
        )


def _is_digest(given: str, method: str) -> bool:
    parts = {
        key: quoted or plain
        for key, quoted, plain in re.findall(r'(\w+)=(?:"([^"]*)"|([^, ]+))', given)
    }

    def md5(text: str) -> str:
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

    first, second = md5(f"{USER}:r:{SECRET}"), md5(f"{method}:{parts['uri']}")
    wanted = md5(f"{first}:n0:{parts['nc']}:{parts['cnonce']}:auth:{second}")
    return parts.get("response") == wanted
