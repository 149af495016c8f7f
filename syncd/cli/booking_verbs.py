"""`syncd book` and `syncd appointments hold`: new appointments."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Annotated

import typer

from syncd.cli.appointment_verbs import app, show
from syncd.cli.exits import Exit
from syncd.cli.opening import Desk, asker, near_names, open_desk, practice_of, practitioner_of
from syncd.cli.times import parse_start, spoken
from syncd.cli.verbs import AsJson, verb
from syncd.cli.waiting import settled
from syncd.core.details import MeetingType
from syncd.core.errors import (
    NotOffered,
    OutsideOpeningHours,
    PastTime,
    SlotTaken,
    SyncdError,
    Unknown,
)
from syncd.core.ids import ActivityId, RoomId
from syncd.core.practice import Practitioner
from syncd.core.time import zone
from syncd.flows.asking import Said
from syncd.flows.availability import next_slots
from syncd.flows.booking import Booking
from syncd.flows.booking import book as book_now
from syncd.ledger import View

Start = Annotated[
    str,
    typer.Option(
        help="2031-03-03T09:00 on the practitioner's wall, or with an offset (+01:00, Z)."
    ),
]


Activity = Annotated[str, typer.Option(help="The activity's id in practice.toml.")]
Who = Annotated[str, typer.Option(help="The practitioner's id in practice.toml.")]
Name = Annotated[str, typer.Option(help="The client's name.")]
Email = Annotated[str, typer.Option(help="The client's e-mail address.")]
Phone = Annotated[str | None, typer.Option(help="The client's telephone number.")]
Minutes = Annotated[
    int | None, typer.Option(min=1, help="A length that may be chosen; else the usual one.")
]
TheRoom = Annotated[
    str | None, typer.Option(help="A room that would do; else the first of them that is free.")
]
Overbook = Annotated[
    bool, typer.Option("--overbook", help="Book although the time is taken; needs --reason.")
]
Notes = Annotated[str | None, typer.Option(help="What the client wants to say.")]
Address = Annotated[str | None, typer.Option(help="The client's address.")]
Answer = Annotated[str | None, typer.Option(help="The answer to the activity's own question.")]
Meeting = Annotated[
    MeetingType | None, typer.Option(help="How to meet; else the activity's usual way.")
]
Reason = Annotated[str | None, typer.Option(help="Why; needed to overbook.")]


@verb
def book(  # noqa: PLR0913  one for each option
    *,
    activity: Activity,
    practitioner: Who,
    start: Start,
    minutes: Minutes = None,
    room: TheRoom = None,
    name: Name,
    email: Email,
    phone: Phone = None,
    notes: Notes = None,
    address: Address = None,
    answer: Answer = None,
    meeting: Meeting = None,
    overbook: Overbook = False,
    reason: Reason = None,
    as_json: AsJson = False,
) -> Exit:
    """Book an appointment, and print it."""

    def wish(who: Practitioner) -> Booking:
        return Booking(
            activity_id=ActivityId(activity),
            practitioner_id=who.id,
            start=parse_start(start, zone(who.timezone)),
            duration=timedelta(minutes=minutes) if minutes else None,
            client_name=name,
            client_email=email,
            client_phone=phone,
            said=Said(notes=notes, address=address, answer=answer, meeting=meeting),
            room_id=RoomId(room) if room else None,
            overbook=overbook,
            reason=reason,
        )

    return _book(practitioner, activity, wish, command="book", as_json=as_json)


@app.command("hold")
@verb
def hold(
    *,
    activity: Activity,
    practitioner: Who,
    start: Start,
    name: Name,
    email: Email,
    phone: Phone = None,
    minutes: Annotated[int, typer.Option(min=1, max=1440, help="How long.")] = 10,
    as_json: AsJson = False,
) -> Exit:
    """Keep a time free for a while; no calendar is told until it is booked."""

    def wish(who: Practitioner) -> Booking:
        return Booking(
            activity_id=ActivityId(activity),
            practitioner_id=who.id,
            start=parse_start(start, zone(who.timezone)),
            client_name=name,
            client_email=email,
            client_phone=phone,
            hold_for=timedelta(minutes=minutes),
        )

    return _book(practitioner, activity, wish, command="appointments hold", as_json=as_json)


def _book(
    practitioner: str,
    activity: str,
    wish: Callable[[Practitioner], Booking],
    *,
    command: str,
    as_json: bool,
) -> Exit:
    with open_desk() as desk:
        with desk.around.ledger.read() as view:
            practice_of(view)
            who = practitioner_of(view, practitioner)
            require_activity(view, activity)
        wanted = wish(who)
        try:
            booked = settled(desk, book_now(desk.around, wanted, asker(command)))
        except (NotOffered, OutsideOpeningHours, PastTime, SlotTaken) as exc:
            for note in _offered_instead(desk, wanted, who):
                exc.add_note(note)
            raise
        show(desk, booked, as_json=as_json)
    return Exit.OK


def _offered_instead(desk: Desk, wanted: Booking, who: Practitioner) -> Iterator[str]:
    """When it could be, if anything is known of that."""
    start = max(wanted.start, desk.around.clock.now())
    with suppress(SyncdError):
        free = next_slots(
            desk.around, wanted.activity_id, who.id, start, duration=wanted.duration, count=3
        )
        times = ", ".join(spoken(each.start, zone(who.timezone)) for each in free)
        if times:
            yield f"free instead: {times}"


def require_activity(view: View, wanted: str) -> None:
    """Raises Unknown, with near names."""
    known = [each.id for each in view.activities(active_only=True)]
    if wanted not in known:
        raise Unknown("activity", wanted, known=near_names(wanted, known))
