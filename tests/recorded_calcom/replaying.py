"""Asks the stand-in what a recording asked the real server, at the same times of its clock.

Requests that were sent at the same moment are sent at the same moment; their order in a recording
says nothing, so the winners go first. Deliveries of such a group are compared as one heap.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

import httpx

from syncd_calcom.standin import (
    ALICE_KEY,
    BOB_KEY,
    RECORDED,
    Delivery,
    Desk,
    Profile,
    World,
    a_practice,
    create_app,
)

from .comparing import Comparison
from .recordings import steps_of

HOOK = "http://127.0.0.1:5570/hook"
_LISTENS = "http://127.0.0.1:5570/"
"""The recorder's own; what went elsewhere nobody saw."""
BOOKER = "http://127.0.0.1:3300"
_BEGIN = datetime(2026, 11, 21, 2, 35, tzinfo=UTC)
_EARLIER = timedelta(seconds=1)
_TICK = timedelta(milliseconds=1)
_BEFORE = timedelta(milliseconds=600)
_TIMES = ("createdAt", "updatedAt", "timestamp")
_PAUSES = {
    ("rate-limit", 2): timedelta(seconds=2),
    ("rate-limit", 9): timedelta(seconds=20.2),
    ("rate-limit", 10): timedelta(seconds=42),
    ("after-the-end", 9): timedelta(seconds=121),
    ("slots-dst", 5): timedelta(seconds=3),
}
"""What no time in a recording tells."""
_AT_ONCE = {"slots-freshness", "rate-limit"}
"""Where slots were asked for without waiting until what is kept of them is old."""
_FIRST = {("cancel", 1): (25, 24), ("booking-create-race-overlap", 2): (4, 3)}
"""Which of two that both won came first."""
_LEFT_OUT = {("rate-limit", 2): 117}
"""Requests that were made between two steps and not recorded."""


class TickingClock:
    """Each look takes a millisecond, so that what is written later is later."""

    def __init__(self, start: datetime = _BEGIN) -> None:
        self.now = start

    def __call__(self) -> datetime:
        self.now += _TICK
        return self.now

    def advance(self, by: timedelta) -> None:
        self.now += by

    def reach(self, instant: datetime) -> None:
        self.now = max(self.now, instant)


@dataclass
class Replayed:
    """One step: what was recorded and what the stand-in did."""

    number: int
    recorded: dict[str, Any]
    response: httpx.Response
    deliveries: list[Delivery] = field(default_factory=list)
    seen: list[dict[str, Any]] = field(default_factory=list)


