"""What nobody of the practice does: time passes, servers fall over, processes end, files change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from syncd.core.ids import CalendarId
from syncd.core.practice import Adopt, Disclosure, Mode, OnOutage, OnRemoteDelete
from syncd.flows.deliveries import Posted, keep
from syncd.ledger import Transaction
from syncd.ports import Hint
from syncd.testing.quirks import Cursors
from syncd.testing.simulator.choices import Option
from syncd.testing.simulator.network import ERRORS
from syncd.testing.simulator.strangers import read

if TYPE_CHECKING:
    from syncd.testing.simulator.process import Node
    from syncd.testing.simulator.world import World

PAUSES = (
    Option("61", 6),
    Option("2", 3),
    Option("25", 2),
    Option("400", 2),
    Option("4000", 1),
    Option("90000", 0.5),
    Option("2700000", 0.2),
)
"""Seconds: a poll, a moment, a heartbeat, a lease and more, an hour, a day, a month."""

PAUSES_OF_WAITING = tuple(Option(each.name, 12 if each.name == "2" else 1) for each in PAUSES)
"""While somebody waits for a calendar's word, who does not wait for a poll."""


def time_passes(world: World) -> str:
    """And every daemon's loop turns."""
    pauses = PAUSES_OF_WAITING if world.oracle.words.waiting else PAUSES
    by = timedelta(seconds=int(world.choices.pick("seconds", pauses)))
    world.pass_time(by)
    return f"{by} to {world.clock.now():%Y-%m-%d %H:%M:%S}"


def clock_steps(world: World) -> str:
    """Somebody sets the wall clock; what is measured by the other one goes on."""
    by = int(world.choices.pick("by", ("3600", "-3600", "60", "-300", "-86400")))
    world.excuses.clock_steps(world.clock.now())
    world.clock.jump(world.clock.now() + timedelta(seconds=by))
    return f"{by} s to {world.clock.now():%Y-%m-%d %H:%M:%S}"


def hint_arrives(world: World) -> str:
    """A server says that something changed, truly or not: by asking for a look, or by a delivery,
    perhaps one that came before."""
    calendar_id = world.which("calendar", list(world.calendars))
    assert calendar_id is not None
    kind = world.choices.pick("kind", ("asks", Option("delivers", 2), "delivers again"))

    def work(tx: Transaction) -> None:
        if kind == "asks":
            tx.nudge([calendar_id])
        else:
            keep(tx, [_delivery(world, calendar_id, again=kind == "delivers again")])

    world.front.around.ledger.write(work)
    return f"{calendar_id} {kind}"


def _delivery(world: World, calendar_id: CalendarId, *, again: bool) -> Posted:
    """Of something that was cancelled, as it says: nothing of it is to be believed."""
    refs = world.calendars[calendar_id].refs
    hint = Hint(trigger="CANCELLED", about=refs[0] if refs else "", sent_at=world.clock.now())
    if not again:
        world.counts["delivery"] += 1
    body = f"delivery {world.counts['delivery']}".encode()
    return Posted(calendar_id=calendar_id, hint=hint, body=body)


def server_fails(world: World) -> str | None:
    """A server answers everything with an error, until it is back."""
    calendar_id = world.which(
        "calendar", [each for each in world.calendars if each not in world.unreachable]
    )
    if calendar_id is None:
        return None
    world.unreachable[calendar_id] = world.choices.pick("how", list(ERRORS))
    return f"{calendar_id}: {world.unreachable[calendar_id]}"


def server_is_back(world: World) -> str | None:
    calendar_id = world.which("calendar", sorted(world.unreachable))
    if calendar_id is None:
        return None
    del world.unreachable[calendar_id]
    return calendar_id


def cursors_expire(world: World) -> str:
    calendar = world.which("calendar", list(world.calendars.values()))
    assert calendar is not None
    calendar.expire_cursors()
    return calendar.name


def collection_is_remade(world: World) -> str:
    """The calendar is deleted with all that is in it, and made anew at the same address."""
    calendar = world.which("calendar", list(world.calendars.values()))
    assert calendar is not None
    for each in calendar.history:
        event = read(each) if each.ref in calendar.refs else None  # also what nobody can read now
        if event is not None:
            world.excuses.removes(calendar, event)
    calendar.recreate()
    world.excuses.was_emptied |= calendar.quirks.cursors is Cursors.WATERMARK
    return calendar.name


def item_is_refused(world: World) -> str | None:
    """From now on the server takes no object with this identity."""
    found = world.an_event()
    if found is None:
        return None
    calendar, event = found
    calendar.refused.add(event.uid)
    return f"{calendar.name} {event.uid}"


def calendar_is_full(world: World) -> str | None:
    """From now on a calendar that has the last word offers nothing, or does so again."""
    found = [each.id for each in world.practice if each.write_through is not None]
    calendar_id = world.which("calendar", found)
    if calendar_id is None:
        return None
    world.full ^= {calendar_id}
    return f"{calendar_id} {'full' if calendar_id in world.full else 'free'}"


def object_falls_silent(world: World) -> str | None:
    """The server lists an object, and says nothing about it when asked, until it is mended."""
    found = world.an_event()
    if found is None:
        return None
    calendar, event = found
    calendar.silent.add(event.ref)
    return f"{calendar.name} {event.ref}"


def object_is_answered_for(world: World) -> str | None:
    silent = [(each, ref) for each in world.calendars.values() for ref in sorted(each.silent)]
    found = world.which("object", silent)
    if found is None:
        return None
    calendar, ref = found
    calendar.silent.remove(ref)
    return f"{calendar.name} {ref}"


def node_is_killed(world: World) -> str | None:
    node = _a_node(world)
    if node is None:
        return None
    node.is_dead = True
    return node.name


def node_stops(world: World) -> str | None:
    """As at an upgrade: SIGTERM; it comes up again once it has drained."""
    node = _a_node(world)
    if node is None:
        return None
    node.stop()
    return node.name


def node_freezes(world: World) -> str | None:
    """SIGSTOP, a suspended machine, a long pause: nothing of it goes on, and it does not know."""
    node = _a_node(world)
    if node is None or node.is_paused:
        return None
    node.is_paused = True
    return node.name


def node_thaws(world: World) -> str | None:
    node = world.which("node", [each for each in world.nodes.values() if each.is_paused])
    if node is None:
        return None
    node.is_paused = False
    return node.name


def late_request_arrives(world: World) -> str | None:
    parcel = world.which("request", world.parcels)
    if parcel is None:
        return None
    world.parcels.remove(parcel)
    world.deliver(parcel)
    return None


def practice_changes(world: World) -> str:
    """Somebody edits the practice file, and has it applied."""
    changed = world.which("calendar", world.practice)
    assert changed is not None
    choices: dict[str, Sequence[object]] = {
        "mode": list(Mode),
        "adopt": list(Adopt),
        "disclosure": list(Disclosure),
        "on_remote_delete": list(OnRemoteDelete),
        "active": [True, False],
        "write_through": [None, *OnOutage],
    }
    what = world.choices.pick("setting", sorted(choices))
    value = world.which("value", choices[what])
    after = replace(changed, **{what: value})  # type: ignore[arg-type]
    calendars = tuple(after if each.id == changed.id else each for each in world.practice)
    world.apply_practice(calendars)
    return f"{changed.id}: {what} is {value}"


def _a_node(world: World) -> Node | None:
    return world.which("node", [each for each in world.nodes.values() if not each.is_dead])
