"""Pictures drawn with nothing but a way to pick one of n: from a seed at speed, or by Hypothesis.

Each place of a picture has a linked appointment, a foreign object, or both at odds: moved, copied,
replaced, gone, unreadable. Also states that no history reaches.
"""

from collections.abc import Callable
from functools import cache

from laws.picture_values import (
    ALL_WHENS,
    CALENDAR_ID,
    ELSEWHERE,
    FIELDS,
    IDS,
    KINDS,
    OUR_UIDS,
    REFS,
    SCENES,
    STATUSES,
    STRETCHES,
    THEIR_UIDS,
    TITLES,
    agreed,
    appointment,
    conflict,
    event,
    mirror,
    record,
)

from syncd.core.appointment import Link, LinkState, Origin, Status
from syncd.core.events import Attendance, EventStatus, RemoteEvent, Unreadable
from syncd.core.ids import Version
from syncd.core.remote import RemoteKind
from syncd.core.scene import Pair, Picture

Pick = Callable[[int], int]
"""One of 0 … n-1; 0 is the plainest choice."""

_LIKELY = tuple(STATUSES.index(each) for each in (Status.BOOKED,) * 5 + (Status.PENDING,) * 2)
_STATUSES = (*_LIKELY, *range(len(STATUSES)))
_EVENT_STATUSES = (EventStatus.CONFIRMED,) * 5 + (EventStatus.CANCELLED,) * 2
_EVENT_STATUSES += (EventStatus.TENTATIVE,)
_ATTENDANCES = (Attendance.OWN,) * 6 + (Attendance.INVITED, Attendance.DECLINED)
_STATES = (LinkState.IN_SYNC,) * 3 + tuple(LinkState)
_LINKED_WHENS = len(STRETCHES)
_BEFORE = Version('"before"')


@cache
def _wanted(scene: int, place: int) -> str:
    """The title that the ledger wants for an event of ours."""
    ours = Link(
        appointment_id=IDS[place],
        calendar_id=CALENDAR_ID,
        uid=OUR_UIDS[place],
        origin=Origin.OURS,
    )
    return SCENES[scene].title(ours, appointment(place, 0, 0, -1, 1)) or ""


class _Sketch:
    """A picture in the making."""

    def __init__(self, pick: Pick) -> None:
        self.pick = pick
        self.number = pick(len(SCENES))
        self.scene = SCENES[self.number]
        self.seen: list[RemoteEvent | Unreadable] = []
        self.gone = set()
        self.records = {}
        self.pairs = {}
        self.pairs_by_uid = {}
        self.mirrored = {}
        self.expanded = {}
        self.reconsidered = []
        self.dirty = []

    def link(self, place, *, ref=True, state=None) -> Pair:
        """A pair at its place, in any state."""
        pick = self.pick
        adopted = pick(3) == 2
        title = pick(len(TITLES)) if adopted else -1
        version = 1 + pick(3)
        self.when = pick(_LINKED_WHENS)
        found = appointment(place, self.when, _STATUSES[pick(16)], title, version)
        self.uid = THEIR_UIDS[place] if adopted else OUR_UIDS[place]
        self.title = TITLES[title] if adopted else _wanted(self.number, place)
        state = _STATES[pick(8)] if state is None else state
        if ref and state is LinkState.GONE:
            state = LinkState.PENDING_WRITE
        drafted = None if adopted else (self.title, TITLES[4], None)[pick(3)]
        base = self._agreed(drafted) if pick(8) != 7 else None
        link = Link(
            appointment_id=IDS[place],
            calendar_id=CALENDAR_ID,
            uid=self.uid,
            origin=Origin.ADOPTED if adopted else Origin.OURS,
            ref=REFS[place] if ref else None,
            version=_BEFORE if ref else Version(""),
            digest="before" if ref else "",
            base=base,
            state=state,
            pushed_version=version if pick(2) else pick(version),
            intended=self._agreed(drafted) if not adopted and pick(6) == 5 else None,
        )
        conflicts = ()
        if state is LinkState.CONFLICT or (state is LinkState.SUSPENDED and pick(2)):
            about = FIELDS[pick(len(FIELDS))]
            conflicts = (conflict(place, about, link.ref if pick(2) else None),)
            if pick(4) == 3:
                conflicts += (conflict(place, FIELDS[FIELDS.index(about) - 1], None),)
        return Pair(link=link, appointment=found, conflicts=conflicts)

    def _agreed(self, drafted):
        pick = self.pick
        self.when = self.when if pick(2) else pick(_LINKED_WHENS)
        self.title = self.title if pick(2) else TITLES[pick(len(TITLES))]
        return agreed(
            self.when,
            self.title,
            drafted,
            cancelled=pick(6) == 5,
            tentative=pick(4) == 3,
            absent=self.scene.marks_absence and pick(6) == 5,
        )

    def event(self, ref, uid, *, mark=None, continues=None) -> RemoteEvent:
        """The event of the link that was drawn last, as agreed upon or changed since."""
        pick = self.pick
        odd = pick(10) == 9
        when = pick(len(ALL_WHENS)) if odd else self.when if pick(2) else pick(_LINKED_WHENS)
        return event(
            ref,
            uid,
            when,
            self.title if pick(2) else TITLES[pick(len(TITLES))],
            _EVENT_STATUSES[pick(8)],
            recurring=odd and pick(2) == 1,
            mark=mark,
            continues=continues,
            absent=self.scene.marks_absence and pick(4) == 3,
        )

    def put(self, pair, *, seen=None, looked=True) -> None:
        """The pair where a look would put it; `looked` at its place, or not."""
        link = pair.link
        if link.ref is not None and looked:
            self.records[link.ref] = record(link.ref, RemoteKind.LINKED, 0, link.digest)
            self.pairs[link.ref] = pair
        if link.ref is None or link.ref in self.gone:
            self.pairs_by_uid[link.uid] = pair
        if seen is not None:
            self.see(seen)
        if link.pushed_version != pair.appointment.version:
            if link.state in (LinkState.PENDING_WRITE, LinkState.IN_SYNC):
                self.dirty.append(pair)
            elif link.state is LinkState.CONFLICT and link.ref is None:
                self.reconsidered.append(pair)

    def see(self, event: RemoteEvent) -> None:
        self.seen.append(event)
        if event.recurring:
            self.expanded[event.ref] = (mirror(3), mirror(5))

    def foreign(self, place, ref) -> None:
        pick = self.pick
        odd = pick(4) == 3
        uid = THEIR_UIDS[place]
        found = event(
            ref,
            uid,
            pick(len(ALL_WHENS)) if odd else pick(_LINKED_WHENS),
            TITLES[pick(len(TITLES))],
            _EVENT_STATUSES[pick(8)],
            attendance=_ATTENDANCES[pick(8)],
            transparent=pick(8) == 7,
            recurring=odd and pick(2) == 1,
            is_marked=pick(3) == 2,
        )
        self.see(found)
        if pick(2):
            digest = found.digest if pick(2) else "before"
            self.records[ref] = record(ref, KINDS[pick(4)], pick(8) - 1, digest)
        if pick(8) == 7:
            self.mirrored[uid] = mirror(pick(_LINKED_WHENS)) if pick(4) else None


