"""One process of syncd in a simulated world: a daemon's node, or the door that books.

It has a connection to the ledger and a clock of its own, and can end at any instant. After that
nothing of it acts any more, whatever its code tries on the way out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from syncd.core.errors import LedgerAway, SyncdError
from syncd.daemon.loop import STOP, UPKEEP, Loop
from syncd.daemon.notify import Notifier
from syncd.flows.mandate import Mandate
from syncd.flows.surroundings import Surroundings
from syncd.ledger import StandIn, Transaction, View, open_ledger
from syncd.testing.simulator.tasks import Crash

if TYPE_CHECKING:
    from syncd.testing.simulator.world import World

T = TypeVar("T")

UPKEEP_EVERY = timedelta(minutes=1)


class Terms:
    """How a simulated daemon works."""

    workers = 4
    heartbeat_every = timedelta(seconds=20)
    lease_ttl = timedelta(seconds=60)


class NodeClock:
    """A node's own wall clock, which may be wrong by `skew`; the database's is the world's."""

    def __init__(self, world: World, skew: timedelta) -> None:
        self._world = world
        self.skew = skew

    def now(self) -> datetime:
        return self._world.clock.now() + self.skew

    def monotonic(self) -> float:
        return self._world.clock.monotonic()


class _Undone(Exception):
    """Ends the first run of a write that the database then asks for again."""


class ProcessLedger:
    """The ledger as one process has it: anything may happen around its commits."""

    def __init__(self, process: Process, url: str) -> None:
        world = process.world
        self._process = process
        self._ledger = open_ledger(
            url,
            clock=process.clock,
            stand_in=StandIn(lease_clock=world.clock, before_commit=self._about_to_commit),
            randomness=world.randomness,
            inline=True,
        )

    @property
    def commits(self) -> int:
        return self._ledger.commits

    @contextmanager
    def read(self) -> Iterator[View]:
        self._process.moment("read", ("switch", "crash", "ledger away"))
        with self._ledger.read() as view:
            yield view

    def write(self, work: Callable[[Transaction], T]) -> T:
        process, name = self._process, name_of(work)
        fate = process.moment(f"before {name}", ("switch", "crash", "ledger away", "done again"))
        if fate == "done again":
            self._undo(work)
        commits = self._ledger.commits
        result = self._ledger.write(process.world.watched(process, name, work))
        if self._ledger.commits > commits:
            process.world.committed(process, name)
        process.moment(f"after {name}", ("switch", "crash", "ledger away"), ambiguous=True)
        return result

    def close(self) -> None:
        self._ledger.close()

    def _about_to_commit(self) -> None:
        """Everything is said and nothing is durable yet."""
        self._process.moment("commit", ("crash", "ledger away"))

    def _undo(self, work: Callable[[Transaction], Any]) -> None:
        """As PostgreSQL does after a serialization failure: all of it is undone and done again."""

        def once(tx: Transaction) -> None:
            work(tx)
            raise _Undone

        with suppress(_Undone, SyncdError):
            self._ledger.write(once)


class Process:
    """A process that is up. `name` is its node's."""

    def __init__(self, world: World, name: str, *, skew: timedelta = timedelta(0)) -> None:
        self.world = world
        self.name = name
        self.is_dead = False
        self.is_buried = False
        self.is_paused = False
        self.clock = NodeClock(world, skew)
        self.ledger = ProcessLedger(self, world.url)
        self.around = Surroundings(
            ledger=self.ledger,  # type: ignore[arg-type]
            clock=self.clock,
            randomness=world.randomness,
            open_provider=lambda calendar, _: world.reach(self, calendar.id),
            node=name,
            pull_batch=world.profile.batch,
            push_batch=world.profile.batch,
            has_ended=world.has_ended,
        )

    def moment(
        self, what: str, mishaps: tuple[str, ...], *, ambiguous: bool = False, times: float = 1
    ) -> str:
        """An instant at which something may happen to this process, so many times as often as
        elsewhere; what happened, if it is for the caller to see to."""
        if self.is_dead:
            raise Crash
        if self.world.tasks.current is None:
            return "go"
        self.world.passed(what)
        fate = self.world.fate(f"{self.name} {what}", mishaps, times=times)
        match fate:
            case "crash":
                self.is_dead = True
                raise Crash
            case "switch":
                self.world.tasks.yield_here()
                if self.is_dead:
                    raise Crash
            case "ledger away":
                raise LedgerAway("the database broke off", ambiguous=ambiguous)
        return fate

    def bury(self) -> None:
        """Everything of it is gone; what it had not committed never was."""
        self.is_dead = True
        if not self.is_buried:
            self.is_buried = True
            self.world.tasks.kill(self)
            self.ledger.close()


class Node(Process):
    """A process that runs the daemon's own loop, its rounds beside it."""

    def __init__(self, world: World, name: str, *, skew: timedelta = timedelta(0)) -> None:
        super().__init__(world, name, skew=skew)
        self.loop = Loop(self.around, Terms(), Notifier({}, self.clock), start=self._start)
        self._turning = False
        self._upkeep_at = self.clock.monotonic()

    def turn(self) -> None:
        """One turn of the loop; the rounds that it begins wait for their first step."""
        if not self._turning:
            self._turning = True
            self.world.run(self.world.tasks.new(f"{self.name} turns", self, self._turn))

    def hear(self) -> None:
        """Take in how rounds ended."""
        if not (self.is_dead or self.is_paused or self._turning):
            self.loop.listen(timedelta(0))

    def stop(self) -> None:
        """As SIGTERM does."""
        self.loop.ring(STOP)

    @property
    def has_stopped(self) -> bool:
        return self.loop.exit_code is not None

    def _turn(self) -> None:
        if self.clock.monotonic() >= self._upkeep_at:
            self._upkeep_at = self.clock.monotonic() + UPKEEP_EVERY.total_seconds()
            self.loop.ring(UPKEEP)
        self.loop.listen(timedelta(0))
        self.loop.turn()
        self._turning = False

    def _start(self, work: Callable[[], None]) -> None:
        self.world.begun.append(self.world.tasks.new(f"{self.name} round", self, work))


def mandate_of(work: Callable[..., object]) -> Mandate | None:
    """The mandate in whose name a round writes this; None for what nobody holds a lease for."""
    inner = work.func if isinstance(work, partial) else work
    owner = getattr(inner, "__self__", None)
    cells = getattr(inner, "__closure__", None) or ()
    held = [getattr(owner, "mandate", None), *(each.cell_contents for each in cells)]
    return next((each for each in held if isinstance(each, Mandate)), None)


def name_of(work: Callable[..., object]) -> str:
    """What a write is called in a story: the function that it comes from."""
    inner = work.func if isinstance(work, partial) else work
    name: str = getattr(inner, "__qualname__", type(inner).__name__)
    return name.replace(".<locals>", "").replace(".<lambda>", "").lstrip("_")