class Replay:
    """Of one scenario, from the sample world on."""

    def __init__(self, scenario: str, profile: Profile = RECORDED) -> None:
        self.scenario = scenario
        self.clock = TickingClock(_begin(scenario))
        self.world: World = a_practice(
            self.clock, profile=profile, booker_url=BOOKER, hook_url=HOOK
        )
        self.comparison = Comparison()
        self.comparison.ours["<key of alice>"] = ALICE_KEY
        self.done: list[Replayed] = []
        self._sent: list[Delivery] = []
        self._seen: list[dict[str, Any]] = []
        self._looks = False

    def run(self) -> list[str]:
        """Every difference, each with the number of its step."""
        return asyncio.run(self._run())

    async def _run(self) -> list[str]:
        app = create_app(Desk(self.world), self._receive)
        transport = httpx.ASGITransport(app)
        found: list[str] = []
        async with httpx.AsyncClient(transport=transport, base_url="http://cal.test") as client:
            self._client = client
            for group in _groups(self.scenario):
                await self._prepare(group)
                done = await asyncio.gather(*(self._ask(number, step) for number, step in group))
                self.done += done
                self.comparison.is_racing = len(group) > 1
                for each in done:
                    found += self._told(each.number, self._of_answer(each))
                found += self._told(group[0][0], self._of_deliveries(group))
        return found

    def _told(self, number: int, differences: Iterator[str]) -> list[str]:
        return [f"{number} {each}" for each in differences]

    async def _prepare(self, group: list[tuple[int, dict[str, Any]]]) -> None:
        self._sent, self._seen = [], []
        self._looks = any("get_inside_receiver" in each for each in _hooks(group))
        for number, step in group:
            self.clock.advance(_PAUSES.get((self.scenario, number), timedelta(0)))
            hint = _latest(step)
            if hint is not None:
                self.clock.reach(hint - _BEFORE)
            if step["request"]["path"] == "/v2/slots" and self.scenario not in _AT_ONCE:
                self.clock.advance(timedelta(seconds=3))
            if "setup" in step:
                self.world.keys[BOB_KEY].expires = _BEGIN
            for _ in range(_LEFT_OUT.get((self.scenario, number), 0)):
                await self._client.get("/v2/me", headers={"Authorization": f"Bearer {ALICE_KEY}"})

    async def _ask(self, number: int, step: dict[str, Any]) -> Replayed:
        asked = step["request"]
        headers = {**asked["headers"]}
        if "authorization" in headers:
            headers["authorization"] = _key(headers["authorization"])
        body, kind = _body(self.comparison.translated(asked))
        kind = headers.pop("content-type", kind)
        if kind not in {None, "none"}:
            headers["content-type"] = kind
        query = self.comparison.translated(_query(asked["query"]))
        response = await self._client.request(
            asked["method"],
            self.comparison.translated(asked["path"]),
            params=query or None,
            headers={name: value for name, value in headers.items() if value is not None},
            content=body,
        )
        return Replayed(number, step, response)

    async def _receive(self, delivery: Delivery) -> None:
        if not delivery.url.startswith(_LISTENS):
            return
        self._sent.append(delivery)
        if not self._looks:
            return
        payload = json.loads(delivery.body)["payload"]
        seen = {}
        for name in ("uid", "rescheduleUid"):
            if name in payload:
                seen[name] = await self._look(payload[name])
        self._seen.append(seen)

    async def _look(self, uid: str) -> dict[str, Any]:
        found = await self._client.get(
            f"/v2/bookings/{uid}",
            headers={"cal-api-version": "2024-08-13", "Authorization": f"Bearer {ALICE_KEY}"},
        )
        return {**found.json()["data"], "status_code": found.status_code}

    def _of_answer(self, done: Replayed) -> Iterator[str]:
        recorded = done.recorded["response"]
        if recorded is None:
            return
        response = done.response
        if recorded["status"] != response.status_code:
            yield f"status: {recorded['status']} was recorded, not {response.status_code}"
        limits = {each for each in recorded["headers"] if each.startswith("x-ratelimit")}
        if limits != {each for each in response.headers if each.startswith("x-ratelimit")}:
            yield f"headers: {sorted(limits)} were recorded"
        for name in limits if self.scenario == "rate-limit" else ():
            if recorded["headers"][name] != response.headers[name]:
                yield f"headers.{name}: {recorded['headers'][name]} was recorded"
        if recorded["body"] is None:
            return
        own = response.json() if response.content else None
        yield from self.comparison.differences(recorded["body"], own, "body")

    def _of_deliveries(self, group: list[tuple[int, dict[str, Any]]]) -> Iterator[str]:
        recorded = sorted(_hooks(group), key=_order_recorded)
        ours = sorted(self._sent, key=lambda each: _order(_path(each.url), each.body.decode()))
        if len(recorded) != len(ours):
            yield f"deliveries: {len(recorded)} were recorded, not {len(ours)}"
        for place, (theirs, own) in enumerate(zip(recorded, ours, strict=False)):
            path = f"deliveries[{place}]"
            if theirs["subscriber_path"] != _path(own.url):
                yield f"{path}: {theirs['subscriber_path']} was recorded, not {own.url}"
            names = {name.lower(): value for name, value in own.headers.items()}
            if theirs["headers"].keys() != names.keys():
                yield f"{path}.headers: {sorted(theirs['headers'])} were recorded"
            if theirs["headers"]["content-type"] != names["content-type"]:
                yield f"{path}: {theirs['headers']['content-type']} was recorded"
            yield from self._of_bodies(theirs["raw_body"], own.body.decode(), path)
        yield from self._of_looks(_hooks(group))

    def _of_bodies(self, recorded: str, own: str, path: str) -> Iterator[str]:
        try:
            theirs = json.loads(recorded)
        except ValueError:
            if self.comparison.translated(recorded) != own:
                yield f"{path}: {recorded!r} was recorded, not {own!r}"
            return
        yield from self.comparison.differences(theirs, json.loads(own), path)

    def _of_looks(self, hooks: list[dict[str, Any]]) -> Iterator[str]:
        recorded = [each["get_inside_receiver"] for each in hooks if "get_inside_receiver" in each]
        for place, (theirs, own) in enumerate(zip(recorded, self._seen, strict=True)):
            for name, shown in theirs.items():
                known = {key: own[name].get(key) for key in shown}
                path = f"seen[{place}].{name}"
                yield from self.comparison.differences(shown, known, path)


