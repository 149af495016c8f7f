"""What must hold once faults have stopped and all is quiet: ledger and calendars agree.

Each check reads both sides whole and compares them, by rules that are said here once more and not
taken from the engine.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from syncd.core.appointment import Appointment, Flag, Link, LinkState, Origin, Status
from syncd.core.conflict import ConflictRecord
from syncd.core.events import EventStatus, RemoteEvent, Timed, Unreadable, interval_of
from syncd.core.ids import EventRef
from syncd.core.practice import Adopt, Calendar
from syncd.core.remote import RemoteKind, RemoteRecord
from syncd.core.time import Interval
from syncd.flows.push import MANY_ATTEMPTS
from syncd.flows.rolling import CLOCKS_DIFFER_BY
from syncd.flows.status import Health, overview
from syncd.ledger import View
from syncd.testing import memory_body
from syncd.testing.foreign import ForeignEvent, occurrences_of
from syncd.testing.memory_calendar import Hand, MemoryCalendar
from syncd.testing.memory_provider import MOST_STEPS
from syncd.testing.simulator.causes import check_adoptions
from syncd.testing.simulator.consents import check_agreed
from syncd.testing.simulator.excuses import last_at
from syncd.testing.simulator.modes import ADOPTING, BLOCKING, WRITTEN
from syncd.testing.simulator.outlaws import is_never_sure, never_shows_all
from syncd.testing.simulator.profile import is_open
from syncd.testing.simulator.strangers import read
from syncd.testing.simulator.titles import check_shown
from syncd.testing.simulator.violation import require

if TYPE_CHECKING:
    from syncd.testing.simulator.world import World

EXPANDED_AHEAD = timedelta(days=370)
"""How far ahead busy time is known at the least."""


def at_rest(world: World) -> None:
    """Everything that must hold at rest."""
    with world.eyes.read() as view:
        report = view.verify_journal()
        require(report.is_sound and not report.problems, "L5", report)
        for calendar in world.practice:
            if not never_shows_all(world.profile.quirks):
                Rest(world, view, calendar).check()
        check_adoptions(world, view)
        _check_status(world, view)
        _check_holds(view)
        world.oracle.promises.at_rest(view, world.oracle.entries)
        world.oracle.words.at_rest(view)


def _check_status(world: World, view: View) -> None:
    """O6: status shows what there is, and says in sync where there is nothing."""
    practice = view.practice()
    assert practice is not None
    shows_all = not never_shows_all(world.profile.quirks)
    for status in overview(view, practice).calendars:
        calendar_id = status.calendar.id
        conflicts = sum(each.calendar_id == calendar_id for each in view.conflicts())
        calendar = world.calendars[calendar_id]
        spoilt = [ref for ref in calendar.refs if shows_all and is_spoilt(world, calendar, ref)]
        require(status.conflicts == conflicts, "O6", "conflicts are not all shown", status)
        shown = status.quarantined >= len(spoilt)
        require(shown, "O6", "quarantine not shown", status)
        clean = not conflicts and not spoilt and not calendar.refused
        if clean and not is_never_sure(world.profile.quirks):
            require(status.health is Health.IN_SYNC, "O6", "all is well, yet status says", status)
        elif conflicts or spoilt:
            require(status.health is not Health.IN_SYNC, "O6", "in sync, it says:", status)


def _check_holds(view: View) -> None:
    """A hold that ran out keeps nobody out, and is ended."""
    late = view.now - timedelta(days=2)
    for each in view.appointments():
        until = each.hold_expires_at
        if each.status is Status.PROPOSED and until is not None:
            require(until > late, "L3", "a hold never ends:", each.number, until)


def waits_for_a_day(world: World) -> bool:
    """Whether something is taken for unreadable that was only not shown for a while, was refused so
    often that it is only tried again with the next day's listing, or may have been hidden by old
    answers."""
    if world.excuses.hides_something:
        return True
    with world.eyes.read() as view:
        links = view.links_of(each.id for each in view.appointments()).values()
        if any(link.attempts >= MANY_ATTEMPTS for found in links for link in found):
            return True
        return any(
            record.kind is RemoteKind.QUARANTINED and not is_spoilt(world, calendar, ref)
            for calendar_id, calendar in world.calendars.items()
            for ref, record in view.known(calendar_id, view.known_versions(calendar_id)).items()
        )


def is_spoilt(world: World, calendar: MemoryCalendar, ref: EventRef) -> bool:
    """Whether nobody can understand what is there, or tell when it takes place."""
    event = calendar.event(ref)
    if not isinstance(event, RemoteEvent):
        return event is not None
    if not event.recurring or not event.takes_time:
        return False
    soon = Interval(world.clock.now(), world.clock.now() + timedelta(days=1))
    return occurrences_of(calendar.content(ref), soon, world.zone, limit=MOST_STEPS) is None


class Rest:
    """One calendar at rest."""

    def __init__(self, world: World, view: View, calendar: Calendar) -> None:
        self.world, self.view, self.calendar = world, view, calendar
        self.memory: MemoryCalendar = world.calendars[calendar.id]
        self.conflicts: dict[str, list[ConflictRecord]] = {}
        for each in view.conflicts():
            if each.calendar_id == calendar.id:
                self.conflicts.setdefault(each.appointment_id, []).append(each)
        self.now = world.clock.now()
        self.over_by = max(self.now, world.excuses.clock_was_at or self.now)

    def check(self) -> None:
        links = []
        until = self.view.calendar_state(self.calendar.id).horizon_until
        far = until is not None and until >= self.now + EXPANDED_AHEAD - CLOCKS_DIFFER_BY
        require(far or not self.calendar.active, "L3", "busy time is only known until", until)
        for appointment in self.view.appointments():
            link = self.view.link(self.calendar.id, appointment.id)
            if link is None:
                theirs = self.calendar.practitioner_id in appointment.practitioners
                never = appointment.is_over or appointment.status is Status.PROPOSED or not theirs
                belongs = self.calendar.mode in WRITTEN and not never and appointment.end > self.now
                require(not belongs, "S1", "never written:", appointment)
            else:
                links.append(link)
                self.check_link(appointment, link)
        self.check_objects({each.ref: each for each in links if each.ref is not None})

    def check_link(self, appointment: Appointment, link: Link) -> None:
        where = f"{appointment.number} in {self.calendar.id}: {link}\n {appointment}\n"
        disputed = self.conflicts.get(appointment.id, [])
        outside = Flag.OUTSIDE_HOURS in appointment.flags
        fine = appointment.is_over or outside == (not is_open(self.world.profile, appointment))
        require(fine, "S13", "outside opening hours?", where)
        if link.uid in self.memory.refused:
            return
        if link.state not in (LinkState.SUSPENDED, LinkState.GONE):
            require(link.intended is None, "S1", "an intent stands", where)
            clean = link.pushed_version == appointment.version
            require(clean or self._is_held(appointment), "S1", "still dirty", where)
            open_one = link.state is LinkState.CONFLICT
            require(open_one == bool(disputed), "S1", "conflict?", where, disputed)
        require(len(disputed) < 2, "S1", "two open conflicts about one event", where, disputed)
        event = self.memory.event(link.ref) if link.ref is not None else None
        match link.state:
            case LinkState.IN_SYNC:
                self.check_in_sync(appointment, link, event, where)
            case LinkState.CONFLICT:
                there = link.ref is None or isinstance(event, RemoteEvent)
                require(there, "S1", "vanished", where)
            case LinkState.SUSPENDED:
                require(isinstance(event, Unreadable), "S1", "suspended for nothing", where)
            case LinkState.GONE:
                require(link.ref is None, "S1", "gone but there", where)
                lives = not appointment.is_over and appointment.end > self.over_by
                wanted = lives and self.calendar.mode in WRITTEN
                require(not wanted, "S1", "a live one is gone", where)
            case LinkState.PENDING_WRITE:
                require(self._is_held(appointment), "S1", "still pending", where)

    def check_in_sync(
        self, appointment: Appointment, link: Link, event: object, where: str
    ) -> None:
        if link.ref is None:
            long_over = appointment.end < self.now or appointment.is_over
            fine = long_over or self.calendar.mode not in WRITTEN or self._is_held(appointment)
            require(fine, "S1", "no event", where)
        else:
            self.check_agreement(appointment, link, event, where)

    def check_agreement(
        self, appointment: Appointment, link: Link, event: object, where: str
    ) -> None:
        where = f"{where} {event}"
        require(isinstance(event, RemoteEvent), "S1", "no event", where)
        assert isinstance(event, RemoteEvent)
        require(event.is_plain and isinstance(event.when, Timed), "S1", "not plain", where)
        assert isinstance(event.when, Timed)
        cancelled = event.status is EventStatus.CANCELLED
        edits_freely = self.memory.quirks.capabilities.edits_freely
        if self.calendar.mode in WRITTEN:
            require(cancelled == appointment.is_over, "S1", "cancelled?", where)
            if not cancelled:
                times = (event.when.start, event.when.end)
                same = times == (appointment.start, appointment.end)
                require(same, "S13", "another time", where)
        if not cancelled and not appointment.is_over:
            check_agreed(self.world, self.calendar, event, link=link, of=appointment)
        if link.origin is Origin.ADOPTED:
            over = cancelled or appointment.is_over
            require(over or event.title == appointment.title, "S4", "another title", where)
        elif self.calendar.mode in WRITTEN and edits_freely and not cancelled:
            check_shown(self.view, self.memory, self.calendar, event, excuses=self.world.excuses)

    def check_objects(self, linked: dict[EventRef, Link]) -> None:
        known = self.view.known_versions(self.calendar.id)
        records = self.view.known(self.calendar.id, known)
        same = known.keys() == set(self.memory.refs)
        require(same, "S3", "objects", sorted(known.keys() ^ set(self.memory.refs)))
        blocks = self._blocks()
        for ref in self.memory.refs:
            event, record = self.memory.event(ref), records[ref]
            about = (self.calendar.id, event, record, linked.get(ref))
            assert event is not None
            require(record.version == event.version, "S1", "version", about)
            if isinstance(event, Unreadable) or is_spoilt(self.world, self.memory, ref):
                require(record.kind is RemoteKind.QUARANTINED, "S11", "unreadable", about)
                series = record.recurring and record.body  # expanded when somebody asks
                kept = bool(series) or any(key[0] == ref for key in blocks)
                require(kept or not self.took_time(record), "L3", "it frees its time", about)
                blocks = Counter({key: n for key, n in blocks.items() if key[0] != ref})
                continue
            require(record.digest == event.digest, "S1", "digest", about)
            ends_at = self.end_of(self.memory.content(ref))
            fine = record.kind is not RemoteKind.BUSY or record.ends_at == ends_at
            require(fine, "L3", "it ends at", ends_at, about)
            is_linked = (record.kind is RemoteKind.LINKED) == (ref in linked)
            require(is_linked, "S3", "linked?", about)
            self.check_foreign(event, record, about)
            disputed = ref in linked and linked[ref].state is LinkState.CONFLICT
            if record.kind is RemoteKind.BUSY or (disputed and not event.is_plain):
                for interval in self.expected_blocks(event):
                    found = blocks[ref, interval]
                    require(found == 1, "L3", "not blocked", interval, about)
                for interval in self.true_blocks(event, blocks):
                    del blocks[ref, interval]
            last, excuses = last_at(self.memory, ref), self.world.excuses
            ours = self.memory.history[last].hand is Hand.SYNCD
            if ours and not excuses.is_nobodys(self.memory, last):
                over = event.status is EventStatus.CANCELLED or self.has_ended(event)
                fine = over or ref in linked or excuses.is_orphan(self.memory, ref)
                require(fine, "S3", "an event of ours without a link", about)
        past = {key: n for key, n in blocks.items() if key[1].end > self.now}
        require(not past, "L3", "blocked for nothing", past)

    def check_foreign(self, event: RemoteEvent, record: RemoteRecord, about: object) -> None:
        kind = record.kind
        if kind is RemoteKind.LINKED:
            return
        takes = event.takes_time and self.calendar.mode in BLOCKING
        fine = takes or kind in (RemoteKind.IGNORED, RemoteKind.MIRROR)
        require(fine, "S1", "takes no time", about)
        fine = not takes or kind in (RemoteKind.BUSY, RemoteKind.MIRROR)
        require(fine, "L3", "takes time", about)
        if kind is RemoteKind.MIRROR and takes:
            shown = interval_of(event.when, self.world.zone)
            fine = any(
                link.uid == event.uid and shown == each.interval and not each.is_over
                for each in self.view.appointments()
                for link in self.view.links_of([each.id])[each.id]
            )
            require(fine, "L3", "mirrors nothing", about)
        adopts = self.calendar.mode in ADOPTING and self.calendar.adopt is Adopt.ALL
        if takes and adopts and event.is_plain and not self.is_elsewhere(event):
            assert isinstance(event.when, Timed)
            require(event.when.end <= self.over_by, "S1", "not adopted", about)

    def is_elsewhere(self, event: RemoteEvent) -> bool:
        """Whether another calendar has an event of this uid, or had, of which this one may be a
        copy."""
        others = (each for each in self.world.calendars.values() if each is not self.memory)
        histories = (each for other in others for each in other.history)
        return any(seen is not None and seen.uid == event.uid for seen in map(read, histories))

    def end_of(self, content: ForeignEvent) -> datetime | None:
        """When it takes no more time; None for what recurs."""
        if content.repeat is not None:
            return None
        ever = Interval(self.now.replace(year=2000), self.now.replace(year=2060))
        found = occurrences_of(content, ever, self.world.zone, limit=2)
        return found[-1].end if found else None

    def took_time(self, record: RemoteRecord) -> bool:
        """Whether a foreign event that cannot be read any more took time to come."""
        last = last_at(self.memory, record.ref)
        foreign = record.appointment_id is None
        foreign = foreign and not self.world.excuses.is_of_before(self.memory, last)
        was_read = record.ends_at is not None or (record.recurring and record.body)
        return foreign and bool(was_read) and self._always_took_time(record.ref)

    def _always_took_time(self, ref: EventRef) -> bool:
        """Whether all that could ever be read at this address takes time to come: whichever of it
        was seen."""
        here = [each for each in self.memory.history if each.ref == ref and each.body]
        for each in here:
            event = read(each)
            if event is None:
                continue
            content = memory_body.from_text(each.body or "").content
            soon = Interval(self.now, self.now + EXPANDED_AHEAD - CLOCKS_DIFFER_BY)
            takes = occurrences_of(content, soon, self.world.zone, limit=5000)
            if not event.takes_time or not takes:
                return False
        return True

    def expected_blocks(self, event: RemoteEvent) -> list[Interval]:
        """When it takes time from now to the end of what is expanded."""
        until = self.view.calendar_state(self.calendar.id).horizon_until
        if not event.takes_time or until is None:
            return []
        content = self.memory.content(event.ref)
        horizon = Interval(self.now, until - CLOCKS_DIFFER_BY)
        found = occurrences_of(content, horizon, self.world.zone, limit=5000) or []
        return [each for each in found if each.start >= self.now]

    def true_blocks(
        self, event: RemoteEvent, blocks: Counter[tuple[EventRef, Interval]]
    ) -> list[Interval]:
        """What is blocked for this event and is one of its occurrences."""
        stored = [interval for ref, interval in blocks if ref == event.ref]
        if not stored:
            return []
        reach = Interval(min(each.start for each in stored), max(each.end for each in stored))
        content = self.memory.content(event.ref)
        true = occurrences_of(content, reach, self.world.zone, limit=5000) or []
        return [each for each in stored if each in true]

    def has_ended(self, event: RemoteEvent) -> bool:
        """Whether it is over by now: what arrived too late for anybody is left alone."""
        return isinstance(event.when, Timed) and event.when.end <= self.over_by

    def _blocks(self) -> Counter[tuple[EventRef, Interval]]:
        everything = Interval(self.now.replace(year=2030), self.now.replace(year=2045))
        return Counter(
            (block.ref, block.interval)
            for block in self.view.busy(self.calendar.practitioner_id, everything)
            if block.calendar_id == self.calendar.id and block.conflict_id is None
        )

    def _is_held(self, appointment: Appointment) -> bool:
        """A hold that nobody needs to be told of."""
        return appointment.status is Status.PROPOSED
