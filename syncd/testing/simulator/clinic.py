"""What the practice does: it books, moves, confirms and cancels, and sees to conflicts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from syncd.core.appointment import Appointment, Party, Status
from syncd.core.conflict import ConflictRecord, Resolution
from syncd.core.errors import NotAllowed, SlotTaken, Transient, VersionConflict
from syncd.core.ids import PractitionerId
from syncd.core.lifecycle import Action, Command
from syncd.core.time import Interval
from syncd.flows.acting import act_on
from syncd.flows.asking import Changes, Field
from syncd.flows.booking import Booking, book
from syncd.flows.calendars import release, resync, suspend
from syncd.flows.clients import erase
from syncd.flows.people import Particulars, change_person
from syncd.flows.resolving import resolve
from syncd.flows.upkeep import tidy
from syncd.testing.simulator.choices import Option
from syncd.testing.simulator.intents import URGENT
from syncd.testing.simulator.profile import BOTH, STAFF
from syncd.testing.simulator.violation import require

if TYPE_CHECKING:
    from syncd.testing.simulator.world import World

HALF_HOUR = timedelta(minutes=30)
OPEN = (Status.BOOKED, Status.PENDING)


def books(world: World) -> str:
    """A client books, at a free time or at one that somebody may have already."""
    activities = (Option("consultation", 4), Option("request", 4), "together")
    activity = world.choices.pick("activity", activities)
    practitioner = world.choices.pick("with", (Option("dr-patel", 9), "dr-berg"))
    kind = world.choices.pick("how", (Option("plainly", 6), "overbooked", "held"))
    wish = Booking(
        activity_id=activity,  # type: ignore[arg-type]
        practitioner_id=practitioner,  # type: ignore[arg-type]
        start=_a_time(world),
        client_name=world.a_client(),
        client_email="family@example.org",
        overbook=kind == "overbooked",
        reason=world.a_name(URGENT) if kind == "overbooked" else None,
        hold_for=timedelta(minutes=10) if kind == "held" else None,
    )
    asked = world.oracle.bookings.asks()
    try:
        made = book(world.front.around, wish, STAFF)
    except SlotTaken:
        wanted = Interval(wish.start, wish.start + HALF_HOUR)
        world.oracle.promises.refused(_with_whom(wish), wanted)
        raise
    except Transient as exc:
        world.oracle.words.is_away(exc)
        raise
    world.oracle.words.is_booked(made)
    world.oracle.bookings.booked(made, asked)
    require(made.practitioners == _with_whom(wish), "L3", "not with all of them:", made)
    return f"{made.number} {made.start} {kind}"


def _with_whom(wish: Booking) -> tuple[PractitionerId, ...]:
    return BOTH if wish.activity_id == "together" else (wish.practitioner_id,)


def moves(world: World) -> str | None:
    """An appointment gets another time."""
    found = world.an_appointment(*OPEN)
    if found is None:
        return None
    start = _a_time(world, of=found)
    wanted = Interval(start, start + HALF_HOUR)
    command = Command(action=Action.RESCHEDULE, party=Party.ADMIN, interval=wanted)
    seen = found.version if world.choices.pick("if", ("any", "as seen")) != "any" else None
    try:
        with _told_the_truth(world, found):
            after = act_on(world.front.around, found.number, command, STAFF, if_version=seen)
    except SlotTaken:
        world.oracle.promises.refused(found.practitioners, wanted, but_for=found)
        raise
    fine = seen is None or after.version == seen + 1
    require(fine, "L4", "moved by who had seen version", seen, after)
    world.oracle.bookings.acted(after)
    return f"{found.number} to {start}"


def cancels(world: World) -> str | None:
    return _acts(world, Action.CANCEL, *OPEN)


def confirms(world: World) -> str | None:
    return _acts(world, Action.CONFIRM, Status.PENDING)


def takes_up(world: World) -> str | None:
    """A hold becomes a booking."""
    found = world.an_appointment(Status.PROPOSED)
    if found is None:
        return None
    command = Command(action=Action.BOOK, party=Party.ADMIN)
    with _told_the_truth(world, found):
        after = act_on(world.front.around, found.number, command, STAFF)
    world.oracle.bookings.acted(after)
    world.oracle.words.is_booked(after)
    return found.number


def stops_waiting(world: World) -> str | None:
    """Somebody who booked where a calendar has the last word is answered, or has waited for long
    enough."""
    which = world.which("who", world.oracle.words.waiting)
    return world.oracle.words.hears(which) if which is not None else None


def erases(world: World) -> str | None:
    """A client wants to be forgotten."""
    with world.eyes.read() as view:
        client = world.which("client", view.clients())
    if client is None:
        return None
    erase(world.front.around, client.id, STAFF, anyway=True)
    return client.id


def renames_client(world: World) -> str | None:
    """Somebody married: events show another name, or other initials."""
    with world.eyes.read() as view:
        there = [each for each in view.clients() if not view.is_erased(each.id)]
    client = world.which("client", there)
    if client is None:
        return None
    name = world.a_new_name("Client")
    change_person(world.front.around, client.id, Particulars(name=name, email=client.email), STAFF)
    return f"{client.id[:8]} {name}"


def renames_activity(world: World) -> str:
    """In the practice's file."""
    world.activity_name = world.a_new_name("Consultation")
    world.apply_practice()
    return world.activity_name


