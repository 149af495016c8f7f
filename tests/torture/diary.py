"""What staff and a colleague did, and so what ledger and calendar must say of it.

Every value that anyone writes is there once, so that a lost one can be found. Judges from outside:
the ledger through its own reading, the calendar as its server shows it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

from system.running_practice import CAUSE, MAIN
from torture.shown import HALF_HOUR, Desk, Shown

from syncd.core.appointment import Appointment, Party, Status
from syncd.core.lifecycle import Action, Command
from syncd.core.time import Interval
from syncd.flows.acting import act_on
from syncd.flows.booking import Booking, book
from syncd.flows.status import Health, overview
from syncd.flows.surroundings import Surroundings
from syncd.testing.builders import a_practice

STAFF, COLLEAGUE = "staff", "colleague"


def working_times() -> Iterator[datetime]:
    """Half hours of working days, inside the opening hours in summer and winter."""
    day = datetime(2031, 1, 6, 8, 0, tzinfo=UTC)
    while True:
        for week_day in range(5):
            for slot in range(14):
                yield day + timedelta(days=week_day) + slot * HALF_HOUR
        day += timedelta(weeks=1)


@dataclass(slots=True)
class Entry:
    """One appointment as it should be in the end. `maker` made it, `timed_by` set its time last;
    `token` is the colleague's last mark, `title` their last title; `was_whole`: both sides had it
    at rest."""

    maker: str
    key: str
    start: datetime
    timed_by: str
    mark: str = ""
    token: str = ""
    title: str = ""
    ended_by: str = ""
    was_whole: bool = False

    def is_in(self, event: Shown) -> bool:
        return event.mark == self.mark if self.maker == STAFF else event.uid == self.key


@dataclass(slots=True)
class Evidence:
    """Both sides at one moment."""

    events: list[Shown]
    appointments: list[Appointment]
    adopted: dict[str, list[str]]
    health: Health
    dirty: int
    sound: bool

    def of(self, entry: Entry) -> tuple[list[Shown], list[Appointment]]:
        events = [each for each in self.events if entry.is_in(each)]
        if entry.maker == STAFF:
            return events, [each for each in self.appointments if each.number == entry.key]
        ids = self.adopted.get(entry.key, [])
        return events, [each for each in self.appointments if each.id in ids]


@dataclass
class Diary:
    """The hands of both, and their memory."""

    around: Surroundings
    desk: Desk
    entries: list[Entry] = field(default_factory=list)
    _starts: Iterator[datetime] = field(default_factory=working_times)
    _unique: Iterator[int] = field(default_factory=lambda: count(1))

    def alive(self, maker: str, timed_by: str | None = None) -> list[Entry]:
        """What is still to be, oldest first."""
        return [
            each
            for each in self.entries
            if each.maker == maker and not each.ended_by and timed_by in (None, each.timed_by)
        ]

    def books(self) -> Entry:
        number = next(self._unique)
        wish = Booking(
            activity_id="consultation",
            practitioner_id="dr-patel",
            start=next(self._starts),
            client_name=f"Client {number}",
            client_email=f"client{number}@example.org",
        )
        made = book(self.around, wish, CAUSE)
        entry = Entry(STAFF, made.number, made.start, STAFF, mark=made.id)
        self.entries.append(entry)
        return entry

    def adds(self) -> Entry:
        number = next(self._unique)
        entry = Entry(COLLEAGUE, f"desk-{number}", next(self._starts), COLLEAGUE)
        entry.token, entry.title = f"token-{number}", f"Title {number}"
        self.desk.add(entry.key, start=entry.start, title=entry.title, token=entry.token)
        self.entries.append(entry)
        return entry

    def staff_moves(self, entry: Entry) -> None:
        start = next(self._starts)
        wanted = Interval(start, start + HALF_HOUR)
        self._act(entry, Command(action=Action.RESCHEDULE, party=Party.ADMIN, interval=wanted))
        entry.start, entry.timed_by = start, STAFF

    def staff_cancels(self, entry: Entry) -> None:
        self._act(entry, Command(action=Action.CANCEL, party=Party.ADMIN))
        entry.ended_by = STAFF

    def colleague_moves(self, entry: Entry) -> None:
        start, token = next(self._starts), f"token-{next(self._unique)}"
        self.desk.move(entry.is_in, start, token)
        entry.start, entry.timed_by, entry.token = start, COLLEAGUE, token

    def colleague_renames(self, entry: Entry) -> None:
        title = f"Title {next(self._unique)}"
        self.desk.rename(entry.is_in, title)
        entry.title = title

    def colleague_renames_at(self, href: str) -> None:
        """Whatever event is there, in the very moment in which syncd writes it."""
        event = next(each for each in self.desk.events() if each.href == href)
        entry = next(each for each in self.entries if each.is_in(event))
        self.colleague_renames(entry)

    def colleague_deletes(self, entry: Entry) -> None:
        self.desk.delete(entry.is_in)
        entry.ended_by = COLLEAGUE

    def a_busy_day(self) -> None:
        """One of everything, on events that are whole; no two hands on one time."""
        ours = [each for each in self.alive(STAFF) if each.was_whole]
        theirs = [each for each in self.alive(COLLEAGUE) if each.was_whole]
        self.colleague_deletes(theirs[0])
        self.colleague_renames(theirs[1])
        self.colleague_moves(ours[2])
        self.adds()
        self.books()
        self.staff_cancels(ours[0])
        self.staff_moves(ours[1])
        self.staff_moves(theirs[1])

    def evidence(self) -> Evidence:
        uids = [each.key for each in self.entries if each.maker == COLLEAGUE]
        with self.around.ledger.read() as view:
            links = view.links_by_uid(MAIN, uids)
            return Evidence(
                events=self.desk.events(),
                appointments=view.appointments(),
                adopted={
                    uid: [each.appointment_id for each in found] for uid, found in links.items()
                },
                health=next(iter(overview(view, a_practice()).calendars)).health,
                dirty=len(view.dirty_links(MAIN)),
                sound=view.verify_journal().is_sound,
            )

    def unsafe(self, seen: Evidence | None = None) -> list[str]:
        """What must never be so, not even in the middle of an outage."""
        seen = seen or self.evidence()
        found = _doubled(seen)
        if not seen.sound:
            found.append("the journal does not verify, or a number is missing")
        if len(seen.appointments) > len(self.entries):
            found.append(f"{len(seen.appointments)} appointments of {len(self.entries)}")
        for entry in self.entries:
            events, appointments = seen.of(entry)
            found += _unsafe(entry, events, appointments)
        return found

    def unsettled(self, seen: Evidence | None = None) -> list[str]:
        """What must not be so once all faults are over and a round has passed."""
        seen = seen or self.evidence()
        found = self.unsafe(seen)
        events = 0
        for entry in self.entries:
            there, appointments = seen.of(entry)
            found += _unsettled(entry, there, appointments)
            events += _stays(entry)
        if len(seen.events) != events:
            found.append(f"{len(seen.events)} events, not {events}")
        if seen.dirty:
            found.append(f"{seen.dirty} links wait")
        if seen.health is not Health.IN_SYNC:
            found.append(f"status says {seen.health}")
        return found

    def remember_whole(self) -> None:
        """From now on everything that lives was there on both sides. What is over needs no second
        look, but for its traces."""
        for entry in self.entries:
            entry.was_whole = True

    def _act(self, entry: Entry, command: Command) -> None:
        number = entry.key
        if entry.maker == COLLEAGUE:
            with self.around.ledger.read() as view:
                [link] = view.links_by_uid(MAIN, [entry.key])[entry.key]
                number = view.appointment(link.appointment_id).number
        act_on(self.around, number, command, CAUSE)


def _doubled(seen: Evidence) -> list[str]:
    found = []
    for what, values in (
        ("uid", [each.uid for each in seen.events]),
        ("mark", [each.mark for each in seen.events if each.mark]),
        ("number", [each.number for each in seen.appointments]),
        ("time", [each.start for each in seen.appointments if each.status.holds_time]),
    ):
        found += [f"{what} {value} {n} times" for value, n in Counter(values).items() if n > 1]
    return found


def _unsafe(entry: Entry, events: list[Shown], appointments: list[Appointment]) -> list[str]:
    found = []
    who = f"{entry.maker}'s {entry.key}"
    if len(appointments) > 1:
        found.append(f"{who} is {len(appointments)} appointments")
    if entry.ended_by:
        return found
    found += [
        f"{who} is {each.status} for no reason"
        for each in appointments
        if each.status is not Status.BOOKED
    ]
    if entry.was_whole or entry.maker == COLLEAGUE:
        if not events:
            found.append(f"{who} is not in the calendar any more")
        found += [f"{who} is cancelled in the calendar" for each in events if each.cancelled]
    if entry.maker == STAFF and not appointments:
        found.append(f"{who} is not in the ledger any more")
    if entry.timed_by == STAFF:
        found += [f"{who} lost its time" for each in appointments if each.start != entry.start]
    else:
        found += [f"{who} lost its new time" for each in events if each.start != entry.start]
    found += [f"{who} lost a token" for each in events if entry.token and each.token != entry.token]
    found += [
        f"{who} lost its title" for each in events if entry.title and each.title != entry.title
    ]
    return found


def _stays(entry: Entry) -> bool:
    """Whether there is an event at rest: what the practice cancels of a colleague's stays."""
    return not entry.ended_by or (entry.maker == COLLEAGUE and entry.ended_by == STAFF)


def _unsettled(entry: Entry, events: list[Shown], appointments: list[Appointment]) -> list[str]:
    who = f"{entry.maker}'s {entry.key}"
    found = []
    if len(events) != _stays(entry):
        found.append(f"{who} is {len(events)} events")
    if entry.ended_by:
        found += [f"{who} is not cancelled there" for each in events if not each.cancelled]
        over = [each for each in appointments if each.status is not Status.CANCELLED]
        return found + [f"{who} is still {each.status}" for each in over]
    if len(appointments) != 1:
        found.append(f"{who} is {len(appointments)} appointments")
    times = {each.start for each in events} | {each.start for each in appointments}
    if times != {entry.start}:
        found.append(f"{who} is at {sorted(times)}, not {entry.start}")
    if entry.maker == COLLEAGUE and {each.title for each in appointments} != {entry.title}:
        found.append(f"{who} has another title in the ledger")
    return found
