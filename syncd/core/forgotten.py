"""Events that this ledger wrote and knows nothing of: what it sees after an older backup of it was
restored.

Pure. Such an event bears the mark of an appointment that the ledger has never had, under the very
UID that the ledger derives for it in this calendar: nobody but its own lost future can have made
it. A copy has the mark of an appointment that is known, or another UID. Promise P5, design §5.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from syncd.core.events import RemoteEvent
from syncd.core.ids import AppointmentId, CalendarId, EventRef, numbers_in, remote_uid
from syncd.core.matching import is_known_as_foreign, match
from syncd.core.operations import AdoptEvent, PullStep
from syncd.core.scene import Picture

GENERATIONS = 16
"""How many identities of one appointment in one calendar are looked for; hardly any has a third."""


def forgotten_events(picture: Picture) -> list[RemoteEvent]:
    """What was seen and only the ledger's lost future can have written, in order of ref. Not what
    belongs to an appointment by now, or was taken for a stranger's before: a person has let it."""
    if not picture.unheard:
        return []
    owners = match(picture).owners
    calendar_id = picture.scene.calendar.id
    found = [
        item
        for item in picture.seen
        if isinstance(item, RemoteEvent)
        and item.ref not in owners
        and not is_known_as_foreign(picture, item)
        and item.mark is not None
        and item.mark in picture.unheard
        and _is_derived(item, AppointmentId(item.mark), calendar_id)
    ]
    return sorted(found, key=lambda event: event.ref)


def revived(pull: list[PullStep], forgotten: Iterable[RemoteEvent]) -> list[PullStep]:
    """The same steps, the adoption of forgotten events under the ids that they had: once for each
    appointment, whatever was made of its other events there."""
    taken: dict[str, EventRef] = {}
    for event in forgotten:
        taken.setdefault(event.mark or "", event.ref)
    return [
        replace(step, revives=AppointmentId(step.event.mark))
        if isinstance(step, AdoptEvent)
        and step.event.mark
        and taken.get(step.event.mark) == step.event.ref
        else step
        for step in pull
    ]


def why_forgotten(count: int) -> str:
    """What to tell a person about so many of them."""
    events = "1 event is" if count == 1 else f"{count} events are"
    return (
        f"{events} of appointments that this ledger does not know, as after an older backup was "
        "restored; once released, they count as entered by somebody else"
    )


def highest_shown(events: Iterable[RemoteEvent]) -> dict[date, int]:
    """For each booking day the highest number that these events show, the last in each title."""
    highest: dict[date, int] = {}
    for event in events:
        for day, sequence in numbers_in(event.title)[-1:]:
            highest[day] = max(sequence, highest.get(day, 0))
    return highest


def _is_derived(event: RemoteEvent, mark: AppointmentId, calendar_id: CalendarId) -> bool:
    return any(
        event.uid == remote_uid(mark, calendar_id, generation)
        for generation in range(1, GENERATIONS + 1)
    )