def amends(world: World) -> str | None:
    """A note, of which no calendar is told."""
    found = world.an_appointment(*OPEN)
    if found is None:
        return None
    command = Command(action=Action.AMEND, party=Party.ADMIN)
    changes: Changes = {Field.NOTES: world.a_name("note")}
    with _told_the_truth(world, found):
        after = act_on(world.front.around, found.number, command, STAFF, changes=changes)
    world.oracle.bookings.acted(after)
    return found.number


def resolves(world: World) -> str | None:
    """Somebody decides one of the open conflicts."""
    with world.eyes.read() as view:
        conflict = world.which("conflict", view.conflicts())
    if conflict is None:
        return None
    side = Resolution(world.choices.pick("side", ("ledger", "remote")))
    with world.eyes.read() as view:
        found = view.appointment(conflict.appointment_id)
    with _told_the_truth(world, found, conflict):
        resolve(world.front.around, conflict.id, side, STAFF)
    return f"{conflict.field} of {conflict.appointment_id[:8]} as {side}"


def releases(world: World) -> str | None:
    with world.eyes.read() as view:
        found = [each.calendar_id for each in view.states() if each.suspended_at]
    calendar_id = world.which("calendar", found)
    if calendar_id is None:
        return None
    release(world.front.around, calendar_id, STAFF)
    return calendar_id


def suspends(world: World) -> str | None:
    calendar_id = world.which("calendar", list(world.calendars))
    assert calendar_id is not None
    suspend(world.front.around, calendar_id, STAFF)
    return calendar_id


def resyncs(world: World) -> str | None:
    calendar_id = world.which("calendar", list(world.calendars))
    assert calendar_id is not None
    resync(world.front.around, calendar_id)
    return calendar_id


def tidies(world: World) -> str | None:
    """Holds that ran out are ended, as the daemon does now and then."""
    tidy(world.front.around)
    return ""


def _acts(world: World, action: Action, *statuses: Status) -> str | None:
    found = world.an_appointment(*statuses)
    if found is None:
        return None
    command = Command(action=action, party=Party.ADMIN)
    with _told_the_truth(world, found):
        after = act_on(world.front.around, found.number, command, STAFF)
    world.oracle.bookings.acted(after)
    return found.number


@contextmanager
def _told_the_truth(
    world: World, found: Appointment, conflict: ConflictRecord | None = None
) -> Iterator[None]:
    """L4: who is told that something changed meanwhile, or can no longer be done, is told so
    because somebody did something meanwhile; or because a hold ran out, or what is over cannot be
    moved."""
    head = _head(world)
    try:
        yield
    except (NotAllowed, VersionConflict) as exc:
        with world.eyes.read() as view:
            now = view.appointment(found.id)
            ended = conflict is not None and view.conflict(conflict.id).resolved_at is not None
        over = not found.holds_time_at(world.front.clock.now()) or found.status not in OPEN
        moved = now.version != found.version or _head(world) != head
        fine = moved or ended or (over and isinstance(exc, NotAllowed))
        require(fine, "L4", "refused although nobody did anything:", exc, found)
        raise


def _head(world: World) -> int:
    with world.eyes.read() as view:
        return view.journal_head()[0]


def _a_time(world: World, *, of: Appointment | None = None) -> datetime:
    """A time of its own, or just the one that something else has: perhaps the other appointment of
    the same client."""
    how = [Option("free", 4), Option("taken"), Option("half taken", 0.5)]
    client = of.client if of is not None else None
    how += [Option("the client's")] if client is not None else []
    match world.choices.pick("time", how):
        case "free":
            return world.a_start()
        case "the client's":
            theirs = [each for each in world.appointments(*OPEN) if each.client == client]
            taken, by = sorted(each.start for each in theirs if each != of), 10
        case "taken":
            taken, by = world.oracle.bookings.starts_seen(), 10
        case _:
            taken, by = world.oracle.bookings.starts_seen(), -20
    chosen = world.which("like", taken)
    return chosen + timedelta(minutes=by) if chosen is not None else world.a_start()