def _groups(scenario: str) -> Iterator[list[tuple[int, dict[str, Any]]]]:
    """Steps one by one; those of one moment together, in the order in which they won."""
    numbered = list(enumerate(steps_of(scenario)))
    keyed = groupby(numbered, key=lambda pair: pair[1].get("concurrent_group", -pair[0] - 1))
    for key, found in keyed:
        group = list(found)
        order = _FIRST.get((scenario, key))
        if order is not None:
            group.sort(key=lambda pair: order.index(pair[0]))
        elif len(group) > 1:
            group.sort(key=lambda pair: _won(pair[1]["response"]))
        yield group


def _won(response: dict[str, Any]) -> tuple[int, int]:
    data = response["body"].get("data") or {}
    return response["status"], data.get("id", 0)


def _hooks(group: list[tuple[int, dict[str, Any]]]) -> list[dict[str, Any]]:
    return [each for _, step in group for each in step["webhooks"]]


def _order_recorded(hook: dict[str, Any]) -> tuple[str, ...]:
    return _order(hook["subscriber_path"], hook["raw_body"])


def _order(path: str, raw: str) -> tuple[str, ...]:
    try:
        body = json.loads(raw)
    except ValueError:
        return (path, raw[:20])
    payload = body.get("payload", body)
    names = ("startTime", "length", "cancellationReason", "bookingId")
    return (path, *(str(payload.get(name)) for name in names), str(body.get("createdAt")))


def _path(url: str) -> str:
    return "/" + url.partition("://")[2].partition("/")[2]


def _begin(scenario: str) -> datetime:
    """Shortly before the first time that the recording tells."""
    found = [each for each in map(_latest, steps_of(scenario)) if each is not None]
    return min(found) - _EARLIER if found else _BEGIN


def _latest(value: Any) -> datetime | None:
    """Of the server's times in a step."""
    found = []
    match value:
        case dict():
            for name, each in value.items():
                if name == "request":
                    continue
                if name in _TIMES and isinstance(each, str):
                    found.append(datetime.fromisoformat(each))
                elif name == "raw_body" and isinstance(each, str) and each.startswith("{"):
                    found.append(_latest(json.loads(each)))
                else:
                    found.append(_latest(each))
        case list():
            found = [_latest(each) for each in value]
    return max((each for each in found if each is not None), default=None)


def _key(text: str) -> str:
    names = {
        "<key of alice without cal_>": ALICE_KEY.removeprefix("cal_"),
        "<key of alice>": ALICE_KEY,
        "<key of bob>": BOB_KEY,
        "<invalid key>": "cal_" + "0" * 31,
    }
    for name, value in names.items():
        text = text.replace(name, value)
    return text


def _body(asked: dict[str, Any]) -> tuple[bytes | None, str | None]:
    if "raw_body" in asked:
        return asked["raw_body"].encode(), "application/json"
    if "raw_body_repeat" in asked:
        parts = asked["raw_body_repeat"]
        text = parts["prefix"] + parts["char"] * parts["times"] + parts["suffix"]
        return text.encode(), "application/json"
    if asked["body"] is None:
        return None, None
    return json.dumps(asked["body"]).encode(), "application/json"


def _query(query: dict[str, Any]) -> dict[str, Any]:
    return {name: _key(value) if isinstance(value, str) else value for name, value in query.items()}
