"""The doors for what Cal.com sends: answers of its API, and webhooks. As `targets`, without a socket."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from zoneinfo import ZoneInfo

import httpx

from syncd.core.errors import Refused, Unavailable
from syncd.core.events import Absent, RemoteEvent, Unreadable
from syncd.core.ids import CalendarId, Cursor, EventRef, Version
from syncd.ports import Access, ChangeSet, Hint, Rescan
from syncd_calcom.client import Line
from syncd_calcom.discovery import discover
from syncd_calcom.hooks import SIGNATURE, VERSION, CalComWebhooks
from syncd_calcom.provider import CalcomProvider
from syncd_calcom.standin import ALICE_KEY, HOOK_TRIGGERS, Desk, InProcess, a_practice

from .targets import DRAFT, MARCH, NOW, require, require_quiet

URL = "http://localhost/v2"
REFS = (EventRef("o3A12R5aSZ"), EventRef("ü %41/.."))
CURSOR = Cursor('{"account":"x","created":"2031-01-01T00:00:00Z","known":{},"updated":"soon"}')
PORT = (Unavailable, Refused)
LONGEST = 200
SECRET = "fuzz"
OWNER = {"id": 101, "username": "alice", "email": "alice@example.test", "timeZone": "UTC"}
ME = {"status": "success", "data": OWNER}


class Clock:
    """Moves when it is waited for."""

    passed = 0.0

    def now(self):
        return NOW

    def monotonic(self):
        return self.passed

    def wait(self, duration):
        self.passed += duration.total_seconds()


def answer(data: bytes) -> None:
    """An answer of the API, as whatever it may be the answer to. Its first octet is its status; a
    large one is the answer about the account, too."""
    statuses = (200, 200, 200, 201, 400, 401, 403, 404, 409, 429, 500, 503)
    status = statuses[data[0] % len(statuses)] if data else 204
    asked: list[httpx.Request] = []

    def answered(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        require(len(asked) < 5000, "a server is asked without end")
        require(request.url.host == "localhost", "another server is asked")
        if data[:1] < b"\x80" and request.url.path.endswith("/me"):
            return httpx.Response(200, json=ME)
        return httpx.Response(status, content=data[1:])

    clock = Clock()
    line = Line(transport=httpx.MockTransport(answered), wait=clock.wait)
    access = Access(
        calendar_id=CalendarId("x"),
        settings={"url": URL, "api_key": "env:X"},
        secret=lambda _: ALICE_KEY,
        zone=ZoneInfo("Europe/Berlin"),
        clock=clock,
    )
    provider = CalcomProvider(access, line=line, take=3)
    before = provider.read(REFS[0], Version("1"), data[1:].decode(errors="replace"))
    for ask in (
        provider.check,
        lambda: provider.listing(bodies=True),
        lambda: provider.changes(CURSOR),
        lambda: provider.get_many(REFS),
        lambda: provider.create(DRAFT),
        lambda: provider.delete(REFS[0], Version("")),
        lambda: provider.occurrences(data[1:].decode(errors="replace"), MARCH),
        lambda: discover(access, line=line),
        *([lambda: provider.update(before, DRAFT)] if isinstance(before, RemoteEvent) else ()),
    ):
        asked.clear()
        try:
            found = ask()
        except PORT as problem:
            require_quiet(str(problem))
            continue
        _require_understood(found)
    provider.close()


def _require_understood(found: object) -> None:
    match found:
        case ChangeSet():
            require(all(each.ref for each in found.changed), "a booking without a name")
        case Rescan():
            require_quiet(found.reason)
        case Mapping():
            known = (RemoteEvent, Unreadable, Absent)
            require(set(found) <= set(REFS), "an answer about something else")
            require(all(isinstance(each, known) for each in found.values()), "not an event")


def hook(data: bytes) -> None:
    """A webhook: its body, and headers that say the same."""
    source, text = CalComWebhooks(), data.decode("latin-1")
    headers = {SIGNATURE: text, VERSION: text}
    for secrets in ((), ("",), (SECRET,), (SECRET, "former")):
        require(not source.is_genuine(headers, data, secrets), "anybody's word is taken")
    hint = source.read(headers, data)
    require(isinstance(hint, Hint), "not a hint")
    for said in (hint.id, hint.trigger, hint.version, hint.about):
        require(len(said) <= LONGEST and said.isprintable(), "more than a word")
    require(hint.sent_at is None or hint.sent_at.tzinfo is UTC, "a moment of nowhere")


def answers_told() -> list[bytes]:
    """What a server that behaves like the real one says."""
    world = a_practice(lambda: NOW)
    transport = InProcess(Desk(world))
    headers = {"Authorization": f"Bearer {ALICE_KEY}", "cal-api-version": "2024-08-13"}
    jane = {"name": "Jane Doe", "email": "jane@example.test", "timeZone": "Europe/Berlin"}
    booking = {"start": "2031-03-04T09:00:00Z", "eventTypeId": 301, "attendee": jane}
    with httpx.Client(transport=transport, base_url=URL, headers=headers) as http:
        found = [http.post("/bookings", json=booking), http.post("/bookings", json=booking)]
        found += [http.get(path) for path in ("/bookings", "/me", "/event-types", "/nowhere")]
        found.append(http.get("/bookings", headers={"Authorization": "Bearer x"}))
    statuses = {200: 0, 201: 3, 400: 4, 401: 5, 404: 7}
    return [bytes([statuses.get(each.status_code, 0)]) + each.content for each in found]


def hooks_told() -> list[bytes]:
    """Envelopes, a flat one, a test, a form."""
    wrapped = (
        '{"triggerEvent":"%s","createdAt":"2031-03-03T09:00:00Z","payload":{"uid":"o3A12R5aSZ"}}'
    )
    others = (
        '{"triggerEvent":"MEETING_ENDED","bookingUid":"x","endTime":"2031-03-03T09:00:00Z"}',
        '{"triggerEvent":"PING","payload":{"type":"Test"}}',
        "triggerEvent=BOOKING_CREATED&uid=o3A12R5aSZ",
    )
    return [each.encode() for each in (*(wrapped % name for name in HOOK_TRIGGERS), *others)]
