"""The doors for what servers answer: XML, headers, bodies. As `targets`, without a socket."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

import httpx

from syncd.core.errors import Refused, SyncdError, Unavailable
from syncd.core.events import Absent, RemoteEvent, Unreadable
from syncd.core.ids import CalendarId, Cursor, EventRef
from syncd.ports import Access, ChangeSet, Rescan
from syncd_caldav import feed, xml
from syncd_caldav.answers import Answer, decoded_body, redirect_target
from syncd_caldav.collection import Collection
from syncd_caldav.credentials import Credentials
from syncd_caldav.dav import Dav
from syncd_caldav.discovery import _Search
from syncd_caldav.etags import as_version, same, strong
from syncd_caldav.failures import failure, is_about_uid, refused_object, retry_after
from syncd_caldav.fetch import Fetcher
from syncd_caldav.outcome import _outcome
from syncd_caldav.settings import CalDavSettings

from .targets import NOW, require, require_quiet

PATH = "/cal/work/"
ORIGIN = "https://cloud.example.org"
REFS = (EventRef(f"{PATH}1.ics"), EventRef(f"{PATH}2.ics"), EventRef(f"{PATH}ü %41.ics"))
CURSORS = (Cursor("sync:http://sabre.io/ns/sync/5"), Cursor("sync:t"), Cursor("ctag:c"))
CAP = 1 << 16
PORT = (Unavailable, Refused)
"""What may cross the port; `Unknown` and the like are never raised there, and `Broken` is not."""


class Clock:
    def now(self) -> datetime:
        return NOW

    def monotonic(self) -> float:
        return 0.0


@dataclass
class OneAnswer:
    """A door to a server that answers everything alike. Stands in for `Dav`."""

    body: bytes
    status: int = 207
    headers: httpx.Headers = field(default_factory=httpx.Headers)
    origin: str = ORIGIN
    answered: bool = True
    asked: int = 0

    def propfind(self, path: str, body: bytes, *, depth: str) -> Answer:
        return self._answer("PROPFIND", path)

    def report(self, path: str, body: bytes, *, depth: str) -> Answer:
        return self._answer("REPORT", path)

    def get(self, path: str) -> Answer:
        return self._answer("GET", path, 200 if self.status == 207 else self.status)

    def _answer(self, method: str, path: str, status: int | None = None) -> Answer:
        self.asked += 1
        require(self.asked < 500, "a server is asked without end")
        require(path.startswith("/") and path.isascii(), "a path that is none")
        return Answer(
            method=method,
            path=path,
            status=self.status if status is None else status,
            headers=self.headers,
            body=self.body,
        )


def multistatus(data: bytes) -> None:
    """An XML answer, as whatever it may be the answer to."""
    xml.preconditions(data)
    xml.hrefs_of_error(data)
    with suppress(xml.NotXml):
        for row in xml.parse_multistatus(data).rows:
            for name in (*row.properties, xml.GETETAG):
                require(isinstance(row.text(name), str), "a text that is none")
                row.raw_text(name)
                row.names(name)
                row.hrefs_in(name)
                row.href_in(name)
            require(row.is_calendar in (True, False), "neither a calendar nor none")
    _use(OneAnswer(data))
    _search(OneAnswer(data))


def _use(door: OneAnswer) -> None:
    """Every way in which the engine asks a calendar."""
    dav: Dav = door  # type: ignore[assignment]  # it stands in for one
    calendar = Collection(dav, PATH, Clock())
    for ask in (
        calendar.check,
        lambda: feed.listing(calendar, bodies=True),
        lambda: feed.listing(calendar, bodies=False),
        *(lambda cursor=cursor: feed.changes(calendar, cursor) for cursor in CURSORS),
        lambda: Fetcher(calendar).get_many(REFS),
        lambda: Fetcher(calendar).get(REFS[0]),
    ):
        door.asked = 0
        try:
            found = ask()
        except PORT as problem:
            require_quiet(str(problem))
            continue
        if isinstance(found, ChangeSet):
            _require_changes(calendar, found)
        elif isinstance(found, Rescan):
            require_quiet(found.reason)
        elif isinstance(found, dict):
            require(set(found) <= set(REFS), "an answer about something else")
            require(
                all(isinstance(each, RemoteEvent | Unreadable | Absent) for each in found.values()),
                "neither an event nor none",
            )


def _require_changes(calendar: Collection, found: ChangeSet) -> None:
    for seen in found.changed:
        require(calendar.hrefs.holds(seen.ref), "an object outside the calendar")
        require(calendar.hrefs.spelling(seen.ref).isascii(), "an address that cannot be asked for")
    require(found.cursor is None or len(found.cursor) <= 5000, "a cursor without bounds")


def _search(door: OneAnswer) -> None:
    settings = CalDavSettings(url=ORIGIN + PATH, username="alice", password="env:X")
    access = Access(
        calendar_id=CalendarId("x"),
        settings=settings.model_dump(exclude_none=True),
        secret=lambda _: "secret",
        zone=ZoneInfo("Europe/Berlin"),
        clock=Clock(),
    )
    dav: Dav = door  # type: ignore[assignment]  # it stands in for one
    search = _Search(dav, access, settings)
    try:
        for row in search._calendars_from(PATH):
            require(search._described(row).url.startswith(ORIGIN), "a calendar elsewhere")
    except PORT as problem:
        require_quiet(str(problem))
    str(search._what_stood_in_the_way())


def headers(data: bytes) -> None:
    """A status line and headers, one on a line, as `207` and `ETag: "1"`; then an empty line and a
    body, in whatever encoding the headers name."""
    head, _, body = data.partition(b"\n\n")
    first, *lines = head.split(b"\n")
    status = int(first) if first.isdigit() and len(first) == 3 and first >= b"200" else 207
    fields = [
        (name.strip(), value.strip())
        for name, colon, value in (line.partition(b":") for line in lines)
        if colon and name.strip().isalnum() | name.strip().replace(b"-", b"").isalnum()
    ]
    given = httpx.Headers(fields)
    response = httpx.Response(status, headers=given, stream=httpx.ByteStream(body))
    try:
        content = decoded_body(response, CAP)
        require(len(content) <= CAP, "more than the cap")
    except Unavailable as problem:
        require(len(str(problem)) < 200, "a message as long as a header")
        content = body
    moved = redirect_target(response, ORIGIN + PATH)
    answer = Answer(
        method="PROPFIND", path=PATH, status=status, headers=given, body=content, moved_to=moved
    )
    wait = retry_after(answer, NOW)
    require(wait is None or 0 <= wait.total_seconds() <= 86_400, "a wait without bounds")
    version = as_version(given.get("etag", ""))
    require(len(version) <= 1024 and version.isprintable(), "a version that is none")
    require(same(version, version) or not version.strip('W/"'), "a version is not itself")
    strong(version)
    found = failure(answer, NOW)
    require(isinstance(found, SyncdError), "a failure that is none")
    refused_object(answer)
    is_about_uid(answer)
    _outcome(answer)
    _use(OneAnswer(content, status=status, headers=given))
    _log_in(given)


def _log_in(given: httpx.Headers) -> None:
    """Answer the challenges as the client would, with a password and with a token."""
    for username in ("alice", None):
        login = Credentials(username=username, reference="env:X", secret=lambda _: "s3cret")
        login.auth()
        login.adapt(given.get_list("www-authenticate"))
        way = login.auth()
        require(way is not None, "a login without a way")
        request = httpx.Request("PROPFIND", ORIGIN + PATH, content=b"")
        steps = way.sync_auth_flow(request)  # type: ignore[union-attr]  # required above
        try:
            next(steps)
            steps.send(httpx.Response(401, headers=given, request=request))
        except StopIteration:
            pass
        except PORT as problem:
            require("s3cret" not in str(problem), "a message repeats the secret")
        finally:
            steps.close()


def date_header(data: bytes) -> None:
    """A Retry-After by itself."""
    value = data.replace(b"\n", b" ").replace(b"\r", b" ").replace(b"\0", b" ")
    given = httpx.Headers([(b"retry-after", value)])
    wait = retry_after(Answer(method="GET", path=PATH, status=503, headers=given), NOW)
    require(wait is None or 0 <= wait.total_seconds() <= 86_400, "a wait without bounds")
