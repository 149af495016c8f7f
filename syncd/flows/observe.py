"""Look at one calendar: what changed, what is gone, and whether that can be believed.

Reads only: nothing is stored here. The change feed is only a hint to look sooner; the truth is a
complete listing, and a deletion is believed after a second proof and only while the calendar itself
is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from syncd.core.events import Absent, Found, RemoteEvent, Unreadable
from syncd.core.ids import Cursor, EventRef, Version
from syncd.core.remote import CalendarState, RemoteKind, RemoteRecord
from syncd.core.scene import Picture, Scene
from syncd.flows.picture import draw, live_count
from syncd.flows.surroundings import Surroundings
from syncd.ledger import View
from syncd.ports import CalendarProvider, ChangeSet, Rescan

PROOF_BATCH = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What was seen. `cursor` may be stored once everything in the picture is applied; it is None
    while something could not be read. `doubt`: the calendar contradicted itself, list it again."""

    picture: Picture
    cursor: Cursor | None
    listed: bool
    doubt: bool = False
    unresolved: tuple[EventRef, ...] = ()


@dataclass(slots=True)
class _Findings:
    """What is known of each reported object so far."""

    items: dict[EventRef, RemoteEvent | Unreadable] = field(default_factory=dict)
    claims: set[EventRef] = field(default_factory=set)
    proven: set[EventRef] = field(default_factory=set)
    unresolved: set[EventRef] = field(default_factory=set)
    doubt: bool = False

    def file(self, ref: EventRef, answer: Found | None) -> None:
        """Keep an answer to a fetch. That something is absent is, from a fetch, a mere claim."""
        match answer:
            case None:
                self.unresolved.add(ref)
            case Absent():
                self.claims.add(ref)
            case _:
                self.items[ref] = answer


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
        known = _known_versions(view, scene, changes)
    found = _take_bodies(provider, changes, known)
    if found.claims:
        _prove_gone(around, provider, scene, found, released=state.released)
    with around.ledger.read() as view:
        picture = draw(
            view,
            provider,
            scene,
            items=found.items,
            gone=found.proven,
            complete=changes.complete,
        )
    clean = not found.unresolved
    return Observation(
        picture=picture,
        cursor=changes.cursor if clean else None,
        listed=changes.complete and clean and not found.doubt,
        doubt=found.doubt or not clean,
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


def _known_versions(view: View, scene: Scene, changes: ChangeSet) -> Mapping[EventRef, Version]:
    calendar_id = scene.calendar.id
    if changes.complete:
        known = view.known_versions(calendar_id)
        again = RemoteKind.QUARANTINED  # perhaps it can be understood by now
        return {
            ref: Version("") if each.kind is again else each.version for ref, each in known.items()
        }
    refs = [*(seen.ref for seen in changes.changed), *changes.gone]
    return {ref: record.version for ref, record in view.known(calendar_id, refs).items()}


def _take_bodies(
    provider: CalendarProvider, changes: ChangeSet, known: Mapping[EventRef, Version]
) -> _Findings:
    """Keep what is new, fetching the bodies that the answer did not carry."""
    found = _Findings()
    exact = provider.capabilities.versions_are_unique
    to_fetch: list[EventRef] = []
    for seen in changes.changed:
        # A server that reuses versions is not trusted when it says itself that something changed.
        same = seen.version != "" and known.get(seen.ref) == seen.version
        if same and (exact or changes.complete):
            continue
        if seen.item is None:
            to_fetch.append(seen.ref)
        else:
            found.items[seen.ref] = seen.item
    answers = provider.get_many(to_fetch) if to_fetch else {}
    for ref in to_fetch:
        found.file(ref, answers.get(ref))
    found.claims |= set(changes.gone)
    if changes.complete:
        found.claims |= known.keys() - {seen.ref for seen in changes.changed}
    found.claims &= known.keys() - found.items.keys()
    return found


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
        enough = around.limits.allows(live_count(view, scene)) + 1
    live = {ref for ref, record in records.items() if _matters(record, scene.now)}
    claims = sorted(found.claims, key=lambda ref: (ref not in live, ref))
    for at in range(0, len(claims), PROOF_BATCH):
        if not released and len(found.proven & live) >= enough:
            break
        batch = claims[at : at + PROOF_BATCH]
        answers = provider.get_many(batch)
        for ref in batch:
            _judge(found, ref, answers.get(ref), records[ref])


def _judge(found: _Findings, ref: EventRef, answer: Found | None, record: RemoteRecord) -> None:
    """A claim of deletion against what is really there."""
    match answer:
        case Absent():
            found.proven.add(ref)
        case None:
            found.unresolved.add(ref)
        case _:
            found.doubt = True
            if not answer.version or answer.version != record.version:
                found.items[ref] = answer


def _matters(record: RemoteRecord, now: datetime) -> bool:
    return record.kind in (RemoteKind.LINKED, RemoteKind.BUSY) and (
        record.ends_at is None or record.ends_at > now
    )
