"""Random histories over the real flows and a real ledger, with everything going wrong, by seed.

A `World` is one clinic and its calendars; `agitate` lets people, faults, crashes and a second node
interleave at every call of the port and around every commit; `heal` ends the faults. Whatever a
promise forbids at the very moment of a write stops the run (`Violation`); what must hold at rest is
`oracle`'s. Everything is drawn from one seed; `trace` tells what happened.
"""

from __future__ import annotations

import random
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from syncd.core.appointment import Appointment, Status
from syncd.core.errors import (
    Forbidden,
    LeaseLost,
    LedgerAway,
    Locked,
    NeedsLogin,
    RateLimited,
    Refused,
    Rejected,
    SyncdError,
    Transient,
    Unavailable,
)
from syncd.core.events import EventStatus, RemoteEvent
from syncd.core.ids import CalendarId, EventRef
from syncd.core.journal import Cause
from syncd.core.practice import Calendar, Practitioner
from syncd.core.schedule import OpeningHours
from syncd.flows.apply import Mandate
from syncd.flows.calendars import release
from syncd.flows.practice import Roster, apply_roster
from syncd.flows.surroundings import Surroundings
from syncd.flows.sync import Report, run_round
from syncd.ledger import Ledger, View, open_ledger
from syncd.ports import CalendarProvider
from syncd.testing import memory_body
from syncd.testing.builders import a_calendar, a_practice, a_practitioner, an_activity, utc
from syncd.testing.clock import FrozenClock, SeededRandomness
from syncd.testing.faults import Moment, PortCall, answer_lost
from syncd.testing.memory_calendar import Hand, Happening, MemoryCalendar
from syncd.testing.memory_provider import MemoryProvider
from syncd.testing.quirks import CALDAV, Etag, Quirks

STAFF = Cause(actor="test:staff")
HALF_HOUR = timedelta(minutes=30)
FIRST_DAY = utc("2031-03-04 00:00")
WRITES = ("create", "update", "delete")


Deed = Callable[["World"], str | None]
"""Something that somebody does: what it was, or None when it could not be done."""


class Crash(BaseException):
    """The process is gone, at this very instant."""


class Violation(AssertionError):
    """A promise was broken."""


class _Undone(Exception):
    """Ends the first run of a write that the database then asks for again."""


@dataclass(frozen=True, kw_only=True)
class Rates:
    """How often each kind of mishap strikes, per moment. A history draws half of them."""

    fault: float = 0.08
    lost_answer: float = 0.25
    rejection: float = 0.08
    crash: float = 0.04
    meddling: float = 0.2
    second_node: float = 0.05
    ledger_away: float = 0.03
    rerun: float = 0.2


CALM = Rates(
    fault=0,
    lost_answer=0,
    rejection=0,
    crash=0,
    meddling=0,
    second_node=0,
    ledger_away=0,
    rerun=0,
)


def swarm(chance: random.Random) -> Rates:
    """A random half of the mishaps, or rare combinations never get far."""
    names = list(vars(CALM))
    return replace(Rates(), **{name: 0 for name in names if chance.random() < 0.5})


class FragileLedger:
    """The ledger of one process: anything may happen around its commits."""

    def __init__(self, world: World) -> None:
        self._world = world

    @property
    def commits(self) -> int:
        return self._world.ledger.commits

    @contextmanager
    def read(self) -> Iterator[View]:
        with self._world.ledger.read() as view:
            yield view

    def write(self, work: Callable[..., object]) -> object:
        world = self._world
        world.around_commit(after=False)
        if world.strikes("rerun"):
            world.rerun(work)
        result = world.ledger.write(work)
        world.around_commit(after=True)
        return result


