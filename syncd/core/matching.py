"""Which link each seen object belongs to, when events move, are copied, or are replaced. Pure.

An event is found again by where it is, by its UID once it is not there any more, and by naming the
event that it continues. A link has one event: what else carries its UID is a copy, and foreign.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from syncd.core.appointment import Origin
from syncd.core.events import RemoteEvent, Timed
from syncd.core.ids import AppointmentId, EventRef, Uid
from syncd.core.remote import RemoteKind
from syncd.core.scene import Pair, Picture
from syncd.core.unshown import perhaps_created

_FOREIGN = frozenset({RemoteKind.BUSY, RemoteKind.IGNORED, RemoteKind.MIRROR})


@dataclass(frozen=True, slots=True, kw_only=True)
class Matching:
    """`owners` of the seen events, each link as it was stored. `left` are refs that linked events
    moved away from; `vanished` the pairs whose event is gone, by ref; `settled` the appointments
    that need no other look. `waiting` is what may be a link's event under an identity of before,
    with what may be its own."""

    owners: Mapping[EventRef, Pair]
    left: frozenset[EventRef]
    vanished: tuple[Pair, ...]
    settled: frozenset[AppointmentId]
    waiting: Mapping[EventRef, EventRef]


def match(picture: Picture) -> Matching:
    """Give each seen event to at most one pair, and each pair at most one event. Total."""
    events = sorted(
        (item for item in picture.seen if isinstance(item, RemoteEvent)), key=lambda each: each.ref
    )
    by_ref = {event.ref: event for event in events}
    continued = {event.continues for event in events}
    owners = {
        event.ref: pair
        for event in events
        if (pair := picture.pairs.get(event.ref)) is not None
        and event.ref not in continued
        and _is_its_event(pair, event)
    }
    settled = {pair.appointment.id for pair in owners.values()}
    waiting: dict[EventRef, EventRef] = {}
    displaced = {
        pair.link.uid: pair
        for event in events
        if event.ref not in owners and (pair := picture.pairs.get(event.ref)) is not None
    }
    for event in sorted(events, key=lambda each: (_is_of_before(picture, each), _is_copied(each))):
        if event.ref in owners or event.ref in continued:
            continue
        lost = _continued_pair(picture, event, by_ref) or _lost_pair(picture, event, displaced)
        if lost is None or lost.appointment.id in settled:
            continue
        place = perhaps_created(picture, lost) if lost.link.uid != event.uid else None
        if place is not None:
            waiting[event.ref] = place
            continue
        holder = picture.pairs.get(event.ref)
        if holder is not None:
            # Whose place this was moved on before, in the order of refs, or does not any more.
            displaced.pop(holder.link.uid, None)
        owners[event.ref] = lost
        settled.add(lost.appointment.id)
    unread = {item.ref for item in picture.seen} - {event.ref for event in events}
    vanished = tuple(
        pair
        for ref in sorted((picture.gone | {event.ref for event in events}) - unread)
        if (pair := picture.pairs.get(ref)) is not None and pair.appointment.id not in settled
    )
    return Matching(
        owners=owners,
        left=frozenset(
            pair.link.ref
            for ref, pair in owners.items()
            if pair.link.ref is not None and pair.link.ref != ref
        ),
        vanished=vanished,
        settled=frozenset(settled | {pair.appointment.id for pair in vanished}),
        waiting=waiting,
    )


def is_ghost(pair: Pair, event: RemoteEvent) -> bool:
    """Whether a deleted event of ours is back exactly as it was, as a late or stale answer shows
    it; an event that a person brought back with changes is a new one."""
    if pair.link.origin is not Origin.OURS or not event.is_plain:
        return False
    assert isinstance(event.when, Timed)
    shown = (event.when.start, event.when.end, event.title.strip())
    return any(
        known is not None and shown == (known.start, known.end, known.title.strip())
        for known in (pair.link.base, *pair.link.wishes)
    )


def is_known_as_foreign(picture: Picture, event: RemoteEvent) -> bool:
    """Whether what stands where this event is was known as no appointment's before."""
    known = picture.records.get(event.ref)
    return known is not None and known.kind in _FOREIGN


def _is_its_event(pair: Pair, event: RemoteEvent) -> bool:
    """Whether what stands at a link's ref is still its event, and not another in its place. One
    that replaced another has a UID that nobody knows before it was read."""
    return pair.link.uid in ("", event.uid) or event.mark == pair.appointment.id


def _is_of_before(picture: Picture, event: RemoteEvent) -> bool:
    """Whether it is what a link's event was before that was written another time. Where both are
    there, the link's is the new one."""
    pair = picture.pairs_by_uid.get(event.uid)
    return pair is not None and pair.link.uid != event.uid


def _is_copied(event: RemoteEvent) -> bool:
    """Whether its address is not the one that its UID gave it when it was made here: of several
    events with one UID the others are copies."""
    return event.uid not in event.ref


def _continued_pair(
    picture: Picture, event: RemoteEvent, by_ref: Mapping[EventRef, RemoteEvent]
) -> Pair | None:
    """The link whose event this one continues, perhaps after several moves since the last look, or
    since it was made and the answer to that was lost."""
    passed: set[EventRef] = set()
    while event.continues is not None and event.continues not in passed:
        if event.continues in picture.pairs:
            return picture.pairs[event.continues]
        passed.add(event.continues)
        event = by_ref.get(event.continues, event)
    first = picture.pairs_by_uid.get(event.uid) if passed else None
    has_none = first is not None and first.link.ref is None
    return first if has_none and not is_known_as_foreign(picture, event) else None


def _lost_pair(picture: Picture, event: RemoteEvent, displaced: Mapping[Uid, Pair]) -> Pair | None:
    """The link that has no event (any more) and whose event this is: the answer to its creation was
    lost, or it moved to another address. A copy of an event that lives is not it, nor what may be
    one while its own place is not answered for, nor what was known as foreign before, nor a changed
    one that a person brought back after its appointment was cancelled; while nothing is known of
    its creation, nobody can have brought it back."""
    if is_known_as_foreign(picture, event):
        return None
    moved = displaced.get(event.uid)
    lost = picture.pairs_by_uid.get(event.uid)
    if moved is not None or (lost is not None and lost.link.ref in picture.gone):
        return moved or lost  # it left its place in this very round
    if lost is None or lost.link.ref is not None or event.ref in picture.held:
        return None
    brought_back = lost.appointment.is_over and lost.link.intended is None
    return None if brought_back and not is_ghost(lost, event) else lost
