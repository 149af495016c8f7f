"""Look at one calendar: what changed, what is gone, and whether that can be believed.

Reads only: nothing is stored here. The change feed is only a hint to look sooner; the truth is a
complete listing, and a deletion is believed after a second proof and only while the calendar itself
is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from syncd.core.appointment import Appointment
from syncd.core.events import Absent, Found, RemoteEvent, Unreadable
from syncd.core.ids import Cursor, EventRef, Version
from syncd.core.remote import CalendarState, RemoteKind, RemoteRecord
from syncd.core.scene import Picture, Scene
from syncd.flows.picture import draw, live_count
from syncd.flows.surroundings import Surroundings
from syncd.ledger import Known, View
from syncd.ports import CalendarProvider, ChangeSet, Rescan

PROOF_BATCH = 100
UNSHOWN = "the server names it and does not show it"
"""Why an object is quarantined of which there is no answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What was seen. `cursor` may be stored once everything in the picture is applied; it is None
    while something could not be read, or the calendar contradicted itself. `doubt`: then it is to
    be listed again."""

    picture: Picture
    cursor: Cursor | None
    listed: bool
    doubt: bool = False
    unresolved: tuple[EventRef, ...] = ()


@dataclass(slots=True)
class _Findings:
    """What is known of each reported object so far. `unshown`: what was claimed to be gone and not
    answered for; `held`: what may have moved here from there."""

    items: dict[EventRef, RemoteEvent | Unreadable] = field(default_factory=dict)
    claims: set[EventRef] = field(default_factory=set)
    proven: set[EventRef] = field(default_factory=set)
    unresolved: set[EventRef] = field(default_factory=set)
    unshown: set[EventRef] = field(default_factory=set)
    held: set[EventRef] = field(default_factory=set)
    doubt: bool = False

    def file(
        self, ref: EventRef, answer: Found | None, *, said: Version, known: Known | None
    ) -> None:
        """Keep an answer that is news. Content that is known at its version, on a server that names
        none or reuses them, is nothing."""
        match answer:
            case None | Absent():
                self.miss(ref, said, known=known)
            case RemoteEvent() if known is not None and _same(known, answer):
                pass
            case _:
                self.items[ref] = answer

    def miss(self, ref: EventRef, said: Version, *, known: Known | None) -> None:
        """The calendar names an object and does not show it. The first time there is a doubt: it
        may be under way to another address, or just not there yet. After that it is an object that
        cannot be read, and holds nothing else up."""
        again = known is not None and known.kind is RemoteKind.QUARANTINED and known.version == said
        if not again:
            self.unresolved.add(ref)
        self.items[ref] = Unreadable(ref=ref, version=said, reason=UNSHOWN)


def observe(
    around: Surroundings,
    provider: CalendarProvider,
    scene: Scene,
    state: CalendarState,
    *,
    in_full: bool = False,
) -> Observation:
    """The picture of one calendar. Raises the port's errors; then nothing is known, and nothing
    may be concluded."""
    changes = _read_changes(around, provider, scene, state, in_full=in_full)
    with around.ledger.read() as view:
        known = _known(view, scene, changes)
    found = _take_bodies(provider, changes, known)
    if found.claims:
        _prove_gone(around, provider, scene, found, released=state.released)
        _hold_what_may_have_moved(around, scene, found, known=known)
        if not found.unresolved <= known.keys():
            # What could not be read may be what left: it has one more look to show itself.
            found.unresolved |= found.proven
            found.proven.clear()
    with around.ledger.read() as view:
        picture = draw(
            view,
            provider,
            scene,
            items=found.items,
            gone=found.proven,
            held=found.held,
            complete=changes.complete,
        )
    clean = not found.unresolved and not found.doubt
    return Observation(
        picture=picture,
        cursor=changes.cursor if clean else None,
        listed=changes.complete and clean,
        doubt=not clean,
        unresolved=tuple(sorted(found.unresolved)),
    )


def _read_changes(
    around: Surroundings,
    provider: CalendarProvider,
    scene: Scene,
    state: CalendarState,
    *,
    in_full: bool,
) -> ChangeSet:
    """The change feed where it will do, else a complete listing."""
    can = provider.capabilities
    listed = state.last_listing_at
    overdue = listed is None or not scene.now - around.full_listing_every < listed <= scene.now
    resumes = state.cursor is not None and can.has_cursor and can.trusts_cursor
    if resumes and not (in_full or overdue or state.doubt):
        changes = provider.changes(Cursor(state.cursor or ""))
        if not isinstance(changes, Rescan):
            return changes
    return provider.listing(bodies=listed is None)


def _known(view: View, scene: Scene, changes: ChangeSet) -> Mapping[EventRef, Known]:
    calendar_id = scene.calendar.id
    if changes.complete:
        return view.known_versions(calendar_id)
    refs = [*(seen.ref for seen in changes.changed), *changes.gone]
    records = view.known(calendar_id, refs)
    return {ref: Known(each.version, each.digest, each.kind) for ref, each in records.items()}


def _take_bodies(
    provider: CalendarProvider, changes: ChangeSet, known: Mapping[EventRef, Known]
) -> _Findings:
    """Keep what is new, fetching the bodies that the answer did not carry."""
    found = _Findings()
    exact = provider.capabilities.versions_are_unique
    to_fetch: dict[EventRef, Version] = {}
    for seen in changes.changed:
        if exact and _is_known(known.get(seen.ref), seen.version):
            continue
        if seen.item is None:
            to_fetch[seen.ref] = seen.version
        else:
            found.file(seen.ref, seen.item, said=seen.version, known=known.get(seen.ref))
    answers = provider.get_many(to_fetch) if to_fetch else {}
    for ref, said in to_fetch.items():
        answer, before = answers.get(ref), known.get(ref)
        if exact and isinstance(answer, RemoteEvent | Unreadable):
            if said and answer.version != said:
                found.unresolved.add(ref)  # older than what was told of, or newer: look again
            if before is not None and _is_old(answer, before, said):
                found.unresolved.add(ref)
                continue
        found.file(ref, answer, said=said, known=before)
    found.claims |= set(changes.gone)
    if changes.complete:
        found.claims |= known.keys() - {seen.ref for seen in changes.changed}
    found.claims &= known.keys() - found.items.keys()
    return found


def _is_known(known: Known | None, version: Version) -> bool:
    """Whether nothing can be new at this version. What could not be understood is read again in any
    case: perhaps it can be by now."""
    return (
        known is not None
        and version == known.version != ""
        and known.kind is not RemoteKind.QUARANTINED
    )


def _is_old(answer: RemoteEvent | Unreadable, known: Known, said: Version) -> bool:
    """Whether this is what was known before, although another version (perhaps an unnamed one) was
    told of. What could not be understood is asked for without any news."""
    is_news = said not in ("", known.version) or known.kind is not RemoteKind.QUARANTINED
    return is_news and answer.version == known.version != said


def _prove_gone(
    around: Surroundings,
    provider: CalendarProvider,
    scene: Scene,
    found: _Findings,
    *,
    released: bool,
) -> None:
    """Ask for each object that is said to be gone, in batches, those that matter first. Once more
    are gone than the brake lets pass, the rest need no proof: nobody will act on it."""
    provider.check()
    with around.ledger.read() as view:
        records = view.known(scene.calendar.id, found.claims)
        live = _sure_removals(view, scene, records, found)
        enough = around.limits.allows(live_count(view, scene)) + 1
    claims = sorted(records, key=lambda ref: (ref not in live, ref))
    for at in range(0, len(claims), PROOF_BATCH):
        if not released and len(found.proven & live) >= enough:
            break
        batch = claims[at : at + PROOF_BATCH]
        answers = provider.get_many(batch)
        for ref in batch:
            _judge(found, ref, answers.get(ref), records[ref])


def _hold_what_may_have_moved(
    around: Surroundings, scene: Scene, found: _Findings, *, known: Mapping[EventRef, Known]
) -> None:
    """What is new here may have come from a place of which nobody knows whether its event is gone;
    a copy of an event that lives would be another one."""
    with around.ledger.read() as view:
        uncertain = view.known(scene.calendar.id, found.unshown)
    uids = {each.uid for each in uncertain.values() if each.uid}
    found.held |= {
        ref
        for ref, item in found.items.items()
        if isinstance(item, RemoteEvent)
        and item.uid in uids
        and (ref not in known or known[ref].kind is RemoteKind.QUARANTINED)
    }


def _judge(found: _Findings, ref: EventRef, answer: Found | None, record: RemoteRecord) -> None:
    """A claim of deletion against what is really there."""
    known = Known(record.version, record.digest, record.kind)
    match answer:
        case Absent():
            found.proven.add(ref)
        case None:
            found.unshown.add(ref)
            found.miss(ref, record.version, known=known)
        case _:
            found.doubt = True
            found.file(ref, answer, said=record.version, known=known)


def _sure_removals(
    view: View, scene: Scene, records: Mapping[EventRef, RemoteRecord], found: _Findings
) -> set[EventRef]:
    """The claims that count for the brake, should they be true: neither what has ended, nor an
    appointment that is over, nor what only moved to another address."""
    events = [item for item in found.items.values() if isinstance(item, RemoteEvent)]
    elsewhere = {event.uid for event in events}
    continued = {event.continues for event in events}
    linked = [ref for ref, each in records.items() if each.kind is RemoteKind.LINKED]
    links = view.links_by_ref(scene.calendar.id, linked)
    appointments = view.appointments_by_id({link.appointment_id for link in links.values()})
    return {
        ref
        for ref, record in records.items()
        if record.uid not in elsewhere
        and ref not in continued
        and (
            (record.kind is RemoteKind.BUSY and _is_ahead(record.ends_at, scene.now))
            or (ref in links and _still_counts(appointments[links[ref].appointment_id], scene.now))
        )
    }


def _is_ahead(ends_at: datetime | None, now: datetime) -> bool:
    return ends_at is None or ends_at > now


def _still_counts(appointment: Appointment, now: datetime) -> bool:
    return not appointment.is_over and appointment.end > now


def _same(known: Known, event: RemoteEvent) -> bool:
    is_understood = known.kind is not RemoteKind.QUARANTINED
    return is_understood and (known.version, known.digest) == (event.version, event.digest)