@dataclass
class World:
    """One history. `quirks` by calendar id."""

    seed: int
    folder: Path
    template: Path
    calendars: dict[CalendarId, MemoryCalendar]
    practice: tuple[Calendar, ...]
    rates: Rates = CALM
    deeds: Sequence[Deed] = ()
    trace: list[str] = field(default_factory=list)
    depth: int = 0
    crashes: int = 0

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.clock = FrozenClock()
        self.randomness = SeededRandomness(self.seed)
        self.path = self.folder / f"{self.seed}.sqlite3"
        shutil.copy(self.template, self.path)
        self.ledger = self._open()
        self.minutes = list(range(0, 3 * 24 * 60, 7))
        self.chance.shuffle(self.minutes)
        self.names = 0
        self.opened: dict[CalendarId, CalendarProvider] = {}
        self.intents: set[tuple[CalendarId, str]] = set()
        self.doubled: Counter[str] = Counter()
        self.reconfigured = 0
        self.checked = dict.fromkeys(self.calendars, 0)
        self.around = Surroundings(
            ledger=FragileLedger(self),
            clock=self.clock,
            randomness=self.randomness,
            open_provider=self._provider,
        )

    def _open(self) -> Ledger:
        return open_ledger(
            f"sqlite:///{self.path}", clock=self.clock, randomness=self.randomness, inline=True
        )

    def close(self) -> None:
        self.ledger.close()
        for each in self.folder.glob(f"{self.seed}.sqlite3*"):
            each.unlink()

    # Chance

    def strikes(self, what: str) -> bool:
        return self.chance.random() < getattr(self.rates, what)

    def tell(self, *words: object) -> None:
        self.trace.append(f"{'  ' * self.depth}{' '.join(str(word) for word in words)}")

    def a_start(self) -> datetime:
        """A time that nothing in this history ever had."""
        return FIRST_DAY + timedelta(minutes=self.minutes.pop())

    def a_name(self, what: str) -> str:
        self.names += 1
        return f"{what}-{self.names}"

    # Rounds

    def sync(self, calendar_id: CalendarId, *, in_full: bool = False, calm: bool = False) -> Report:
        """One round as a daemon does it; a crash ends the process and starts the next."""
        provider = self._opened(calendar_id, calm=calm)
        fence = self.ledger.write(
            lambda tx: tx.take_lease(calendar_id, "node", timedelta(minutes=5))
        )
        mandate = Mandate(run_id="run", fence=fence)
        report = run_round(self.around, provider, calendar_id, mandate, in_full=in_full)
        self.tell(
            "round",
            calendar_id,
            report.ok,
            report.code,
            f"pulled {report.pulled}",
            f"pushed {report.pushed}",
            report.error or "",
        )
        return report

    def try_round(self, calendar_id: CalendarId) -> None:
        with self.ledger.read() as view:
            if not view.calendar(calendar_id).active:
                return
        self.tell("begin", calendar_id)
        self.depth += 1
        try:
            self.sync(calendar_id, in_full=self.chance.random() < 0.1)
        except Crash:
            self.tell("CRASH")
            self.restart()
        except (LeaseLost, LedgerAway, Locked) as exc:
            self.tell("given up:", type(exc).__name__)
        finally:
            self.depth -= 1

    def restart(self) -> None:
        self.crashes += 1
        self.ledger.close()
        self.opened.clear()
        self.ledger = self._open()

    def agitate(self, steps: int) -> None:
        """A few appointments and events to begin with, then anything in any order."""
        names = list(self.calendars)
        for deed in self.deeds[:8]:
            self.meddle_with((deed,))
        for _ in range(steps):
            if self.chance.random() < 0.35:
                self.try_round(self.chance.choice(names))
            else:
                self.meddle()

    def heal(self, rounds: int = 6) -> None:
        """No more faults; the brake is released; rounds until nothing happens."""
        self.rates = CALM
        self.tell("HEAL")
        for calendar in self.calendars.values():
            calendar.refused.clear()
        self.clock.advance(timedelta(hours=1))
        apply_roster(self.around, a_roster(self.practice), STAFF)
        for _ in range(rounds):
            commits = self.ledger.commits + len(self.calendars)  # the leases
            for calendar_id in self.calendars:
                report = self.sync(calendar_id, calm=True)
                if report.code == "BRAKE":
                    release(self.around, calendar_id, STAFF)
                    report = self.sync(calendar_id, calm=True)
                if not report.ok:
                    raise Violation(f"a calm round fails: {report}")
            if self.ledger.commits == commits:
                return
        raise Violation("it never comes to rest")

    # What happens in between

    def on_call(self, calendar_id: CalendarId) -> Callable[[PortCall], None]:
        def hook(call: PortCall) -> None:
            self.check_writes()
            self._interrupt(calendar_id, call)

        return hook

    def _interrupt(self, calendar_id: CalendarId, call: PortCall) -> None:
        if self.strikes("crash"):
            self.tell("at", call.name, call.moment)
            raise Crash
        if call.moment is Moment.BETWEEN:
            return
        if self.strikes("meddling"):
            self.meddle(where=f"at {call.name} {call.moment}:")
        if self.strikes("second_node") and self.depth < 2:
            self._other_node(calendar_id)
        if call.moment is Moment.AFTER:
            if call.name in WRITES and self.strikes("lost_answer"):
                self.tell("answer lost:", call.name, call.ref)
                raise answer_lost()
            return
        if call.name in WRITES[:2] and self.strikes("rejection"):
            self.tell("rejected:", call.name, call.ref)
            raise Rejected("not this one")
        if self.strikes("fault"):
            kinds = (Transient, RateLimited, NeedsLogin, Forbidden)
            exc = self.chance.choice(kinds)(f"a fault at {call.name}")
            self.tell("fault:", type(exc).__name__, call.name)
            raise exc

    def _other_node(self, calendar_id: CalendarId) -> None:
        """Our lease ran out, and another node does a whole round meanwhile."""
        self.tell("another node takes over")
        self.depth += 1
        rates, self.rates = self.rates, CALM
        try:
            self.clock.advance(timedelta(minutes=10))
            provider = self.provider_of(calendar_id, calm=True)
            fence = self.ledger.write(
                lambda tx: tx.take_lease(calendar_id, "other", timedelta(minutes=1))
            )
            mandate = Mandate(run_id="other", fence=fence)
            report = run_round(self.around, provider, calendar_id, mandate)
            self.tell(report.ok, report.pulled, report.pushed, report.error)
            self.clock.advance(timedelta(minutes=2))
        finally:
            self.rates = rates
            self.depth -= 1

    def around_commit(self, *, after: bool) -> None:
        self.check_writes()
        if self.depth > 1:
            return
        if self.strikes("crash"):
            self.tell("at a commit,", "after" if after else "before")
            raise Crash
        if self.strikes("meddling"):
            self.meddle(where=f"around a commit, {after=}:")
        if self.strikes("ledger_away"):
            self.tell("the ledger breaks off,", "after" if after else "before")
            raise LedgerAway("the database broke off", ambiguous=after)

    def rerun(self, work: Callable[..., object]) -> None:
        """As PostgreSQL does after a serialization failure: all of it is undone and done again."""

        def once(tx: object) -> None:
            work(tx)
            raise _Undone

        with suppress(_Undone, SyncdError):
            self.ledger.write(once)

    # People

    def meddle(self, where: str = "") -> None:
        """Somebody does something that is possible just now."""
        if self.depth <= 3:
            self.meddle_with(self.chance.sample(self.deeds, 5), where)

    def meddle_with(self, deeds: Sequence[Deed], where: str = "") -> None:
        """The first of these deeds that can be done."""
        rates, self.rates = self.rates, CALM
        self.depth += 1
        try:
            for deed in deeds:
                name = deed.__name__.strip("_")
                try:
                    what = deed(self)
                except (Refused, Unavailable) as exc:
                    self.tell(where, name, "refused:", type(exc).__name__)
                    return
                if what is not None:
                    self.tell(where, name, what)
                    return
        finally:
            self.depth -= 1
            self.rates = rates

    def appointments(self) -> list[Appointment]:
        with self.ledger.read() as view:
            return view.appointments()

    def an_appointment(self, *statuses: Status) -> Appointment | None:
        found = [each for each in self.appointments() if each.status in statuses]
        return self.chance.choice(found) if found else None

    def an_event(self, *, cancelled: bool = False) -> tuple[MemoryCalendar, RemoteEvent] | None:
        calendar = self.chance.choice(list(self.calendars.values()))
        found = [
            each
            for each in calendar.events()
            if (each.status is EventStatus.CANCELLED) == cancelled
        ]
        return (calendar, self.chance.choice(found)) if found else None

    def removes(self, calendar: MemoryCalendar, event: RemoteEvent) -> None:
        """A person wants this event to be no more."""
        calendar_id = CalendarId(calendar.name)
        self.intents |= {(calendar_id, event.uid), (calendar_id, event.mark or "")}

    # Providers

    def _provider(self, calendar: Calendar, _: Practitioner) -> CalendarProvider:
        return self.provider_of(calendar.id)

    def provider_of(self, calendar_id: CalendarId, *, calm: bool = False) -> CalendarProvider:
        def quiet(_: PortCall) -> None:
            self.check_writes()

        return MemoryProvider(
            self.calendars[calendar_id],
            zone=ZoneInfo("Europe/Berlin"),
            faults=quiet if calm else self.on_call(calendar_id),
        )

    def _opened(self, calendar_id: CalendarId, *, calm: bool) -> CalendarProvider:
        if calm:
            return self.provider_of(calendar_id, calm=True)
        if calendar_id not in self.opened:
            self.opened[calendar_id] = self.provider_of(calendar_id)
        return self.opened[calendar_id]

    # What no write may do, looked at as soon as it is done

    def check_writes(self) -> None:
        for calendar_id, calendar in self.calendars.items():
            upto, self.checked[calendar_id] = self.checked[calendar_id], len(calendar.history)
            for position in range(upto, len(calendar.history)):
                if calendar.history[position].hand is Hand.SYNCD:
                    self._check_write(calendar, position)

    def _check_write(self, calendar: MemoryCalendar, position: int) -> None:
        done = calendar.history[position]
        before = _before(calendar.history[:position], done.ref)
        self.tell("    wrote", calendar.name, done.ref, summary(done.body))
        if before is None or before.body is None:
            return
        if done.body is None and calendar.quirks.etag is Etag.NONE:
            return  # somebody may always come between the look and a deletion
        with self.ledger.read() as view:
            record = view.known(CalendarId(calendar.name), [done.ref]).get(done.ref)
        known = record.digest if record is not None else ""
        if before.hand is Hand.COLLEAGUE and known != memory_body.digest(before.body):
            raise Violation(f"written over what nobody had seen: {summary(before.body)}")
        if done.body is not None:
            lost = set(memory_body.foreign_lines(before.body)) - set(
                memory_body.foreign_lines(done.body)
            )
            if lost and not calendar.quirks.drops_properties:
                raise Violation(f"foreign lines lost: {lost}")


