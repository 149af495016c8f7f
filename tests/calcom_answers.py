"""Alice's account on a server whose answers each test writes itself, in the envelopes that Cal.com has."""

from __future__ import annotations

from contextlib import contextmanager
from zoneinfo import ZoneInfo

import httpx
import respx
from calcom_provider import NEW_YEAR

from syncd.core.events import RemoteEvent
from syncd.core.ids import CalendarId
from syncd.ports import Access
from syncd.testing.clock import FrozenClock
from syncd_calcom.client import Line
from syncd_calcom.provider import CalcomProvider

BASE = "http://localhost/v2"
KEY = "cal_live_0123456789abcdef"
ME = {
    "id": 101,
    "username": "alice",
    "email": "alice@example.test",
    "name": "Alice",
    "timeZone": "Europe/Berlin",
}
ROW = {
    "id": 1,
    "uid": "first",
    "title": "Half between Alice and Jane",
    "status": "accepted",
    "start": "2031-03-03T09:00:00.000Z",
    "end": "2031-03-03T09:30:00.000Z",
    "duration": 30,
    "eventTypeId": 301,
    "eventType": {"id": 301, "slug": "half"},
    "icsUid": "first@Cal.com",
    "hosts": [{"id": 101, "email": "alice@example.test", "timeZone": "Europe/Berlin"}],
    "attendees": [{"name": "Jane", "email": "jane@example.test", "timeZone": "Europe/Berlin"}],
    "createdAt": "2031-01-01T00:00:00.000Z",
    "updatedAt": "2031-01-01T00:00:00.000Z",
    "metadata": {},
}
TYPE = {"id": 301, "title": "Half", "slug": "half", "lengthInMinutes": 30}


def success(data, status=200, **headers):
    return httpx.Response(status, json={"status": "success", "data": data}, headers=headers)


def framework(status, message, code="BadRequestException", details=None):
    error = {"code": code, "message": message, "details": details}
    return httpx.Response(
        status,
        json={"status": "error", "timestamp": "now", "path": "/v2/bookings?x=jane", "error": error},
    )


def bare(status, message):
    return httpx.Response(status, json={"statusCode": status, "message": message})


def oauth(status, code):
    return httpx.Response(status, json={"error": code, "error_description": "The token is bad"})


def a_server():
    """For a fixture. Alice has one booking there; a test gives it other answers."""
    with respx.mock(base_url=BASE, assert_all_called=False) as router:
        router.get("/me").mock(return_value=success(ME))
        router.get("/bookings").mock(return_value=success([]))
        router.get("/event-types").mock(return_value=success([TYPE]))
        router.get("/event-types/301").mock(return_value=success(TYPE))
        router.get("/bookings/first").mock(return_value=success(ROW))
        yield router


@contextmanager
def a_provider(*, secrets=(KEY,), wait=lambda _: None):
    """Of Alice's account. It waits by calling `wait`, and reads the first of `secrets` as its key."""
    access = Access(
        calendar_id=CalendarId("alice"),
        settings={"url": BASE, "api_key": "env:KEY"},
        secret=lambda _: secrets[0],
        zone=ZoneInfo("Europe/Berlin"),
        clock=FrozenClock(NEW_YEAR),
    )
    provider = CalcomProvider(access, line=Line(wait=wait))
    yield provider
    provider.close()


def first(provider):
    found = provider.get_many(["first"])["first"]
    assert isinstance(found, RemoteEvent)
    return found
