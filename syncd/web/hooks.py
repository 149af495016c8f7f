"""Webhooks: proven, put into the inbox, and answered; in that order, and nothing else.

A plain route, for whoever sends one keeps somebody waiting: no thread for each, one commit for
many. What is not proven is answered alike, whether its calendar is there or not. Nothing of a
delivery is logged, and nothing of it is believed here.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import Scope

from syncd.core.errors import Locked, SyncdError, Unavailable
from syncd.core.ids import CalendarId
from syncd.core.problem import Problem
from syncd.flows.deliveries import Mailbox, Posted, keep
from syncd.ledger import Ledger, Transaction
from syncd.ports import Clock
from syncd.web.callers import address_of
from syncd.web.door import guarded
from syncd.web.limits import Limit
from syncd.web.office import Office
from syncd.web.problems import Malformed, NotJson, NotProven

PREFIX = "/webhooks"
READ_EVERY = 30.0
"""Seconds after which mailboxes and their secrets are looked up again: so soon holds a new one."""
LONGEST_WAIT = 10.0
"""Seconds that a delivery waits for its turn in the ledger."""
MEDIA_TYPES = ("application/json", "application/x-www-form-urlencoded")

log = structlog.get_logger(__name__)

ReadMailboxes = Callable[[], Sequence[Mailbox]]


class HookRoute(Route):
    """A route that the log knows by its own path, as it does those of the API."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        match, child = super().matches(scope)
        return match, {**child, "route": self}


def hook_routes(office: Office) -> list[HookRoute]:
    """The address of each calendar, and the short one of a practice with only one of a kind."""
    receiver = Receiver(office)
    handler = guarded(receiver.receive)
    paths = (f"{PREFIX}/{{provider}}/{{calendar}}", f"{PREFIX}/{{alias}}")
    return [HookRoute(each, handler, methods=["POST"]) for each in paths]


class Receiver:
    """Takes deliveries in, for one application."""

    def __init__(self, office: Office) -> None:
        clock = office.around.clock
        self._intake = Intake(office.around.ledger)
        self._mailboxes = Mailboxes(office.mailboxes, clock)
        self._calls = Limit(clock, office.requests_a_minute)
        self._failures = Limit(clock, office.failures_a_minute)

    async def receive(self, request: Request) -> Response:
        """202 once it is in the inbox, durably, be it now or before."""
        body = await _body(request)
        headers = _once(request)
        found = await self._mailboxes.find(request.path_params)
        if found is None or not found.source.is_genuine(headers, body, found.secrets):
            self._failures.count(address_of(request))
            raise NotProven("there is no such address, or no secret of it signed this body")
        self._calls.count(address_of(request))
        posted = Posted(
            calendar_id=found.calendar_id,
            media_type=_media_type(headers),
            hint=found.source.read(headers, body),
            body=body,
        )
        await self._intake.store(posted)
        return Response(status_code=202)


class Mailboxes:
    """The mailboxes as they were some seconds ago. Whoever comes while they are read anew is
    answered by the old ones. Where there is none, one of that kind is found that nothing opens, so
    that to be refused takes as long."""

    def __init__(self, read: ReadMailboxes, clock: Clock) -> None:
        self._read, self._clock = read, clock
        self._by_path: Mapping[tuple[str, ...], Mailbox] | None = None
        self._decoys: Mapping[str, Mailbox] = {}
        self._read_at = float("-inf")
        self._turn = asyncio.Lock()
        self._told: frozenset[Problem] = frozenset()

    async def find(self, path: Mapping[str, str]) -> Mailbox | None:
        known = await self._known()
        names = tuple(path[key] for key in ("provider", "calendar", "alias") if key in path)
        return known.get(names) or self._decoys.get(names[0])

    async def _known(self) -> Mapping[tuple[str, ...], Mailbox]:
        if self._is_old() and (self._by_path is None or not self._turn.locked()):
            async with self._turn:
                if self._is_old():
                    await self._read_anew()
        return self._by_path or {}

    def _is_old(self) -> bool:
        return self._clock.monotonic() - self._read_at >= READ_EVERY

    async def _read_anew(self) -> None:
        try:
            found = await run_in_threadpool(self._read)
        except SyncdError:
            if self._by_path is None:
                raise
            return  # the ledger is away; those of before still hold
        self._by_path = _by_path(found)
        closed = [replace(each, secrets=()) for each in found]
        self._decoys = {name: box for box in closed for name in (box.provider, box.source.alias)}
        self._read_at = self._clock.monotonic()
        self._tell({each: box.calendar_id for box in found for each in box.problems})

    def _tell(self, problems: Mapping[Problem, CalendarId]) -> None:
        for problem, calendar_id in problems.items():
            if problem not in self._told:
                log.error("webhook_not_provable", calendar=calendar_id, error=str(problem))
        self._told = frozenset(problems)