def _before(history: list[Happening], ref: EventRef) -> Happening | None:
    return next((each for each in reversed(history) if each.ref == ref), None)


def summary(body: str | None) -> str:
    if body is None:
        return "nothing"
    try:
        event = memory_body.from_text(body)
    except ValueError:
        return "rubbish"
    content = event.content
    more = " recurring" if content.repeat else ""
    return f"{content.start} {content.title!r} {content.status}{more} uid={event.uid[:12]}"


# Making worlds


def a_roster(calendars: tuple[Calendar, ...]) -> Roster:
    """A practice that is always open."""
    return Roster(
        practice=a_practice(),
        practitioners=(a_practitioner(hours=OpeningHours()),),
        activities=(
            an_activity(),
            an_activity(id="request", name="Request", needs_confirmation=True),
        ),
        calendars=calendars,
    )


def furnish(path: Path, calendars: tuple[Calendar, ...]) -> None:
    """A migrated ledger with the practice in it, to be copied for each history."""
    ledger = open_ledger(
        f"sqlite:///{path}", clock=FrozenClock(), randomness=SeededRandomness(), inline=True
    )
    ledger.migrate()

    around = Surroundings(
        ledger=ledger,
        clock=FrozenClock(),
        randomness=SeededRandomness(),
        open_provider=lambda *_: pytest.fail("nothing is opened"),
    )
    apply_roster(around, a_roster(calendars), STAFF)
    ledger.close()


def two_way(name: str = "patel-main", **changes: object) -> Calendar:
    return a_calendar(id=CalendarId(name), **changes)


def make_world(
    seed: int,
    folder: Path,
    template: Path,
    calendars: tuple[Calendar, ...],
    *,
    quirks: Quirks = CALDAV,
    deeds: Sequence[Deed],
    rates: Rates = CALM,
) -> World:
    return World(
        seed=seed,
        folder=folder,
        template=template,
        calendars={each.id: MemoryCalendar(quirks, name=each.id) for each in calendars},
        practice=calendars,
        deeds=deeds,
        rates=rates,
    )
