"""A title that a colleague gave an event is not taken back by who had written another one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from syncd.core.disclosure import title_for
from syncd.core.events import RemoteEvent
from syncd.core.ids import AppointmentId
from syncd.core.practice import Calendar
from syncd.ledger import View
from syncd.testing.memory_calendar import Hand, Happening, MemoryCalendar
from syncd.testing.simulator.excuses import Excuses, last_at
from syncd.testing.simulator.strangers import read
from syncd.testing.simulator.violation import require

if TYPE_CHECKING:
    from syncd.testing.simulator.world import World


def check_title(
    world: World, calendar: MemoryCalendar, here: Sequence[int], event: RemoteEvent
) -> None:
    """S4: a colleague's title is not written over by the one that they replaced, unless a conflict
    keeps theirs: as at a first meeting, where nobody had heard that the event was made. `here` is
    what happened there before."""
    history = calendar.history
    ours = [at for at in here if history[at].hand is Hand.SYNCD]
    if not ours or history[here[-1]].hand is Hand.SYNCD:
        return
    if world.excuses.is_of_before(calendar, here[-1]):
        return
    last, mine = read(history[here[-1]]), read(history[ours[-1]])
    if last is None or mine is None:
        return
    theirs, old, new = (" ".join(each.title.split()) for each in (last, mine, event))
    if theirs == old or new != old or event.mark is None:
        return
    with world.eyes.read() as view:
        kept = view.conflicts_of([AppointmentId(event.mark)], open_only=False)
    whole = any(f'"{last.title}"' in each.remote_body for found in kept.values() for each in found)
    require(whole, "S4", "a colleague's title is undone:", theirs, new)


def check_shown(
    view: View, memory: MemoryCalendar, told: Calendar, event: RemoteEvent, *, excuses: Excuses
) -> None:
    """S1: an event that only we ever wrote to shows the names of by now, whoever or whatever was
    renamed since; but not where a request that was given up made it another time: what that one
    says is taken for a colleague's word."""
    if event.mark is None or not memory.quirks.capabilities.edits_freely:
        return
    found = view.appointments_by_id([AppointmentId(event.mark)]).get(AppointmentId(event.mark))
    here = since_it_is_there(memory.history, memory.history[last_at(memory, event.ref)])
    if any(excuses.is_nobodys(memory, at) for at in here):
        return
    is_ours = all(memory.history[at].hand is Hand.SYNCD for at in here)
    if found is None or found.end <= view.now or not is_ours:
        return
    activity = view.activity(found.activity_id) if found.activity_id else None
    title = title_for(found, activity=activity, disclosure=told.shows)
    require(event.title == title, "S1", "another name is shown:", title, event)


def since_it_is_there(before: Sequence[Happening], done: Happening) -> list[int]:
    """Where in the history that is which happened at this address since something was put there
    last."""
    here: list[int] = []
    for at, each in enumerate(before):
        if (each.ref, each.incarnation) == (done.ref, done.incarnation):
            here = [*here, at] if each.body else []
    return here
