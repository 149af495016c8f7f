"""What people do in a history: the clinic, a colleague with a calendar tool, the operator, time.

Each deed is done if it is possible just now. Times and titles are new each time, so that nothing is
the same by chance.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from flows.histories import HALF_HOUR, STAFF, Deed, World, a_roster, summary

from syncd.core.appointment import Party, Status
from syncd.core.conflict import Resolution
from syncd.core.events import EventStatus, RemoteEvent
from syncd.core.ids import EventRef
from syncd.core.lifecycle import Action, Command
from syncd.core.practice import Adopt, Disclosure, Mode, OnRemoteDelete
from syncd.core.time import Interval
from syncd.flows.booking import Booking, act_on, book
from syncd.flows.calendars import release, resync, suspend
from syncd.flows.practice import apply_roster
from syncd.flows.resolving import resolve
from syncd.testing.foreign import ForeignEvent, Repeat
from syncd.testing.memory_calendar import Hand
from syncd.testing.quirks import Shape

# The clinic's deeds


def _books(world: World) -> str:
    wish = Booking(
        activity_id=world.chance.choice(["consultation", "request"]),
        practitioner_id="dr-patel",
        start=world.a_start(),
        client_name=world.a_name("Client"),
        client_email="family@example.org",
        overbook=(over := world.chance.random() < 0.2),
        reason="urgent" if over else None,
    )
    made = book(world.around, wish, STAFF)
    return f"{made.number} {made.start}"


def _moves(world: World) -> str | None:
    found = world.an_appointment(Status.BOOKED, Status.PENDING)
    if found is None:
        return None
    start = world.a_start()
    command = Command(
        action=Action.RESCHEDULE, party=Party.ADMIN, interval=Interval(start, start + HALF_HOUR)
    )
    act_on(world.around, found.number, command, STAFF)
    return f"{found.number} to {start}"


def _cancels(world: World) -> str | None:
    found = world.an_appointment(Status.BOOKED, Status.PENDING)
    if found is None:
        return None
    act_on(world.around, found.number, Command(action=Action.CANCEL, party=Party.ADMIN), STAFF)
    return found.number


def _confirms(world: World) -> str | None:
    found = world.an_appointment(Status.PENDING)
    if found is None:
        return None
    act_on(world.around, found.number, Command(action=Action.CONFIRM, party=Party.ADMIN), STAFF)
    return found.number


# The colleague's deeds


def _adds(world: World) -> str:
    calendar = world.chance.choice(list(world.calendars.values()))
    start = world.a_start()
    kind = world.chance.random()
    event = ForeignEvent(
        start=start,
        end=start + HALF_HOUR,
        title=world.a_name("title"),
        note=world.a_name("note"),
        properties=(("X-SECRET", world.a_name("x")),),
    )
    if kind < 0.15:
        event = replace(event, repeat=Repeat(every_days=7, count=3))
    elif kind < 0.25:
        event = replace(event, start=start.date(), end=start.date() + timedelta(days=1))
    elif kind < 0.35:
        event = replace(event, transparent=True)
    ref = calendar.colleague_adds(event)
    return f"{calendar.name} {ref} {summary(calendar.stored(ref).body)}"


def _moves_event(world: World) -> str | None:
    found = world.an_event()
    if found is None:
        return None
    calendar, event = found
    content = calendar.content(event.ref)
    start: date | datetime = world.a_start()
    end: date | datetime = start + HALF_HOUR
    if not isinstance(content.start, datetime):
        start, end = start.date(), start.date() + timedelta(days=1)
    ref = calendar.colleague_moves(event.ref, start, end)
    return f"{calendar.name} {event.ref} to {start} {ref if ref != event.ref else ''}"


def _renames(world: World) -> str | None:
    found = world.an_event()
    if found is None:
        return None
    calendar, event = found
    title = world.a_name("title")
    calendar.colleague_renames(event.ref, title)
    return f"{calendar.name} {event.ref} to {title}"


def _annotates(world: World) -> str | None:
    found = world.an_event()
    if found is None:
        return None
    calendar, event = found
    content = calendar.content(event.ref)
    calendar.colleague_edits(event.ref, replace(content, note=world.a_name("note")))
    return f"{calendar.name} {event.ref}"


def _removes(world: World) -> str | None:
    found = world.an_event()
    if found is None:
        return None
    calendar, event = found
    world.removes(calendar, event)
    calendar.colleague_deletes(event.ref)
    return f"{calendar.name} {event.ref}"


def _calls_off(world: World) -> str | None:
    found = world.an_event()
    if found is None:
        return None
    calendar, event = found
    world.removes(calendar, event)
    calendar.colleague_cancels(event.ref)
    return f"{calendar.name} {event.ref}"


def _revives(world: World) -> str | None:
    found = world.an_event(cancelled=True)
    if found is None:
        return None
    calendar, event = found
    if calendar.quirks.shape is Shape.CALCOM:
        return None
    content = calendar.content(event.ref)
    calendar.colleague_edits(
        event.ref, replace(content, status=EventStatus.CONFIRMED, transparent=False)
    )
    world.doubled[event.uid] += 1
    return f"{calendar.name} {event.ref}"


def _restores(world: World) -> str | None:
    calendar = world.chance.choice(list(world.calendars.values()))
    lost = sorted({each.ref for each in calendar.history if each.body} - set(calendar.refs))
    if not lost:
        return None
    ref = world.chance.choice(lost)
    calendar.colleague_restores(ref)
    event = calendar.event(ref)
    if isinstance(event, RemoteEvent):
        world.doubled[event.uid] += 1
    return f"{calendar.name} {ref}"


def _relocates(world: World) -> str | None:
    """A client that moves an event by writing it elsewhere and deleting it here."""
    found = world.an_event()
    if found is None or found[0].quirks.shape is not Shape.CALDAV:
        return None
    calendar, event = found
    ref = EventRef(f"/{calendar.name}/{world.a_name('elsewhere')}.ics")
    if world.depth > 1 and calendar.quirks.page_size:
        world.doubled[event.uid] += 1  # from a page still to come to one already read
    body = calendar.stored(event.ref).body
    world.removes(calendar, event)
    calendar.remove(event.ref, Hand.COLLEAGUE)
    calendar.put(ref, body, Hand.COLLEAGUE)
    return f"{calendar.name} {event.ref} to {ref}"


def _copies(world: World) -> str | None:
    found = world.an_event()
    if found is None or found[0].quirks.shape is not Shape.CALDAV or found[0].quirks.uid_unique:
        return None
    calendar, event = found
    ref = EventRef(f"/{calendar.name}/{world.a_name('copy')}.ics")
    calendar.put(ref, calendar.stored(event.ref).body, Hand.COLLEAGUE)
    world.doubled[event.uid] += 1
    return f"{calendar.name} {event.ref} to {ref}"


def _makes_recurring(world: World) -> str | None:
    found = world.an_event()
    if found is None or found[0].quirks.shape is Shape.CALCOM:
        return None
    calendar, event = found
    content = calendar.content(event.ref)
    repeat = None if content.repeat else Repeat(every_days=7, count=3)
    calendar.colleague_edits(event.ref, replace(content, repeat=repeat))
    return f"{calendar.name} {event.ref} {'recurring' if repeat else 'plain'}"


def _spoils(world: World) -> str | None:
    found = world.an_event()
    if found is None or found[0].quirks.shape is not Shape.CALDAV:
        return None
    calendar, event = found
    calendar.colleague_spoils(event.ref)
    return f"{calendar.name} {event.ref}"


def _mends(world: World) -> str | None:
    for calendar in world.calendars.values():
        for ref in calendar.refs:
            good = [
                each.body
                for each in calendar.history
                if each.ref == ref and each.body and not each.body.startswith("{ broken")
            ]
            if calendar.stored(ref).body.startswith("{ broken") and good:
                calendar.put(ref, good[-1], Hand.COLLEAGUE)
                return f"{calendar.name} {ref}"
    return None


# The operator's, the server's and time's deeds


def _resolves(world: World) -> str | None:
    with world.ledger.read() as view:
        found = view.conflicts()
    if not found:
        return None
    conflict = world.chance.choice(found)
    side = world.chance.choice([Resolution.LEDGER, Resolution.REMOTE])
    resolve(world.around, conflict.id, side, STAFF)
    return f"{conflict.field} of {conflict.appointment_id[:8]} as {side}"


def _releases(world: World) -> str | None:
    with world.ledger.read() as view:
        found = [each.calendar_id for each in view.states() if each.suspended_at]
    if not found:
        return None
    release(world.around, found[0], STAFF)
    return found[0]


def _suspends(world: World) -> str | None:
    if world.chance.random() < 0.7:
        return None
    calendar_id = world.chance.choice(list(world.calendars))
    suspend(world.around, calendar_id, STAFF)
    return calendar_id


def _resyncs(world: World) -> str:
    calendar_id = world.chance.choice(list(world.calendars))
    resync(world.around, calendar_id)
    return calendar_id


def _forgets_cursors(world: World) -> str:
    calendar = world.chance.choice(list(world.calendars.values()))
    calendar.expire_cursors()
    return calendar.name


def _reconfigures(world: World) -> str:
    """Somebody edits the practice file, and has it applied."""
    changed = world.chance.choice(world.practice)
    choices = {
        "mode": list(Mode),
        "adopt": list(Adopt),
        "disclosure": list(Disclosure),
        "on_remote_delete": list(OnRemoteDelete),
        "active": [True, False],
    }
    what = world.chance.choice(sorted(choices))
    changed = replace(changed, **{what: world.chance.choice(choices[what])})
    calendars = tuple(changed if each.id == changed.id else each for each in world.practice)
    apply_roster(world.around, a_roster(calendars), STAFF)
    world.reconfigured += 1
    return f"{changed.id}: {what} is {getattr(changed, what)}"


def _lets_time_pass(world: World) -> str:
    by = timedelta(minutes=world.chance.choice([1, 5, 30, 60, 60, 300, 1500]))
    world.clock.advance(by)
    return f"{by} to {world.clock.now()}"


CLINIC_DEEDS = (_books, _books, _moves, _moves, _cancels, _confirms)
COLLEAGUE_DEEDS = (
    _adds,
    _adds,
    _moves_event,
    _moves_event,
    _renames,
    _annotates,
    _removes,
    _calls_off,
    _revives,
    _restores,
    _relocates,
    _copies,
    _makes_recurring,
    _spoils,
    _mends,
)
OPERATOR_DEEDS = (
    _resolves,
    _resolves,
    _releases,
    _suspends,
    _resyncs,
    _forgets_cursors,
    _reconfigures,
    _lets_time_pass,
)

DEEDS: tuple[Deed, ...] = (
    *(_books, _books, _adds, _books, _books, _adds, _adds, _confirms),
    *(3 * CLINIC_DEEDS),
    *(2 * COLLEAGUE_DEEDS),
    *OPERATOR_DEEDS,
)
