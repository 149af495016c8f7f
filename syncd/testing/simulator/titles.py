"""A title that a colleague gave an event is not taken back by who had written another one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from syncd.core.events import RemoteEvent
from syncd.core.ids import AppointmentId
from syncd.testing.memory_calendar import Hand, Happening, MemoryCalendar
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


def since_it_is_there(before: Sequence[Happening], done: Happening) -> list[int]:
    """Where in the history that is which happened at this address since something was put there
    last."""
    here: list[int] = []
    for at, each in enumerate(before):
        if (each.ref, each.incarnation) == (done.ref, done.incarnation):
            here = [*here, at] if each.body else []
    return here