def _changed(sketch: _Sketch, place: int) -> None:
    pair = sketch.link(place)
    sketch.put(pair, seen=sketch.event(REFS[place], pair.link.uid))


def _gone(sketch: _Sketch, place: int) -> None:
    sketch.gone.add(REFS[place])
    sketch.put(sketch.link(place))


def _unanswered(sketch: _Sketch, place: int) -> None:
    """A link without an event, whose event is there."""
    pair = sketch.link(place, ref=False)
    sketch.put(pair, seen=sketch.event(ELSEWHERE[place], pair.link.uid))


def _unseen(sketch: _Sketch, place: int) -> None:
    """Changed in the ledger alone, or not at all; perhaps in conflict about what is gone."""
    sketch.put(sketch.link(place, ref=sketch.pick(2) == 0), looked=False)


def _foreign(sketch: _Sketch, place: int) -> None:
    sketch.foreign(place, REFS[place])


def _forgotten(sketch: _Sketch, place: int) -> None:
    sketch.gone.add(REFS[place])
    sketch.records[REFS[place]] = record(
        REFS[place], KINDS[sketch.pick(4)], sketch.pick(8) - 1, "before"
    )


def _moved(sketch: _Sketch, place: int) -> None:
    """The same event at another address, and perhaps still at the old one, where it is a copy, or
    cannot be read, or was not looked at."""
    mode = sketch.pick(4)
    odd = sketch.pick(3) if mode == 2 else 0
    if odd == 1:
        sketch.seen.append(Unreadable(ref=REFS[place], version=_BEFORE, reason="too large"))
    elif mode != 3 and odd == 0:
        sketch.gone.add(REFS[place])
    pair = sketch.link(place)
    continues = REFS[place] if mode == 2 else None
    uid = THEIR_UIDS[place - 1] if mode == 2 else pair.link.uid
    there = sketch.event(ELSEWHERE[place], uid, continues=continues)
    copied = mode == 3 and sketch.pick(2) == 1
    sketch.put(pair, seen=there, looked=mode != 3 or copied)
    if copied:
        sketch.see(sketch.event(REFS[place], pair.link.uid))


def _replaced(sketch: _Sketch, place: int) -> None:
    """Another event in its place; its own may be elsewhere, and may be known by its mark."""
    pair = sketch.link(place)
    mark = pair.appointment.id if sketch.pick(4) == 3 else None
    stranger = THEIR_UIDS[place - 1]
    sketch.put(pair, seen=sketch.event(REFS[place], stranger, mark=mark))
    if sketch.pick(2):
        sketch.see(sketch.event(ELSEWHERE[place], pair.link.uid))


def _unreadable(sketch: _Sketch, place: int) -> None:
    ref, version = REFS[place], (_BEFORE, Version('"odd"'))[sketch.pick(2)]
    sketch.seen.append(Unreadable(ref=ref, version=version, reason="too large"))
    if sketch.pick(2):
        sketch.put(sketch.link(place))
    if sketch.pick(2):
        sketch.records[ref] = record(ref, KINDS[sketch.pick(4)], sketch.pick(8) - 1, "before")


_SKETCHES = (
    *(_changed,) * 6,
    *(_gone,) * 2,
    *(_foreign,) * 3,
    *(_unseen,) * 2,
    _unanswered,
    _forgotten,
    _moved,
    _replaced,
    _unreadable,
)
_COUNTS = (1, 1, 1, 1, 1, 1, 1, 2, 2, 3)


def draw_picture(pick: Pick) -> Picture:
    """One look at one calendar."""
    sketch = _Sketch(pick)
    for place in range(_COUNTS[pick(len(_COUNTS))]):
        _SKETCHES[pick(len(_SKETCHES))](sketch, place)
    return Picture(
        scene=sketch.scene,
        seen=tuple(sketch.seen),
        gone=frozenset(sketch.gone),
        records=sketch.records,
        pairs=sketch.pairs,
        pairs_by_uid=sketch.pairs_by_uid,
        mirrored=sketch.mirrored,
        expanded=sketch.expanded,
        reconsidered=tuple(sketch.reconsidered),
        dirty=tuple(sketch.dirty),
        live=len(sketch.records) if sketch.gone or sketch.pairs else 0,
    )
