"""What one look has learnt of each object so far, and what of that is certain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from syncd.core.events import Absent, EventStatus, Found, RemoteEvent, Unreadable
from syncd.core.ids import EventRef, Version
from syncd.core.remote import RemoteKind, RemoteRecord
from syncd.ledger import Known

_TAKES_TIME = frozenset({RemoteKind.LINKED, RemoteKind.BUSY, RemoteKind.QUARANTINED})

_AT_ONCE = timedelta(hours=1)
"""How far apart two objects may have been stored that were quarantined by one look."""


@dataclass(slots=True)
class Findings:
    """`items` is what was read; `claims` is what seems to be gone, `proven` what is; `unshown` what
    is named, or claimed to be gone, and not answered for; `unresolved` what has to be looked at
    again before the cursor may move; `held` what may have come from the place beside it. `doubt`:
    the calendar contradicted itself."""

    known: Mapping[EventRef, Known]
    items: dict[EventRef, RemoteEvent | Unreadable] = field(default_factory=dict)
    claims: set[EventRef] = field(default_factory=set)
    proven: set[EventRef] = field(default_factory=set)
    unresolved: set[EventRef] = field(default_factory=set)
    unshown: set[EventRef] = field(default_factory=set)
    held: dict[EventRef, EventRef] = field(default_factory=dict)
    doubt: bool = False

    def file(self, ref: EventRef, answer: Found | None, *, said: Version) -> None:
        """Keep an answer that is news. Content that is known at its version, on a server that names
        none or reuses them, is nothing."""
        known = self.known.get(ref)
        match answer:
            case None | Absent():
                self._miss(ref, said)
            case RemoteEvent() if known is not None and _same(known, answer):
                pass
            case _:
                self.items[ref] = answer

    def file_unasked(self, ref: EventRef, answer: Found | None) -> None:
        """Keep the answer about an object that the calendar has no news of. That it is absent is as
        good as the news that it is gone; that it is there may be an old answer: a listing tells."""
        if isinstance(answer, Absent):
            self.claims.add(ref)
            return
        known = self.known[ref]
        self.doubt |= answer is not None and known.kind is RemoteKind.QUARANTINED
        self.file(ref, answer, said=known.version)

    def judge(self, ref: EventRef, answer: Found | None) -> None:
        """A claim of deletion against what is really there."""
        match answer:
            case Absent():
                self.proven.add(ref)
            case None:
                self._miss(ref, self.known[ref].version)
            case _:
                self.doubt = True
                self.file(ref, answer, said=self.known[ref].version)

    def silent(self) -> list[EventRef]:
        """What waits to show itself and has no news: to be asked for."""
        return [
            ref
            for ref, known in self.known.items()
            if known.awaits == ref and ref not in self.items and ref not in self.claims
        ]

    def left_out(self) -> list[EventRef]:
        """What waits for another object and seems to be gone, as what a listing forgot: nothing is
        concluded of it, so it is asked for, lest news of it be passed over."""
        return sorted(self.claims & self.waiting().keys())

    def waiting(self) -> dict[EventRef, EventRef]:
        """What waits for another object, gone or not, with that object."""
        return {
            ref: known.awaits
            for ref, known in self.known.items()
            if known.awaits is not None and known.awaits != ref
        }

    def freed(self) -> list[EventRef]:
        """What waits for nothing any more and has no news: to be asked for. So is what waits for
        one object, and whose event showed itself as another: which of several unshown ones it
        would be nobody could know."""
        shown = {each.uid for each in self.items.values() if isinstance(each, RemoteEvent)}
        return [
            ref
            for ref, awaited in self.waiting().items()
            if ref not in self.items
            and (awaited not in self.unshown or self.known[ref].uid in shown)
        ]

    def continuations(self) -> list[EventRef]:
        """What took the place of events that are over, and is neither here nor known: they moved
        once more since the calendar told of its changes."""
        return sorted(
            {
                event.continued_by
                for event in self.items.values()
                if isinstance(event, RemoteEvent) and event.continued_by is not None
            }
            - self.items.keys()
            - self.known.keys()
        )

    def left(self, *, keeps_identity: bool) -> set[EventRef]:
        """The places where an event was and is no more. Where moving makes a new event, a cancelled
        one may have moved."""
        cancelled = {
            ref
            for ref, item in self.items.items()
            if isinstance(item, RemoteEvent) and item.status is EventStatus.CANCELLED
        }
        return self.proven if keeps_identity else self.proven | cancelled

    def hold(self, left: set[EventRef], records: Mapping[EventRef, RemoteRecord]) -> None:
        """Conclude nothing about events that may have moved: what is new here may have come from a
        place that nobody answers for; a copy of an event that lives would be another one. What has
        `left` may be what is named for the first time and not shown. `records` of all of these."""
        unshown = {ref: records.get(ref) for ref in sorted(self.unshown)}
        places = {each.uid: ref for ref, each in unshown.items() if each is not None and each.uid}
        events = {ref: item for ref, item in self.items.items() if isinstance(item, RemoteEvent)}
        for ref, event in events.items():
            known = self.known.get(ref)
            is_new = known is None or known.kind is RemoteKind.QUARANTINED
            place = places.get(event.uid) or _own_place(event, unshown)
            if is_new and place is not None:
                self.held[ref] = place
            elif is_new and ref in left and event.mark:
                # Ours, first seen when it was over: it may go on as what is not shown yet.
                later = next((at for at, new in unshown.items() if new is None), None)
                if later is not None:
                    self.items[ref] = _perhaps_goes_on(event, later)
        shown = {event.uid for ref, event in events.items() if ref not in left}
        continued = {event.continues for event in events.values()}
        for ref in sorted(left & records.keys() - continued):
            record = records[ref]
            if record.kind in _TAKES_TIME and record.uid and record.uid not in shown:
                place = next((at for at, new in unshown.items() if _may_be(new, record)), None)
                if place is not None:
                    self.proven.discard(ref)
                    self.items[ref] = _perhaps_moved(record, place)

    def _miss(self, ref: EventRef, said: Version) -> None:
        """The calendar names an object and does not show it. The first time there is a doubt: it
        may be under way to another address, or just not there yet. After that it is an object that
        cannot be read, and holds nothing else up. What waits for another goes on to."""
        known = self.known.get(ref)
        awaits = ref if known is None or known.awaits is None else known.awaits
        if known is None or (known.awaits, known.version) != (awaits, said):
            self.unresolved.add(ref)
        self.unshown.add(ref)
        reason = "the server names it and does not show it"
        self.items[ref] = Unreadable(ref=ref, version=said, reason=reason, awaits=awaits)


def _own_place(
    event: RemoteEvent, unshown: Mapping[EventRef, RemoteRecord | None]
) -> EventRef | None:
    """The address that an event's UID gave it where it was made, if something is there that was
    never shown: this one may be a copy of it."""
    never_shown = (at for at, known in unshown.items() if known is None and at != event.ref)
    return next((at for at in never_shown if event.uid and event.uid in at), None)


def _may_be(new: RemoteRecord | None, gone: RemoteRecord) -> bool:
    """Whether an object that is not shown may be what is gone. It had its UID when it was shown; or
    it never was, and is named for the first time, or was when that one was not answered for."""
    if new is None:
        return True
    if new.uid or gone.awaits is None or new.since is None or gone.since is None:
        return new.uid == gone.uid and new.kind is RemoteKind.QUARANTINED
    return new.since > gone.since - _AT_ONCE


def _perhaps_moved(record: RemoteRecord, place: EventRef) -> Unreadable:
    reason = f"it left its place, and may be what the server names and does not show: {place}"
    return Unreadable(ref=record.ref, version=record.version, reason=reason, awaits=place)


def _perhaps_goes_on(event: RemoteEvent, place: EventRef) -> Unreadable:
    reason = f"it is over, and may go on as what the server names and does not show: {place}"
    return Unreadable(ref=event.ref, version=event.version, reason=reason, awaits=place)


def _same(known: Known, event: RemoteEvent) -> bool:
    is_understood = known.kind is not RemoteKind.QUARANTINED
    return is_understood and (known.version, known.digest) == (event.version, event.digest)
