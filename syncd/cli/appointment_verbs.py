"""`syncd appointments`: list them, look at one, and at what ever happened to it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from syncd.cli import render
from syncd.cli.exits import Exit
from syncd.cli.opening import Desk, open_desk, practice_of, practitioner_of
from syncd.cli.shapes import appointment_shape, appointments_shape, entries_shape
from syncd.cli.sheets import appointment_card, appointments_sheet, entries_sheet
from syncd.cli.times import Malformed, parse_day, parse_moment
from syncd.cli.verbs import AsJson, verb
from syncd.core.appointment import Appointment
from syncd.core.status_words import WORDS, Standing, standing_for
from syncd.core.time import zone
from syncd.ledger import AppointmentFilter

app = typer.Typer(no_args_is_help=True, help="Look at appointments, and act on them.")

Which = Annotated[str, typer.Argument(metavar="NUMBER", help="AID-20250921-0001, or the id.")]


@app.command("list")
@verb
def list_appointments(
    *,
    status: Annotated[
        list[str] | None,
        typer.Option(
            help="Only these; may be repeated. The words of other systems are understood, too."
        ),
    ] = None,
    day: Annotated[str | None, typer.Option("--date", help="Only this day: 2031-03-03.")] = None,
    start: Annotated[str | None, typer.Option(help="Only those that end after this.")] = None,
    end: Annotated[str | None, typer.Option(help="Only those that begin before this.")] = None,
    practitioner: Annotated[str | None, typer.Option(help="Only this practitioner's.")] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, max=1_000_000, help="At most so many.")
    ] = None,
    as_json: AsJson = False,
) -> Exit:
    """List appointments in the order of their start."""
    with open_desk(reads_only=True) as desk, desk.around.ledger.read() as view:
        tz = zone(practice_of(view).timezone)
        who = practitioner_of(view, practitioner).id if practitioner else None
        window = _window(day, tz, start=start, end=end)
        wanted = AppointmentFilter(
            standings=_standings(status) if status else None,
            practitioner_id=who,
            start=window[0],
            end=window[1],
            limit=limit,
        )
        found = view.appointments(wanted)
        links = view.links_of([each.id for each in found])
    if as_json:
        render.show_json(appointments_shape((each, links.get(each.id, ())) for each in found))
    else:
        render.show_sheet(appointments_sheet(found, links, tz))
    return Exit.OK


def _standings(words: list[str]) -> tuple[Standing, ...]:
    found = [(word, standing_for(word)) for word in words]
    for word, standing in found:
        if standing is None:
            raise Malformed(f"no status {word!r}; known: {', '.join(WORDS)}")
    return tuple(standing for _, standing in found if standing is not None)


@app.command("show")
@verb
def show_appointment(number: Which, *, as_json: AsJson = False) -> Exit:
    """Show one appointment with its events in the calendars."""
    with open_desk(reads_only=True) as desk:
        with desk.around.ledger.read() as view:
            practice_of(view)
            appointment = view.appointment(number)
        show(desk, appointment, as_json=as_json)
    return Exit.OK


@app.command("history")
@verb
def show_history(number: Which, *, as_json: AsJson = False) -> Exit:
    """Show everything that ever happened to an appointment, oldest first."""
    with open_desk(reads_only=True) as desk, desk.around.ledger.read() as view:
        tz = zone(practice_of(view).timezone)
        entries = view.history(view.appointment(number).id)
    if as_json:
        render.show_json(entries_shape(entries))
    else:
        render.show_sheet(entries_sheet(entries, tz, about_one=True))
    return Exit.OK


def show(desk: Desk, appointment: Appointment, *, as_json: bool) -> None:
    """Print an appointment with its events in the calendars."""
    with desk.around.ledger.read() as view:
        links = view.links_of([appointment.id]).get(appointment.id, [])
        if as_json:
            render.show_json(appointment_shape(appointment, links))
            return
        activities = {each.id: each for each in view.activities()}
        who = [view.practitioner(each) for each in appointment.practitioners]
        tz = zone(practice_of(view).timezone)
    activity = activities.get(appointment.activity_id) if appointment.activity_id else None
    render.show_card(appointment_card(appointment, links, who, activity=activity, tz=tz))


def _window(
    day: str | None, tz: ZoneInfo, *, start: str | None, end: str | None
) -> tuple[datetime | None, datetime | None]:
    if day is None:
        return (parse_moment(start, tz) if start else None, parse_moment(end, tz) if end else None)
    if start or end:
        raise Malformed("--date says both ends already; leave out --start and --end")
    bounds = parse_day(day, tz)
    return bounds.start, bounds.end
