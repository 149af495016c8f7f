"""A practice behind a stand-in for Cal.com, asked in this process; each exchange is judged.

Where the vendor's document is at hand (`SYNCD_CONTRACTS`), every answer has to fit it, and so does
every request that succeeds. The server that was recorded is older than the document.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import httpx
from recorded_calcom.contract import Contract
from recorded_calcom.recordings import OPENAPI
from recorded_calcom.replaying import TickingClock

from syncd_calcom.standin import (
    ALICE_KEY,
    CAL_DIY,
    RECORDED,
    Delivery,
    Desk,
    InProcess,
    Profile,
    a_practice,
)

SATURDAY = datetime(2031, 3, 1, 8, 0, tzinfo=UTC)
MONDAY = "2031-03-03"
HOOK = "http://127.0.0.1:9/hook"
JANE = {"name": "Jane Doe", "email": "jane@example.test", "timeZone": "Europe/Berlin"}
_VERSIONS = {
    "bookings": "2024-08-13",
    "slots": "2024-09-04",
    "event-types": "2024-06-14",
    "schedules": "2024-06-11",
}


class Practice:
    """Alice's and Bob's; `sent` are the deliveries, in order. `looking` is asked at each of them,
    as a receiver that asks the API would."""

    def __init__(self, profile: Profile = CAL_DIY, *, seed: int = 0) -> None:
        self.clock = TickingClock(SATURDAY)
        self.world = a_practice(self.clock, seed=seed, profile=profile, hook_url=HOOK)
        self.desk = Desk(self.world)
        self.desk.limits.is_off = True
        self.sent: list[Delivery] = []
        self.waited: list[timedelta] = []
        self.looking = lambda _: None
        transport = InProcess(self.desk, send=self._receive, wait=self.waited.append)
        self.transport = transport
        self.http = httpx.Client(transport=transport, base_url="http://cal.test")

    def _receive(self, delivery: Delivery) -> None:
        self.sent.append(delivery)
        self.looking(delivery)

    @property
    def told(self) -> list[dict[str, Any]]:
        return [json.loads(each.body) for each in self.sent]

    @property
    def triggers(self) -> list[str]:
        return [each["triggerEvent"] for each in self.told]

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = ALICE_KEY,
        version: str | None = "",
        **query: Any,
    ) -> httpx.Response:
        """`version` None: no header; left out: the family's own."""
        headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        if version == "":
            version = _VERSIONS.get(path.split("/")[2])
        if version is not None:
            headers["cal-api-version"] = version
        response = self.http.request(method, path, json=body, params=query or None, headers=headers)
        profile = self.world.profile
        if profile is not RECORDED and (version is None or version in profile.versions):
            judge(response)
        return response

    def data(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """Of an answer that succeeds."""
        response = self.ask(method, path, body, **more)
        assert response.status_code < 300, response.text
        return response.json().get("data")

    def book(self, start: str = f"{MONDAY}T09:00:00Z", **more: Any) -> Any:
        body = {"start": start, "eventTypeId": 301, "attendee": JANE, **more}
        return self.data("POST", "/v2/bookings", body)

    def move(self, uid: str, start: str, **more: Any) -> Any:
        key = more.pop("key", ALICE_KEY)
        body = {"start": start, **more}
        return self.data("POST", f"/v2/bookings/{uid}/reschedule", body, key=key)

    def cancel(self, uid: str, reason: str = "ill", **more: Any) -> Any:
        body = {"cancellationReason": reason, **more}
        return self.data("POST", f"/v2/bookings/{uid}/cancel", body)

    def read(self, uid: str, **more: Any) -> Any:
        return self.data("GET", f"/v2/bookings/{uid}", **more)

    def event_type(self, **more: Any) -> int:
        body = {"title": "Made", "slug": "made", "lengthInMinutes": 60, "minimumBookingNotice": 0}
        return self.data("POST", "/v2/event-types", body | more)["id"]

    def starts(self, **query: Any) -> list[str]:
        days = self.data("GET", "/v2/slots", **{"start": MONDAY, "end": MONDAY, **query})
        return [each["start"][11:16] for slots in days.values() for each in slots]


@cache
def _contract() -> Contract | None:
    return Contract() if OPENAPI.exists() else None


def judge(response: httpx.Response) -> None:
    """Fails over an exchange that does not fit the vendor's document, if that is at hand."""
    contract, request = _contract(), response.request
    if contract is None or "json" not in response.headers.get("content-type", ""):
        return
    path, headers = request.url.path, dict(request.headers)
    if contract.of_request(request.method, path, headers, None):
        return  # another version than the document describes
    wrong = contract.of_answer(request.method, path, response.status_code, response.json())
    if response.status_code < 300 and request.content:
        asked = json.loads(request.content)
        wrong += contract.of_request(request.method, path, headers, asked)
    assert not wrong, wrong
