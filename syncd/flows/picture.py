"""Put what a calendar shows beside what the ledger knows of it, for the core to decide upon.

Reads only. Everything that a decision may look at is in the picture.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from syncd.core.appointment import Link, LinkState
from syncd.core.conflict import ConflictRecord
from syncd.core.errors import Rejected
from syncd.core.events import EventStatus, RemoteEvent, Unreadable
from syncd.core.ids import AppointmentId, EventRef, Uid, remote_uid
from syncd.core.scene import PUBLISH_FROM, Pair, Picture, Scene
from syncd.core.time import Interval
from syncd.flows.linking import first_link
from syncd.ledger import View
from syncd.ports import CalendarProvider

_GONE = LinkState.GONE
BUSY_FROM = timedelta(days=-30)
BUSY_UNTIL = timedelta(days=400)


def horizon(now: datetime) -> Interval:
    """How far busy time is expanded: 30 days back, 400 ahead."""
    return Interval(now + BUSY_FROM, now + BUSY_UNTIL)


def live_count(view: View, scene: Scene) -> int:
    """How many objects of this calendar still matter to somebody."""
    calendar_id, now = scene.calendar.id, scene.now
    return view.live_link_count(calendar_id, now) + view.live_busy_count(calendar_id, now)


def draw(
    view: View,
    provider: CalendarProvider,
    scene: Scene,
    *,
    items: Mapping[EventRef, RemoteEvent | Unreadable],
    gone: Collection[EventRef],
    held: Mapping[EventRef, EventRef] | None = None,
    complete: bool,
) -> Picture:
    """The picture of what was seen (`items`) and is gone for certain, with all that the ledger
    knows about it. `held` says of some where they may have moved from. `complete`: after a full
    listing, also the appointments without a link."""
    calendar_id = scene.calendar.id
    conflicts = _open_conflicts(view, scene)
    seen, expanded = expand(provider, scene, items.values())
    refs = {*items, *gone, *_continued(seen)}
    links = view.links_by_ref(calendar_id, refs)
    strangers = [each for each in seen if isinstance(each, RemoteEvent) and each.ref not in links]
    uids = {event.uid for event in strangers}
    by_uid = _marked_links(view, scene, strangers) | _lost_links(view, scene, uids, gone)
    dirty = view.dirty_links(calendar_id)
    reread, reconsidered = _disturbed(view, provider, scene, conflicts, known={*items, *gone})
    again, expanded_again = expand(provider, scene, (event for event, _ in reread))
    links |= {event.ref: link for event, link in reread}
    marks = _strange_marks(seen, links)
    appointments = view.appointments_by_id(
        {link.appointment_id for link in (*links.values(), *by_uid.values(), *reconsidered)} | marks
    )

    def pair(link: Link) -> Pair:
        disputed = conflicts.get(link.appointment_id, ())
        return Pair(
            link=link, appointment=appointments[link.appointment_id], conflicts=tuple(disputed)
        )

    return Picture(
        scene=scene,
        seen=(*seen, *again),
        gone=frozenset(gone),
        held=held or {},
        records=view.known(calendar_id, refs),
        pairs={ref: pair(link) for ref, link in links.items()},
        pairs_by_uid={uid: pair(link) for uid, link in by_uid.items()},
        mirrored=_mirrored(view, scene, uids),
        expanded=expanded | expanded_again,
        reconsidered=tuple(pair(link) for link in reconsidered),
        dirty=(
            *(Pair(link=link, appointment=each) for link, each in dirty),
            *(unlinked(view, scene) if complete else ()),
        ),
        live=live_count(view, scene) if gone or links else 0,
        unheard=frozenset(marks - appointments.keys()),
    )


def expand(
    provider: CalendarProvider, scene: Scene, items: Iterable[RemoteEvent | Unreadable]
) -> tuple[list[RemoteEvent | Unreadable], dict[EventRef, tuple[Interval, ...]]]:
    """Expand what recurs and takes time; what exceeds the limits counts as unreadable."""
    seen: list[RemoteEvent | Unreadable] = []
    expanded: dict[EventRef, tuple[Interval, ...]] = {}
    for item in items:
        if isinstance(item, RemoteEvent) and item.recurring and item.takes_time:
            try:
                expanded[item.ref] = provider.occurrences(item.body, horizon(scene.now))
            except Rejected as exc:
                seen.append(Unreadable(ref=item.ref, version=item.version, reason=str(exc)))
                continue
        seen.append(item)
    return seen, expanded


def _lost_links(
    view: View, scene: Scene, uids: set[Uid], gone: Collection[EventRef]
) -> dict[Uid, Link]:
    """Links without an event under the uids of new objects: of several, one whose event left its
    place just now, else one that still waits for its event."""
    return {
        uid: link
        for uid, links in view.links_by_uid(scene.calendar.id, uids).items()
        for link in sorted(links, key=lambda each: (each.ref in gone, each.state is not _GONE))
        if link.ref is None or link.ref in gone
    }


def _marked_links(view: View, scene: Scene, strangers: Sequence[RemoteEvent]) -> dict[Uid, Link]:
    """Links without an event whose mark an object bears: made without our hearing of it where moved
    events get new uids, or brought back under an older identity."""
    continued = _continued(strangers)
    marked: dict[str, RemoteEvent] = {}
    for event in sorted(strangers, key=lambda each: (not _is_named_by_us(each, scene), each.ref)):
        if event.mark and event.ref not in continued:
            marked.setdefault(event.mark, event)
    links = view.links_of(AppointmentId(mark) for mark in marked)
    return {
        marked[link.appointment_id].uid: link
        for each in links.values()
        for link in each
        if link.calendar_id == scene.calendar.id
        and link.ref is None
        and (link.intended is not None or _lives(marked[link.appointment_id]))
    }


def _continued(seen: Iterable[RemoteEvent | Unreadable]) -> set[EventRef]:
    """What these took the place of, whether or not it was seen itself."""
    events = (item for item in seen if isinstance(item, RemoteEvent))
    return {event.continues for event in events if event.continues is not None}


def _is_named_by_us(event: RemoteEvent, scene: Scene) -> bool:
    """Whether it has the first identity that we give: of several with one mark, this is no copy."""
    return event.uid == remote_uid(AppointmentId(event.mark or ""), scene.calendar.id, 1)


def _lives(event: RemoteEvent) -> bool:
    return event.is_plain and event.status is not EventStatus.CANCELLED


def _strange_marks(
    seen: Iterable[RemoteEvent | Unreadable], links: Mapping[EventRef, Link]
) -> set[AppointmentId]:
    """The marks that stand on objects which are not, where they are, the event of a link."""
    return {
        AppointmentId(item.mark)
        for item in seen
        if isinstance(item, RemoteEvent)
        and item.mark
        and ((link := links.get(item.ref)) is None or link.uid != item.uid)
    }


def _open_conflicts(view: View, scene: Scene) -> dict[AppointmentId, list[ConflictRecord]]:
    found: dict[AppointmentId, list[ConflictRecord]] = {}
    for conflict in view.conflicts():
        if conflict.calendar_id == scene.calendar.id:
            found.setdefault(conflict.appointment_id, []).append(conflict)
    return found


def _disturbed(
    view: View,
    provider: CalendarProvider,
    scene: Scene,
    conflicts: Mapping[AppointmentId, list[ConflictRecord]],
    *,
    known: Iterable[EventRef],
) -> tuple[list[tuple[RemoteEvent, Link]], list[Link]]:
    """Links in conflict whose appointment changed since: they are compared again, with the event as
    it was last seen, or as one that is gone."""
    seen = set(known)
    again: list[tuple[RemoteEvent, Link]] = []
    vanished: list[Link] = []
    appointments = view.appointments_by_id(conflicts)
    for appointment_id, links in view.links_of(conflicts).items():
        for link in links:
            version = appointments[appointment_id].version
            if link.calendar_id != scene.calendar.id or link.pushed_version == version:
                continue
            if link.state is not LinkState.CONFLICT or link.ref in seen:
                continue
            if link.ref is None:
                vanished.append(link)
                continue
            record = view.known(scene.calendar.id, [link.ref]).get(link.ref)
            if record is not None and record.body:
                event = provider.read(link.ref, record.version, record.body)
                if isinstance(event, RemoteEvent):
                    again.append((event, link))
    return again, vanished


def unlinked(view: View, scene: Scene) -> list[Pair]:
    """Appointments that belong in this calendar and have no link to it yet, as after it was added
    to the practice: each with the link that it shall have."""
    if not scene.calendar.mode.writes:
        return []
    missing = view.unlinked_appointments(
        scene.calendar.id, scene.practitioner.id, ending_after=scene.now - PUBLISH_FROM
    )
    return [Pair(link=first_link(each, scene.calendar), appointment=each) for each in missing]


def _mirrored(view: View, scene: Scene, uids: set[Uid]) -> dict[Uid, Interval | None]:
    """The appointments of the same practitioner that another calendar holds under these uids, also
    those that are over: their copies do not bring them back, and take time of their own."""
    found = view.mirrors(scene.calendar.id, uids, practitioner_id=scene.practitioner.id)
    return {
        uid: None if appointment.is_over else appointment.interval
        for uid, (_, appointment) in found.items()
    }