class Intake:
    """Puts deliveries into the inbox: those that come while others are being stored are stored
    together, by one write. For one event loop."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._waiting: list[_Arrival] = []
        self._work: asyncio.Task[None] | None = None

    async def store(self, posted: Posted) -> None:
        """It is there, durably, when this returns. Raises what kept it from being stored; what
        LedgerAway says is ambiguous may yet be there."""
        arrival = _Arrival(posted, asyncio.get_running_loop().create_future())
        self._waiting.append(arrival)
        if self._work is None:
            self._work = asyncio.create_task(self._store_all())
        await arrival.stored

    async def _store_all(self) -> None:
        try:
            while self._waiting:
                group, self._waiting = self._waiting, []
                await self._store_group(group)
        finally:
            self._work = None

    async def _store_group(self, group: list[_Arrival]) -> None:
        try:
            await written(self._ledger, partial(keep, posted=[each.posted for each in group]))
        except Exception as exc:  # noqa: BLE001  raised where each of them waits
            if len(group) == 1 or isinstance(exc, Unavailable):
                for each in group:
                    each.end(exc)
                return
            for each in group:  # one of them has spoilt it for the others
                await self._store_group([each])
        else:
            for each in group:
                each.end(None)


@dataclass(frozen=True, slots=True)
class _Arrival:
    """A delivery, and whoever waits until it is stored."""

    posted: Posted
    stored: asyncio.Future[None]

    def end(self, error: Exception | None) -> None:
        if self.stored.done():  # nobody waits any more
            return
        if error is None:
            self.stored.set_result(None)
        else:
            self.stored.set_exception(error)


async def written(ledger: Ledger, work: Callable[[Transaction], object]) -> None:
    """Done, durably, or raised and not done. Holds no thread meanwhile."""
    outcome = ledger.submit(work)
    waiting = asyncio.wrap_future(outcome)
    done, _ = await asyncio.wait({waiting}, timeout=LONGEST_WAIT)
    if not done and outcome.cancel():
        raise Locked("the ledger has been busy for too long; try again")
    await waiting


async def _body(request: Request) -> bytes:
    try:
        return await request.body()
    except ClientDisconnect:
        raise Malformed("the body ended too soon") from None


def _once(request: Request) -> dict[str, str]:
    """The headers, but for those that were sent twice: nobody can say which one is meant."""
    counts = Counter(request.headers.keys())
    return {name: value for name, value in request.headers.items() if counts[name] == 1}


def _media_type(headers: Mapping[str, str]) -> str:
    found = headers.get("content-type", "").partition(";")[0].strip().lower()
    if found not in MEDIA_TYPES:
        raise NotJson(f"a delivery is sent as {' or '.join(MEDIA_TYPES)}")
    return found


def _by_path(mailboxes: Sequence[Mailbox]) -> dict[tuple[str, ...], Mailbox]:
    """By provider and calendar; by the alias where it can mean only one."""
    found: dict[tuple[str, ...], Mailbox] = {
        (each.provider, each.calendar_id): each for each in mailboxes
    }
    aliases = Counter(each.source.alias for each in mailboxes)
    found.update(
        ((each.source.alias,), each) for each in mailboxes if aliases[each.source.alias] == 1
    )
    found.pop(("",), None)
    return found
