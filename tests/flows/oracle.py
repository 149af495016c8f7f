"""What must hold once a history has come to rest: convergence, quiescence, conservation, journal."""

from __future__ import annotations

import json
from collections import Counter

from flows.histories import HALF_HOUR, STAFF, Violation, World

from syncd.core.appointment import Appointment, Link, LinkState, Origin, Status
from syncd.core.conflict import ConflictField, ConflictRecord, Resolution
from syncd.core.errors import NotAllowed
from syncd.core.events import EventStatus, RemoteEvent, Timed, Unreadable
from syncd.core.ids import CalendarId, EventRef, Version
from syncd.core.practice import Adopt, Calendar
from syncd.core.remote import RemoteKind
from syncd.core.time import Interval, zone
from syncd.flows.apply import Mandate
from syncd.flows.picture import horizon
from syncd.flows.resolving import resolve
from syncd.flows.sync import run_round
from syncd.ledger import View
from syncd.testing import memory_body
from syncd.testing.foreign import occurrences_of
from syncd.testing.memory_calendar import Hand, MemoryCalendar


def require(claim: bool, *words: object) -> None:  # noqa: FBT001  reads like assert
    if not claim:
        raise Violation(" ".join(str(word) for word in words))


def judge(world: World) -> None:
    """Everything that must hold at rest; then again with all conflicts resolved."""
    at_rest(world)
    for _ in range(4):
        if not _resolve_all(world):
            break
        world.heal()
    at_rest(world)
    with world.ledger.read() as view:
        require(not view.conflicts(), "conflicts never end")


def at_rest(world: World) -> None:
    world.check_writes()
    quiet_round(world)
    with world.ledger.read() as view:
        report = view.verify_journal()
        require(report.is_sound and not report.problems, "journal:", report)
        for calendar in world.practice:
            Rest(world, view, calendar).check()
        check_causes(world, view)


def quiet_round(world: World) -> None:
    """One more round does nothing at all."""
    for calendar_id, calendar in world.calendars.items():
        provider = world.provider_of(calendar_id, calm=True)
        fence = world.ledger.write(lambda tx, c=calendar_id: tx.take_lease(c, "node", HALF_HOUR))
        commits, writes = world.ledger.commits, len(calendar.history)
        report = run_round(
            world.around, provider, calendar_id, Mandate(run_id="quiet", fence=fence)
        )
        require(report.ok and not report.pulled and not report.pushed, "not quiet:", report)
        require(len(calendar.history) == writes, "a quiet round writes")
        require(world.ledger.commits == commits, "a quiet round commits")
        if provider.capabilities.has_cursor and provider.capabilities.trusts_cursor:
            require(report.requests == 1, "a quiet round asks", report.requests, "times")


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

    def check(self) -> None:
        links = []
        for appointment in self.view.appointments():
            link = self.view.link(self.calendar.id, appointment.id)
            if link is None:
                belongs = self.calendar.mode.writes and not appointment.is_over
                require(not belongs, "never written:", appointment)
            else:
                links.append(link)
                self.check_link(appointment, link)
        self.check_objects({each.ref: each for each in links if each.ref is not None})

    def check_link(self, appointment: Appointment, link: Link) -> None:
        where = f"{appointment.number} in {self.calendar.id}: {link}\n {appointment}\n"
        disputed = self.conflicts.get(appointment.id, [])
        if link.state not in (LinkState.SUSPENDED, LinkState.GONE):
            require(link.intended is None, "an intent stands", where)
            clean = link.pushed_version == appointment.version
            require(clean, "still dirty", where)
            is_open = link.state is LinkState.CONFLICT
            require(is_open == bool(disputed), "conflict?", where, disputed)
        require(len(disputed) < 2, "two open conflicts about one event", where, disputed)
        event = self.memory.event(link.ref) if link.ref is not None else None
        match link.state:
            case LinkState.IN_SYNC:
                if link.ref is None:
                    long_over = appointment.end < self.now
                    require(long_over or not self.calendar.mode.writes, "no event", where)
                else:
                    self.check_agreement(appointment, link, event, where)
            case LinkState.CONFLICT:
                require(link.ref is None or isinstance(event, RemoteEvent), "vanished", where)
            case LinkState.SUSPENDED:
                require(isinstance(event, Unreadable), "suspended for nothing", where)
            case LinkState.GONE:
                require(link.ref is None, "gone but there", where)
                lives = not appointment.is_over and appointment.end > self.now
                require(not (lives and self.calendar.mode.writes), "a live one is gone", where)
            case LinkState.PENDING_WRITE:
                require(False, "still pending", where)

    def check_agreement(
        self, appointment: Appointment, link: Link, event: object, where: str
    ) -> None:
        where = f"{where} {event}"
        require(isinstance(event, RemoteEvent), "no event", where)
        assert isinstance(event, RemoteEvent)
        require(event.is_plain and isinstance(event.when, Timed), "not plain", where)
        assert isinstance(event.when, Timed)
        cancelled = event.status is EventStatus.CANCELLED
        if self.calendar.mode.writes:
            require(cancelled == appointment.is_over, "cancelled?", where)
            if not cancelled:
                times = (event.when.start, event.when.end)
                require(times == (appointment.start, appointment.end), "another time", where)
        if link.origin is Origin.ADOPTED:
            over = cancelled or appointment.is_over
            require(over or event.title == appointment.title, "another title", where)
        elif self.memory.quirks.capabilities.edits_freely and not cancelled:
            pending = appointment.status is Status.PENDING
            base = link.base is not None and link.base.tentative
            require(base == pending, "tentative?", where)

    def check_objects(self, linked: dict[str, Link]) -> None:
        known = self.view.known_versions(self.calendar.id)
        records = self.view.known(self.calendar.id, known)
        require(known.keys() == set(self.memory.refs), "objects", known.keys(), self.memory.refs)
        blocks = Counter()
        horizon_ = Interval(self.now.replace(year=2030), self.now.replace(year=2040))
        for block in self.view.busy("dr-patel", horizon_):
            if block.calendar_id == self.calendar.id and block.conflict_id is None:
                blocks[block.ref, block.interval] += 1
        for ref in self.memory.refs:
            event, record = self.memory.event(ref), records[ref]
            about = (self.calendar.id, event, record, linked.get(ref))
            require(event is not None and record.version == event.version, "version", about)
            if isinstance(event, Unreadable):
                require(record.kind is RemoteKind.QUARANTINED, "unreadable", about)
                blocks = Counter({key: n for key, n in blocks.items() if key[0] != ref})
                continue
            require(record.digest == event.digest, "digest", about)
            require((record.kind is RemoteKind.LINKED) == (ref in linked), "linked?", about)
            self.check_foreign(event, record.kind, about)
            disputed = ref in linked and linked[ref].state is LinkState.CONFLICT
            if record.kind is RemoteKind.BUSY or (disputed and not event.is_plain):
                for interval in self.expected_blocks(event):
                    require(blocks.pop((ref, interval), 0) == 1, "not blocked", interval, about)
            if self.last_hand(ref) is Hand.SYNCD:
                fine = ref in linked or event.status is EventStatus.CANCELLED
                require(fine, "an event of ours without a link", about)
        require(not blocks, "blocked for nothing", blocks)

    def check_foreign(self, event: RemoteEvent, kind: RemoteKind, about: object) -> None:
        if kind is RemoteKind.LINKED:
            return
        takes = event.takes_time and self.calendar.mode.blocks
        require(takes or kind in (RemoteKind.IGNORED, RemoteKind.MIRROR), "takes no time", about)
        require(not takes or kind in (RemoteKind.BUSY, RemoteKind.MIRROR), "takes time", about)
        adopts = self.calendar.mode.adopts and self.calendar.adopt is Adopt.ALL
        if takes and adopts and event.is_plain and len(self.world.practice) == 1:
            assert isinstance(event.when, Timed)
            require(event.when.end <= self.now, "not adopted", about)

    def expected_blocks(self, event: RemoteEvent) -> list[Interval]:
        berlin = zone("Europe/Berlin")
        content = self.memory.content(event.ref)
        if not event.takes_time:
            return []
        return occurrences_of(content, horizon(self.now), berlin, limit=1000) or []

    def last_hand(self, ref: str) -> Hand:
        return next(each.hand for each in reversed(self.memory.history) if each.ref == ref)


