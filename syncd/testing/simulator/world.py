"""One simulated world: its time, its calendars, its processes, and everybody who does something.

Owns all that is not determined: every choice comes from `choices`, every id from a seeded source,
every moment from one clock. Knows no promise: what must hold is the oracle's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from string import ascii_uppercase
from typing import TYPE_CHECKING, TypeVar

from syncd.core.appointment import Appointment, Status
from syncd.core.errors import LedgerAway, Locked, Refused, Unavailable
from syncd.core.events import EventStatus, RemoteEvent
from syncd.core.ids import CalendarId
from syncd.core.practice import Calendar
from syncd.flows.practice import apply_roster
from syncd.ledger import Ledger, Transaction, open_ledger
from syncd.ports import CalendarProvider
from syncd.testing.builders import an_activity
from syncd.testing.clock import FrozenClock, SeededRandomness
from syncd.testing.memory_calendar import MemoryCalendar
from syncd.testing.simulator.choices import Choices, Option
from syncd.testing.simulator.excuses import Excuses
from syncd.testing.simulator.network import WRITES, FarCalendar, Hot, Parcel
from syncd.testing.simulator.process import Node, Process, mandate_of
from syncd.testing.simulator.profile import STAFF, Profile, Templates
from syncd.testing.simulator.starts import Starts
from syncd.testing.simulator.tasks import Task, Tasks

if TYPE_CHECKING:
    from syncd.testing.simulator.intents import Intent
    from syncd.testing.simulator.oracle import Oracle

T = TypeVar("T")
NEAR = ("anywhere", Option("right there", 2))
HALF_HOUR = timedelta(minutes=30)


class World:
    """A world. `rates` says how often a seed lets each mishap happen at each occasion."""

    def __init__(
        self,
        choices: Choices,
        profile: Profile,
        templates: Templates,
        *,
        rates: Mapping[str, float],
        entropy: str,
    ) -> None:
        self.choices, self.profile, self.rates = choices, profile, rates
        self.clock = FrozenClock()
        self.randomness = SeededRandomness(entropy)
        self.zone = profile.tz
        self.practice: tuple[Calendar, ...] = profile.calendars
        self.calendars = {
            each.id: MemoryCalendar(profile.quirks, name=each.id) for each in self.practice
        }
        self.path = templates.folder / "ledger.sqlite3"
        _remove(self.path)
        templates.copy(profile, self.path)
        self.url = f"sqlite:///{self.path}"
        self.eyes: Ledger = open_ledger(
            self.url, clock=self.clock, randomness=SeededRandomness("eyes"), inline=True
        )
        self.tasks = Tasks()
        self.begun: list[Task] = []
        self.parcels: list[Parcel] = []
        self.unreachable: dict[str, str] = {}
        self.full: set[str] = set()
        self.is_calm = False
        self.trace: list[str] = []
        self.counts: Counter[str] = Counter()
        self._starts = Starts(self)
        self.hot = Hot()
        self._names = 0
        self.activity_name = an_activity().name
        self._applied = self.practice
        self._clients: list[str] = []
        self.excuses = Excuses(self.calendars)
        self.excuses.is_configured(self.practice)
        self._arriving: Intent | None = None
        self.unseen: Counter[str] = Counter()
        self.behind: Counter[str] = Counter()
        self.oracle: Oracle
        self.front = Process(self, "front")
        self.nodes: dict[str, Node] = {}

    def start(self, oracle: Oracle) -> None:
        """Everything is up."""
        self.oracle = oracle
        for number in range(1, self.profile.nodes + 1):
            self._boot(f"n{number}")

    def close(self) -> None:
        for process in (self.front, *self.nodes.values()):
            process.bury()
        self.eyes.close()
        _remove(self.path)

    @property
    def sending(self) -> Intent | None:
        """For what it is written that is written just now."""
        current = self.tasks.current
        return self._arriving or (current.intent if current is not None else None)

    # Chance

    def fate(self, where: str, mishaps: Iterable[str], *, times: float = 1) -> str:
        """What happens on this occasion: "go", or one of the mishaps, so many times as often as
        elsewhere."""
        if self.is_calm:
            return "go"
        times *= stress(where)
        offered = [Option(each, min(0.3, times * self.rates.get(each, 0.0))) for each in mishaps]
        calm = Option("go", max(0.0, 1 - sum(each.weight for each in offered)))
        fate = self.choices.pick(where, [calm, *offered])
        if fate != "go":
            self.tell(where, "->", fate)
            self.counts[f"{fate} at {where.partition(' ')[2]}"] += 1
        return fate

    def which(self, what: str, things: Sequence[T]) -> T | None:
        """One of these, the first unless the history says otherwise; None where there is none."""
        if not things:
            return None
        return things[int(self.choices.pick(what, [str(at) for at in range(len(things))]))]

    def tell(self, *words: object) -> None:
        """Add a line to the trace."""
        self.trace.append("  " + " ".join(str(word) for word in words))

    def passed(self, moment: str) -> None:
        """Something could have happened here."""
        self.counts[f"moment: {moment}"] += 1

    def a_name(self, what: str) -> str:
        """A value that nobody in this history ever wrote."""
        self._names += 1
        return f"{what}-{self._names}"

    def a_new_name(self, what: str) -> str:
        """The same with other initials each time."""
        name = self.a_name(what)
        return f"{ascii_uppercase[self._names % 26]} {name}"

    def a_client(self) -> str:
        """The name of somebody new, or of somebody who was here before."""
        back = self.choices.pick("client", (Option("new", 3), "the last one", "the first one"))
        if back == "new" or not self._clients:
            self._clients.append(self.a_name("Client"))
            return self._clients[-1]
        return self._clients[0 if back == "the first one" else -1]

    def a_start(self) -> datetime:
        """A start that nothing in this history ever had."""
        return self._starts.next()

    # Processes

    def reach(self, process: Process, calendar_id: CalendarId) -> CalendarProvider:
        if self.tasks.current is not None:
            self.tasks.current.about = calendar_id
        return FarCalendar(process, self.calendars[calendar_id])

    def has_ended(self, name: str) -> bool:
        """Whether a node's process is known to be gone for certain."""
        return self.profile.knows_the_dead and (name not in self.nodes or self.nodes[name].is_dead)

    def run(self, task: Task) -> None:
        """Let a task go on; whoever crashed meanwhile is buried; rounds that began are let go."""
        self._advance(task)
        while self.begun:
            self._advance(self.begun.pop(0))

    def pass_time(self, by: timedelta) -> None:
        """The clock goes on; then every daemon's loop turns."""
        for node in self.nodes.values():
            node.hear()
        self.clock.advance(by)
        self.turn_all()

    def turn_all(self) -> None:
        """Every daemon's loop turns once; one that is down comes up again."""
        for name in list(self.nodes):
            node = self.nodes[name]
            if node.is_paused:
                continue
            if node.is_dead or node.has_stopped:
                node.bury()
                self._boot(name)
            self.nodes[name].turn()
        if self.front.is_dead:
            self._boot_front()

    def committed(self, process: Process, name: str) -> None:
        """A process committed something, just now."""
        self.counts[f"commit: {name}"] += 1
        if name.startswith("apply_roster"):
            with self.eyes.read() as view:
                self.excuses.is_configured(view.calendars())
        self.oracle.committed(process, name)

    def wrote(self, process: Process | None) -> None:
        """Somebody may have written to a calendar, just now."""
        self.oracle.look_at_writes(process)

    def watched(
        self, process: Process, name: str, work: Callable[[Transaction], T]
    ) -> Callable[[Transaction], T]:
        """The same work, looked at before its commit."""

        def watched(tx: Transaction) -> T:
            result = work(tx)
            mandate = mandate_of(work)
            self.oracle.about_to_commit(process, name, tx, result=result, mandate=mandate)
            return result

        return watched

    # People

    def attempt(self, name: str, deed: Callable[[World], str | None]) -> None:
        """Somebody does something that is possible just now, or cannot."""

        def work() -> None:
            try:
                what = deed(self)
            except (Refused, Unavailable, Locked, LedgerAway) as exc:
                what = f"refused: {type(exc).__name__}"
            if what is not None:
                self.tell(name, what)

        if self.front.is_dead:
            self._boot_front()
        self.run(self.tasks.new(name, self.front, work))

    def appointments(self, *statuses: Status) -> list[Appointment]:
        with self.eyes.read() as view:
            return [each for each in view.appointments() if each.status in statuses]

    def an_appointment(self, *statuses: Status) -> Appointment | None:
        """One of these, perhaps the very one that is being written, or one that was."""
        found = self.appointments(*statuses)
        with self.eyes.read() as view:
            links = view.links_of(each.id for each in found)
        written = [each for each in found if any(link.ref for link in links.get(each.id, ()))]
        there = [each for each in found if each.id == self.hot.mark]
        if there and self.choices.pick("where", NEAR) != "anywhere":
            return there[0]
        if written and self.choices.pick("which", ("any", Option("written", 3))) != "any":
            return self.which("appointment", written)
        return self.which("appointment", found)

    def an_event(self, *, cancelled: bool = False) -> tuple[MemoryCalendar, RemoteEvent] | None:
        found = {
            name: [
                event
                for event in calendar.events()
                if (event.status is EventStatus.CANCELLED) == cancelled
            ]
            for name, calendar in self.calendars.items()
        }
        there = [
            (self.calendars[name], event)
            for name, events in found.items()
            for event in events
            if event.ref == self.hot.ref
        ]
        if there and self.choices.pick("where", NEAR) != "anywhere":
            return there[0]
        calendar = self.which("calendar", list(self.calendars.values()))
        assert calendar is not None
        event = self.which("event", found[CalendarId(calendar.name)])
        return (calendar, event) if event is not None else None

    def apply_practice(self, calendars: tuple[Calendar, ...] | None = None) -> None:
        """Somebody edits the practice's file, and applies it."""
        self._applied = calendars or self._applied
        self.oracle.words.is_configured(self._applied)
        roster = self.profile.roster(self._applied, activity_name=self.activity_name)
        apply_roster(self.front.around, roster, STAFF)

    # Peace

    def heal(self) -> None:
        """No more faults: what is late arrives, who is down comes up, who waits goes on."""
        self.is_calm = True
        self.tell("HEAL")
        self.unreachable.clear()
        self.full.clear()
        for calendar in self.calendars.values():
            calendar.silent.clear()
        while self.tasks.parked or self.begun or self.parcels:
            for parcel in self.parcels:
                self.deliver(parcel)
            self.parcels.clear()
            for task in list(self.tasks.parked):
                if task in self.tasks.parked:
                    self.run(task)
        for node in self.nodes.values():
            node.is_paused = False

    def deliver(self, parcel: Parcel) -> None:
        """A request arrives long after it was given up. Nobody hears the answer."""
        self._arriving = parcel.intent
        with suppress(Refused, Unavailable):
            parcel.arrive()
        self._arriving = None
        self.tell("arrives late:", parcel.what, parcel.calendar_id)

    def _advance(self, task: Task) -> None:
        self.tasks.run(task)
        for process in (self.front, *self.nodes.values()):
            if process.is_dead and not process.is_buried:
                self.tell(process.name, "is gone")
                process.bury()
                self.begun = [each for each in self.begun if each.owner is not process]

    def _boot(self, name: str) -> None:
        skew = self.profile.skew if name == "n1" else -self.profile.skew
        self.nodes[name] = Node(self, name, skew=skew)

    def _boot_front(self) -> None:
        self.front = Process(self, "front")


def stress(where: str) -> float:
    """How much more often something happens here than elsewhere: most around a write to a calendar,
    least where a daemon only looks."""
    if where.endswith(" read"):
        return 0.3
    return 3 if any(each in where for each in (*WRITES, "Pusher", "apply_pull")) else 1


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm", ".lock"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
