"""Look at one calendar: what changed, what is gone, and whether that can be believed.

Reads only: nothing is stored here. The change feed is only a hint to look sooner; the truth is a
complete listing, and a deletion is believed after a second proof and only while the calendar itself
is there.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from syncd.core.appointment import Appointment
from syncd.core.events import RemoteEvent, Unreadable
from syncd.core.ids import Cursor, EventRef, Version
from syncd.core.remote import CalendarState, RemoteKind, RemoteRecord
from syncd.core.scene import Picture, Scene
from syncd.flows.findings import Findings
from syncd.flows.picture import draw, live_count
from syncd.flows.surroundings import Surroundings
from syncd.ledger import Known, View, known_of
from syncd.ports import CalendarProvider, ChangeSet, Rescan

PROOF_BATCH = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What was seen. `cursor` may be stored once everything in the picture is applied; it is None
    while something could not be read, or the calendar contradicted itself. `doubt`: then it is to
    be listed again."""

    picture: Picture
    cursor: Cursor | None
    listed: bool
    doubt: bool = False


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
        back = _back(view, scene, changes, known)
    found = _take_bodies(provider, changes, known, back)
    _follow(provider, found)
    _ask(provider, found, [*found.silent(), *found.left_out()])
    found.claims -= found.waiting().keys()
    _prove_gone(around, provider, scene, found, released=state.released)
    _ask(provider, found, found.freed())
    _prove_gone(around, provider, scene, found, released=state.released)
    _follow(provider, found)  # what was asked for by itself may have moved on
    if found.unshown:
        left = found.left(keeps_identity=provider.capabilities.keeps_identity)
        with around.ledger.read() as view:
            records = view.known(scene.calendar.id, found.unshown | left)
        found.hold(left, records)
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
    """What is remembered of everything that was reported, of what waits for something, and of what
    is no mirror any more and must show itself, too: nothing of it is known."""
    calendar_id = scene.calendar.id
    if changes.complete:
        known = view.known_versions(calendar_id)
    else:
        refs = [*(seen.ref for seen in changes.changed), *changes.gone]
        records = view.known(calendar_id, refs)
        known = view.waiting(calendar_id) | {ref: known_of(each) for ref, each in records.items()}
    stale = view.stale_mirrors(calendar_id, scene.practitioner.id)
    for ref, record in view.known(calendar_id, stale).items():
        known[ref] = replace(known_of(record), digest="", awaits=ref)
    return known


def _back(
    view: View, scene: Scene, changes: ChangeSet, known: Mapping[EventRef, Known]
) -> set[EventRef]:
    """What was over or took no time, and is told to take some again. More often than that it is an
    old copy of what is over, as where lists are read from a server that lags behind: it is asked
    for by itself. What strangers do in a calendar that is only written to is nobody's concern."""
    taking = {
        seen.ref: known[seen.ref].kind
        for seen in changes.changed
        if seen.ref in known
        and seen.version != known[seen.ref].version
        and isinstance(seen.item, RemoteEvent)
        and seen.item.takes_time
    }
    linked = [ref for ref, kind in taking.items() if kind is RemoteKind.LINKED]
    over = {
        ref
        for ref, link in view.links_by_ref(scene.calendar.id, linked).items()
        if link.base is not None and link.base.cancelled
    }
    if scene.calendar.mode.blocks:
        over |= {ref for ref, kind in taking.items() if kind is RemoteKind.IGNORED}
    return over


def _take_bodies(
    provider: CalendarProvider,
    changes: ChangeSet,
    known: Mapping[EventRef, Known],
    back: Collection[EventRef],
) -> Findings:
    """Keep what is new, fetching the bodies that the answer did not carry, or not for certain."""
    found = Findings(known)
    exact = provider.capabilities.versions_are_unique
    to_fetch: dict[EventRef, Version] = {}
    for seen in changes.changed:
        if exact and _is_known(known.get(seen.ref), seen.version):
            continue
        if seen.item is None or seen.ref in back:
            to_fetch[seen.ref] = seen.version
        else:
            found.file(seen.ref, seen.item, said=seen.version)
    answers = provider.get_many(to_fetch) if to_fetch else {}
    for ref, said in to_fetch.items():
        answer, before = answers.get(ref), known.get(ref)
        if exact and isinstance(answer, RemoteEvent | Unreadable):
            if said and answer.version != said:
                found.unresolved.add(ref)  # older than what was told of, or newer: look again
            if before is not None and _is_old(answer, before, said):
                found.unresolved.add(ref)
                continue
        elif _is_not_what_is_known(answer, before, said):
            found.unresolved.add(ref)
            continue
        found.file(ref, answer, said=said)
    found.claims |= set(changes.gone)
    if changes.complete:
        found.claims |= known.keys() - {seen.ref for seen in changes.changed}
    found.claims &= known.keys() - found.items.keys()
    return found


def _follow(provider: CalendarProvider, found: Findings) -> None:
    """Fetch what events are continued by that moved after the calendar told of its changes."""
    while refs := found.continuations():
        answers = provider.get_many(refs)
        for ref in refs:
            found.file(ref, answers.get(ref), said=Version(""))


def _ask(provider: CalendarProvider, found: Findings, refs: Sequence[EventRef]) -> None:
    """Ask for objects that there is no news of."""
    answers = provider.get_many(refs) if refs else {}
    for ref in refs:
        found.file_unasked(ref, answers.get(ref))


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


def _is_not_what_is_known(answer: object, known: Known | None, said: Version) -> bool:
    """Whether this is another version than the one that was told of and is known already: an old
    answer, where versions that come again cannot say so by themselves."""
    if known is None or not isinstance(answer, RemoteEvent | Unreadable):
        return False
    return answer.version != said == known.version != "" != answer.version


def _prove_gone(
    around: Surroundings,
    provider: CalendarProvider,
    scene: Scene,
    found: Findings,
    *,
    released: bool,
) -> None:
    """Ask for each object that is said to be gone, in batches, those that matter first. Once more
    are gone than the brake lets pass, the rest need no proof: nobody will act on it."""
    claims, found.claims = found.claims, set()
    if not claims:
        return
    provider.check()
    with around.ledger.read() as view:
        records = view.known(scene.calendar.id, claims)
        live = _sure_removals(view, scene, records, found)
        enough = around.limits.allows(live_count(view, scene)) + 1
    ordered = sorted(records, key=lambda ref: (ref not in live, ref))
    for at in range(0, len(ordered), PROOF_BATCH):
        if not released and len(found.proven & live) >= enough:
            break
        batch = ordered[at : at + PROOF_BATCH]
        answers = provider.get_many(batch)
        for ref in batch:
            found.judge(ref, answers.get(ref))


def _sure_removals(
    view: View, scene: Scene, records: Mapping[EventRef, RemoteRecord], found: Findings
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