def check_causes(world: World, view: View) -> None:
    """No cancellation without somebody's intent, no move that overrules what it did not see, no
    second appointment for one event."""
    for entry in view.journal():
        if entry.subject_kind != "appointment" or not entry.actor.startswith("calendar:"):
            continue
        source = CalendarId(entry.actor.removeprefix("calendar:"))
        if entry.action == "cancel":
            link = view.link(source, entry.subject_id)
            names = {entry.subject_id, link.uid if link is not None else ""}
            intended = any((source, name) in world.intents for name in names)
            require(intended, "cancelled by nobody:", entry.subject_id, entry.after)
        if entry.action == "move":
            _check_move(world, source, json.loads(entry.before), json.loads(entry.after))
    for calendar in world.practice:
        adopted = Counter(
            link.uid
            for appointment in view.appointments()
            if (link := view.link(calendar.id, appointment.id)) is not None
            and link.origin is Origin.ADOPTED
        )
        let_go = world.reconfigured + sum(
            each.field is ConflictField.KIND for each in view.conflicts(open_only=False)
        )
        for uid, count in adopted.items():
            most = 1 + world.doubled[uid] + let_go
            require(count <= most, "adopted twice:", calendar.id, uid, count)


def _check_move(
    world: World, source: CalendarId, before: dict[str, object], after: dict[str, object]
) -> None:
    """A colleague can only overrule a time that their calendar showed before."""
    shown = [
        (each.hand, each.body) for each in world.calendars[source].history if each.body is not None
    ]
    times = [(hand, _start_of(body)) for hand, body in shown]
    moved = next(
        (
            at
            for at, (hand, start) in reversed(list(enumerate(times)))
            if hand is Hand.COLLEAGUE and start == str(after["start"])
        ),
        None,
    )
    if moved is None:
        return
    saw = any(start == str(before["start"]) for _, start in times[:moved])
    require(saw, "a move overrules what nobody saw:", before, after)


def _start_of(body: str) -> str:
    event = memory_body.read(EventRef(""), Version(""), body)
    if isinstance(event, RemoteEvent) and isinstance(event.when, Timed):
        return event.when.start.isoformat()
    return ""


def _resolve_all(world: World) -> bool:
    with world.ledger.read() as view:
        found = view.conflicts()
    for conflict in found:
        side = world.chance.choice([Resolution.LEDGER, Resolution.REMOTE])
        try:
            resolve(world.around, conflict.id, side, STAFF)
        except NotAllowed:
            resolve(world.around, conflict.id, Resolution.LEDGER, STAFF)
        world.tell("resolved", conflict.field, conflict.appointment_id[:8], side)
    return bool(found)
