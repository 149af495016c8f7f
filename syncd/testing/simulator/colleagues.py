"""What colleagues do in their calendars with tools of their own, and what their clients do to them.

Each deed is done if it is possible just now. Titles, notes and times are new each time, so that
whatever is lost can be missed.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from syncd.core.events import EventStatus, RemoteEvent
from syncd.core.ids import CalendarId, EventRef
from syncd.testing.foreign import ForeignEvent, Repeat
from syncd.testing.memory_calendar import Hand, MemoryCalendar
from syncd.testing.quirks import Shape
from syncd.testing.simulator.choices import Option
from syncd.testing.simulator.outlaws import hides_news

if TYPE_CHECKING:
    from syncd.testing.simulator.world import World

HALF_HOUR = timedelta(minutes=30)


def adds(world: World) -> str:
    calendar = world.which("calendar", list(world.calendars.values()))
    assert calendar is not None
    start = world.a_start()
    event = ForeignEvent(
        start=start,
        end=start + HALF_HOUR,
        title=world.a_name("title"),
        note=world.a_name("note"),
        properties=(("X-SECRET", world.a_name("x")),),
    )
    kind = world.choices.pick(
        "kind",
        (
            Option("plain", 7),
            "weekly",
            "daily for ever",
            Option("daily since long ago", 0.5),
            "all day",
            "free",
            Option("tentative", 2),
            "local",
            "floating",
        ),
    )
    wall = start.astimezone(world.zone).replace(tzinfo=None, fold=0)
    match kind:
        case "weekly":
            event = replace(
                event,
                start=wall,
                end=wall + HALF_HOUR,
                zone=world.profile.zone,
                repeat=Repeat(count=30),
            )
        case "daily for ever":
            event = replace(
                event,
                start=wall,
                end=wall + HALF_HOUR,
                zone=world.profile.zone,
                repeat=Repeat(every_days=1),
            )
        case "daily since long ago":
            wall = wall.replace(year=2010, day=1)
            event = replace(event, start=wall, end=wall + HALF_HOUR, repeat=Repeat(every_days=1))
        case "all day":
            event = replace(event, start=start.date(), end=start.date() + timedelta(days=1))
        case "free":
            event = replace(event, transparent=True)
        case "tentative":
            event = replace(event, status=EventStatus.TENTATIVE)
        case "local":
            event = replace(event, start=wall, end=wall + HALF_HOUR, zone=world.profile.zone)
        case "floating":
            event = replace(event, start=wall, end=wall + HALF_HOUR)
    ref = calendar.colleague_adds(event)
    return f"{calendar.name} {ref} {kind} {start} {event.title}"


def moves_event(world: World) -> str | None:
    found = world.an_event()
    if found is None:
        return None
    calendar, event = found
    content = calendar.content(event.ref)
    at = world.a_start()
    start: date | datetime = at
    end: date | datetime = at + HALF_HOUR
    if not isinstance(content.start, datetime):
        start, end = at.date(), at.date() + timedelta(days=1)
    elif content.start.tzinfo is None:
        wall = at.astimezone(world.zone).replace(tzinfo=None, fold=0)
        start, end = wall, wall + HALF_HOUR
    asks = calendar.quirks.confirms and world.choices.pick("asks", ("no", "again")) == "again"
    ref = calendar.colleague_moves(event.ref, start, end, asks=asks)
    told = f"{ref if ref != event.ref else ''}{' and asks again' * asks}"
    return f"{calendar.name} {event.ref} to {start} {told}"


def resizes(world: World) -> str | None:
    """Longer or shorter, and it begins when it did."""
    found = world.an_event()
    if found is None:
        return None
    calendar, event = found
    content = calendar.content(event.ref)
    if not isinstance(content.start, datetime) or not isinstance(content.end, datetime):
        return None
    lasts = int(world.choices.pick("minutes", ("60", "15", "45", "90")))
    end = content.start + timedelta(minutes=lasts)
    if end == content.end:
        return None
    ref = calendar.colleague_moves(event.ref, content.start, end)
    return f"{calendar.name} {event.ref} to {lasts} minutes {ref if ref != event.ref else ''}"


def requests(world: World) -> list[tuple[MemoryCalendar, RemoteEvent]]:
    """What waits for its host's yes."""
    return [
        (calendar, event)
        for calendar in world.calendars.values()
        if calendar.quirks.confirms
        for event in calendar.events()
        if event.status is EventStatus.TENTATIVE
    ]


