"""One request from arrival to answer, without any network: parse, route, limit, identify, handle.

Observed: the body is read before the address is known, and the limit counts only what has an
address and a key that exists; so a body that cannot be read and an unknown address carry no headers
of the limit.
"""

from __future__ import annotations

import json
import re
from collections.abc import Generator
from dataclasses import replace
from functools import cache

from syncd_calcom.standin.asked import Asked, Handler
from syncd_calcom.standin.auth import check_key, identify
from syncd_calcom.standin.faults import GATEWAY_TIMEOUT, Effect, Fault
from syncd_calcom.standin.limits import Limits, too_many
from syncd_calcom.standin.messages import Answer, Call, HungUp, Steps, Wait
from syncd_calcom.standin.refusals import Refusal, bare, refused
from syncd_calcom.standin.routes import ROUTES, Route
from syncd_calcom.standin.versions import Edition, edition, version_of
from syncd_calcom.standin.world import World

_LONGEST_BODY = 100 * 1024
_NO_ANSWER = {Effect.LOST, Effect.TIMEOUT}


class Desk:
    """Answers calls from a world. Whoever drives the steps holds no more than one of them at a
    time, so that what is between two steps happens at once."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.limits = Limits(world)

    def steps(self, call: Call) -> Steps:
        """Raises HungUp where the client gets no whole answer."""
        fault = self.world.faults.strike(call)
        if fault is None:
            return (yield from self._answered(call))
        if fault.effect is Effect.CUT:
            raise HungUp
        if fault.effect is Effect.STATUS:
            return bare(fault.status, fault.message).answer(call, self.world)
        if fault.effect is Effect.LIMITED:
            return self.limits.refusal(call)
        if fault.effect is Effect.STALE and call.method == "GET":
            return self._stale(call)
        return (yield from self._spoilt(call, fault))

    def _spoilt(self, call: Call, fault: Fault) -> Steps:
        answer = yield from self._answered(call)
        late = fault.delay
        if fault.effect is Effect.TIMEOUT:
            late = late or GATEWAY_TIMEOUT
        if late:
            yield Wait(late)
        if fault.effect in _NO_ANSWER:
            raise HungUp
        if fault.effect is Effect.HALF:
            raise HungUp(answer)
        return answer

    def _stale(self, call: Call) -> Answer:
        """Of reads only; a write goes its way."""
        world = self.world
        today, world.bookings = world.bookings, world.past()
        try:
            found = self._answered(call)
            return _finished(found)
        finally:
            world.bookings = today

    def _answered(self, call: Call) -> Steps:
        try:
            answer = yield from self._handled(call)
        except Refusal as refusal:
            answer = refusal.answer(call, self.world)
        return answer

    def _handled(self, call: Call) -> Steps:
        payload = _payload(call)
        route, handler, parameters = self._routed(call)
        check_key(call, self.world)
        standing = self.limits.count(call)
        try:
            if standing.is_over:
                raise too_many()
            caller = identify(call, self.world, route.access, route.scope)
            asked = Asked(
                world=self.world,
                call=call,
                caller=caller,
                version=version_of(call, self.world.profile),
                parameters=parameters,
                payload=payload,
            )
            answer = yield from self._performed(handler, asked)
        except Refusal as refusal:
            answer = refusal.answer(call, self.world)
        return replace(answer, headers={**answer.headers, **standing.headers()})

    def _performed(self, handler: Handler, asked: Asked) -> Steps:
        if asked.call.method != "GET" and self.world.faults.needs_the_past:
            self.world.remember()
        found = handler(asked)
        return found if isinstance(found, Answer) else (yield from found)

    def _routed(self, call: Call) -> tuple[Route, Handler, dict[str, str]]:
        """Observed: capitals, a closing slash and a leading `/api` make no difference."""
        path = call.path.removeprefix("/api").rstrip("/") or "/"
        method = "GET" if call.method == "HEAD" else call.method
        version = version_of(call, self.world.profile)
        for route in ROUTES:
            found = _pattern(route.path).fullmatch(path)
            if route.method != method or found is None or not route.is_in(self.world.profile):
                continue
            handler = _handler(route, edition(route.family, version))
            if handler is not None:
                return route, handler, found.groupdict()
        raise refused(404, f"Cannot {call.method} {call.target}")


def _finished(steps: Generator[object, None, Answer]) -> Answer:
    while True:
        try:
            next(steps)
        except StopIteration as end:
            answer: Answer = end.value
            return answer


def _handler(route: Route, found: Edition) -> Handler | None:
    match found:
        case Edition.CURRENT:
            return route.handler
        case Edition.LEGACY:
            return route.legacy
        case Edition.NONE:
            return None


@cache
def _pattern(path: str) -> re.Pattern[str]:
    """Names match any segment, the rest in any case."""
    return re.compile(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", path), re.IGNORECASE)


def _payload(call: Call) -> object:
    """Observed: anything that is not said to be JSON reads as an empty object; JSON must be an
    object or a list."""
    if len(call.body) > _LONGEST_BODY:
        raise bare(413, "request entity too large")
    if not call.headers.get("content-type", "").startswith("application/json") or not call.body:
        return {}
    text = call.body.decode(errors="replace").lstrip()
    if text[:1] not in {"{", "["}:
        raise refused(400, f"Unexpected token '{text[:1]}' is not valid JSON")
    try:
        return json.loads(text)
    except ValueError as exc:
        raise refused(400, "Unexpected end of JSON input") from exc
