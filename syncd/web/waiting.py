"""Requests that wait until a calendar has said its word about a booking.

They hold no thread: one look at the ledger, a few times a second, serves all who wait, on whichever
node the word is heard. Decides nothing: once it is over, the flows say what it was.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool

from syncd.core import awaiting
from syncd.core.errors import SyncdError
from syncd.core.ids import AppointmentId
from syncd.web.office import Office

LOOK_EVERY = 0.15
"""Seconds between two looks."""


@dataclass(frozen=True, slots=True)
class _Waiter:
    which: AppointmentId
    until: float
    over: asyncio.Future[None]


class WaitingRoom:
    """Those who wait, of one application. For one event loop."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._waiting: list[_Waiter] = []
        self._work: asyncio.Task[None] | None = None

    def longest(self) -> float:
        """Until when whoever comes now waits at the longest, on the monotonic clock."""
        return self._office.around.clock.monotonic() + awaiting.LONGEST_WAIT.total_seconds()

    async def wait(self, which: AppointmentId, until: float) -> None:
        """Until nobody need wait for this booking any more, or that moment."""
        waiter = _Waiter(which, until, asyncio.get_running_loop().create_future())
        self._waiting.append(waiter)
        self._office.hurry()
        if self._work is None:
            self._work = asyncio.create_task(self._look_again_and_again())
        try:
            # Should looking itself break, nobody waits for ever.
            await asyncio.wait({waiter.over}, timeout=awaiting.LONGEST_WAIT.total_seconds() + 1)
        finally:
            if waiter in self._waiting:
                self._waiting.remove(waiter)

    async def _look_again_and_again(self) -> None:
        try:
            while self._waiting:
                await asyncio.sleep(LOOK_EVERY)
                await self._look()
        finally:
            self._work = None

    async def _look(self) -> None:
        """Whoever came after the look began waits for the next one: it may be older than they."""
        present = list(self._waiting)
        try:
            awaited = await run_in_threadpool(self._awaited)
        except SyncdError:  # the ledger is away; so is the word
            awaited = {each.which for each in present}
        moment = self._office.around.clock.monotonic()
        for each in present:
            is_over = each.which not in awaited or moment >= each.until
            if is_over and not each.over.done():
                each.over.set_result(None)

    def _awaited(self) -> set[AppointmentId]:
        with self._office.around.ledger.read() as view:
            return view.awaited()