def agrees(world: World) -> str | None:
    """The host says yes in the calendar itself."""
    found = world.which("request", requests(world))
    if found is None:
        return None
    calendar, event = found
    content = replace(calendar.content(event.ref), status=EventStatus.CONFIRMED)
    calendar.colleague_edits(event.ref, content)
    return f"{calendar.name} {event.ref}"


def renames(world: World) -> str | None:
    found = world.an_event()
    if found is None:
        return None
    calendar, event = found
    title = world.a_name("title")
    calendar.colleague_renames(event.ref, title)
    return f"{calendar.name} {event.ref} to {title}"


def annotates(world: World) -> str | None:
    found = world.an_event()
    if found is None:
        return None
    calendar, event = found
    note = world.a_name("note")
    calendar.colleague_edits(event.ref, replace(calendar.content(event.ref), note=note))
    return f"{calendar.name} {event.ref} with {note}"


def removes(world: World) -> str | None:
    found = world.an_event()
    if found is None:
        return None
    calendar, event = found
    world.excuses.removes(calendar, event)
    calendar.colleague_deletes(event.ref)
    return f"{calendar.name} {event.ref}"


def calls_off(world: World) -> str | None:
    found = world.an_event()
    if found is None:
        return None
    calendar, event = found
    world.excuses.removes(calendar, event)
    calendar.colleague_cancels(event.ref)
    return f"{calendar.name} {event.ref}"


def revives(world: World) -> str | None:
    found = world.an_event(cancelled=True)
    if found is None or found[0].quirks.shape is Shape.CALCOM:
        return None
    calendar, event = found
    content = calendar.content(event.ref)
    alive = replace(content, status=EventStatus.CONFIRMED, transparent=False)
    calendar.colleague_edits(event.ref, alive)
    world.excuses.doubled[event.uid] += 1
    return f"{calendar.name} {event.ref}"


def restores(world: World) -> str | None:
    """Undo of a deletion."""
    calendar = world.which("calendar", list(world.calendars.values()))
    assert calendar is not None
    lost = sorted(
        {each.ref for each in calendar.history if each.body and _lives(calendar, each.incarnation)}
        - set(calendar.refs)
    )
    ref = world.which("event", lost)
    if ref is None:
        return None
    calendar.colleague_restores(ref)
    event = calendar.event(ref)
    if isinstance(event, RemoteEvent):
        world.excuses.doubled[event.uid] += 1
    return f"{calendar.name} {ref}"


def relocates(world: World) -> str | None:
    """A client that moves an event by writing it elsewhere and deleting it here."""
    found = world.an_event()
    if found is None or found[0].quirks.shape is not Shape.CALDAV:
        return None
    calendar, event = found
    stored = calendar.stored(event.ref)
    assert stored is not None
    ref = EventRef(f"/{calendar.name}/{world.a_name('elsewhere')}.ics")
    silent = world.choices.pick("silent", (Option("neither", 2), "the old place", "the new one"))
    if silent != "neither":
        calendar.silent.add(event.ref if silent == "the old place" else ref)
    halfway = world.profile.lags or (world.tasks.parked and calendar.quirks.page_size)
    has_twin = any(each.uid == event.uid and each.ref != event.ref for each in calendar.events())
    if halfway or has_twin or hides_news(calendar.quirks):
        # Seen halfway, or on a page still to come; or of two with one UID (RFC 4791 forbids them)
        # both move at once.
        world.excuses.doubled[event.uid] += 1
        world.excuses.removes(calendar, event)
    world.unseen[calendar.name] = 2  # looks
    calendar.remove(event.ref, Hand.COLLEAGUE)
    calendar.put(ref, stored.body, Hand.COLLEAGUE)
    return f"{calendar.name} {event.ref} to {ref}"


def clears_out(world: World) -> str | None:
    """Somebody deletes or cancels all that is in a calendar, or nearly all."""
    calendar = world.which("calendar", list(world.calendars.values()))
    assert calendar is not None
    left = int(world.choices.pick("left", ("0", "1", "2")))
    events = [each for each in calendar.events() if each.status is not EventStatus.CANCELLED]
    calls_them_off = world.choices.pick("how", ("deleted", "called off")) == "called off"
    for event in events[left:]:
        world.excuses.removes(calendar, event)
        if calls_them_off:
            calendar.colleague_cancels(event.ref)
        else:
            calendar.colleague_deletes(event.ref)
    return f"{calendar.name}: {len(events[left:])} events"


def copies(world: World) -> str | None:
    """Into the same calendar, or into another one."""
    found = world.an_event()
    if found is None or found[0].quirks.shape is not Shape.CALDAV or found[0].quirks.uid_unique:
        return None
    calendar, event = found
    stored = calendar.stored(event.ref)
    assert stored is not None
    into = world.which("into", [calendar, *world.calendars.values()])
    assert into is not None
    ref = EventRef(f"/{into.name}/{world.a_name('copy')}.ics")
    into.put(ref, stored.body, Hand.COLLEAGUE)
    world.excuses.doubled[event.uid] += 1
    return f"{calendar.name} {event.ref} to {ref}"


def twins(world: World) -> list[tuple[MemoryCalendar, RemoteEvent, RemoteEvent]]:
    """Events of one identity at two addresses of one calendar."""
    return [
        (calendar, one, other)
        for calendar in world.calendars.values()
        for one in calendar.events()
        for other in calendar.events()
        if one.uid == other.uid and one.ref != other.ref
    ]


def keeps_one_copy(world: World) -> str | None:
    """Of two that are the same, one is removed, and a word written into the other."""
    found = world.which("twins", twins(world))
    if found is None:
        return None
    calendar, lost, kept = found
    world.excuses.removes(calendar, lost)
    calendar.colleague_deletes(lost.ref)
    content = replace(calendar.content(kept.ref), note=world.a_name("note"))
    calendar.colleague_edits(kept.ref, content)
    return f"{calendar.name} {kept.ref} and not {lost.ref}"


def makes_recurring(world: World) -> str | None:
    """Or plain again, if it recurs."""
    found = world.an_event()
    if found is None or found[0].quirks.shape is Shape.CALCOM:
        return None
    calendar, event = found
    content = calendar.content(event.ref)
    repeat = None if content.repeat else Repeat(every_days=7, count=3)
    world.excuses.doubled[event.uid] += repeat is None  # its appointment may have ended meanwhile
    calendar.colleague_edits(event.ref, replace(content, repeat=repeat))
    return f"{calendar.name} {event.ref} {'recurring' if repeat else 'plain'}"


def spoils(world: World) -> str | None:
    """Something is there that nobody can understand."""
    found = world.an_event()
    if found is None or found[0].quirks.shape is not Shape.CALDAV:
        return None
    calendar, event = found
    with world.eyes.read() as view:
        record = view.known(CalendarId(calendar.name), [event.ref]).get(event.ref)
        if record is None or not record.digest:
            world.excuses.removes(calendar, event)  # it may have come from elsewhere, who knows
    calendar.colleague_spoils(event.ref)
    return f"{calendar.name} {event.ref}"


def spoilt(calendar: MemoryCalendar) -> list[EventRef]:
    """Where something is that nobody can understand."""
    there = ((ref, calendar.stored(ref)) for ref in calendar.refs)
    return [ref for ref, stored in there if stored and stored.body.startswith("{ broken")]


def mends(world: World) -> str | None:
    for calendar in world.calendars.values():
        for ref in spoilt(calendar):
            good = [
                each.body
                for each in calendar.history
                if each.ref == ref and each.body and not each.body.startswith("{ broken")
            ]
            if good:
                calendar.put(ref, good[-1], Hand.COLLEAGUE)
                return f"{calendar.name} {ref}"
    return None


def _lives(calendar: MemoryCalendar, incarnation: int) -> bool:
    return calendar.incarnation == incarnation
