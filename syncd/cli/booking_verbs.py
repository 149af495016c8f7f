"""`syncd book` and `syncd appointments`: make appointments, look at them, act on them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from syncd.cli import render
from syncd.cli.exits import Exit
from syncd.cli.opening import Desk, asker, near_names, open_desk, practice_of
from syncd.cli.shapes import appointment_shape, appointments_shape, entries_shape
from syncd.cli.sheets import appointment_card, appointments_sheet, entries_sheet
from syncd.cli.times import Malformed, parse_day, parse_moment, parse_start
from syncd.cli.verbs import AsJson, verb
from syncd.core.appointment import Appointment, Party, Status
from syncd.core.errors import Unknown
from syncd.core.ids import ActivityId, PractitionerId
from syncd.core.lifecycle import Action, Command
from syncd.core.practice import Practitioner
from syncd.core.time import Interval, zone
from syncd.flows.booking import Booking, act_on
from syncd.flows.booking import book as book_now
from syncd.ledger import AppointmentFilter, View

app = typer.Typer(no_args_is_help=True, help="Look at appointments, and act on them.")

Which = Annotated[str, typer.Argument(metavar="NUMBER", help="AID-20250921-0001, or the id.")]
Reason = Annotated[str | None, typer.Option(help="Why; kept in the journal.")]
IfVersion = Annotated[
    int | None, typer.Option(help="Refuse unless the appointment is at this version.")
]
Start = Annotated[
    str,
    typer.Option(
        help="2031-03-03T09:00 on the practitioner's wall, or with an offset (+01:00, Z)."
    ),
]


@verb
def book(  # noqa: PLR0913  one for each option
    *,
    activity: Annotated[str, typer.Option(help="The activity's id in practice.toml.")],
    practitioner: Annotated[str, typer.Option(help="The practitioner's id in practice.toml.")],
    start: Start,
    name: Annotated[str, typer.Option(help="The client's name.")],
    email: Annotated[str, typer.Option(help="The client's e-mail address.")],
    phone: Annotated[str | None, typer.Option(help="The client's telephone number.")] = None,
    overbook: Annotated[
        bool, typer.Option("--overbook", help="Book although the time is taken; needs --reason.")
    ] = False,
    reason: Reason = None,
    as_json: AsJson = False,
) -> Exit:
    """Book an appointment, and print it."""
    with open_desk() as desk:
        with desk.around.ledger.read() as view:
            practice_of(view)
            who = _practitioner(view, practitioner)
            _require_activity(view, activity)
        wish = Booking(
            activity_id=ActivityId(activity),
            practitioner_id=who.id,
            start=parse_start(start, zone(who.timezone)),
            client_name=name,
            client_email=email,
            client_phone=phone,
            overbook=overbook,
            reason=reason,
        )
        booked = book_now(desk.around, wish, asker("book"))
        _show(desk, booked, as_json=as_json)
    return Exit.OK


@app.command("list")
@verb
def list_appointments(
    *,
    status: Annotated[
        list[Status] | None, typer.Option(help="Only these; may be repeated.")
    ] = None,
    day: Annotated[str | None, typer.Option("--date", help="Only this day: 2031-03-03.")] = None,
    start: Annotated[str | None, typer.Option(help="Only those that end after this.")] = None,
    end: Annotated[str | None, typer.Option(help="Only those that begin before this.")] = None,
    practitioner: Annotated[str | None, typer.Option(help="Only this practitioner's.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many.")] = None,
    as_json: AsJson = False,
) -> Exit:
    """List appointments in the order of their start."""
    with open_desk(reads_only=True) as desk, desk.around.ledger.read() as view:
        tz = zone(practice_of(view).timezone)
        who = _practitioner(view, practitioner).id if practitioner else None
        window = _window(day, tz, start=start, end=end)
        wanted = AppointmentFilter(
            statuses=frozenset(status) if status else None,
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


@app.command("show")
@verb
def show_appointment(number: Which, *, as_json: AsJson = False) -> Exit:
    """Show one appointment with its events in the calendars."""
    with open_desk(reads_only=True) as desk:
        with desk.around.ledger.read() as view:
            practice_of(view)
            appointment = view.appointment(number)
        _show(desk, appointment, as_json=as_json)
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


@app.command("confirm")
@verb
def confirm(
    number: Which, *, reason: Reason = None, if_version: IfVersion = None, as_json: AsJson = False
) -> Exit:
    """Confirm a pending appointment."""
    return _act(number, Action.CONFIRM, reason, if_version=if_version, as_json=as_json)


@app.command("reject")
@verb
def reject(
    number: Which, *, reason: Reason = None, if_version: IfVersion = None, as_json: AsJson = False
) -> Exit:
    """Decline a pending appointment."""
    return _act(number, Action.REJECT, reason, if_version=if_version, as_json=as_json)


@app.command("cancel")
@verb
def cancel(
    number: Which, *, reason: Reason = None, if_version: IfVersion = None, as_json: AsJson = False
) -> Exit:
    """Cancel an appointment; its time is free again."""
    return _act(number, Action.CANCEL, reason, if_version=if_version, as_json=as_json)


@app.command("complete")
@verb
def complete(
    number: Which, *, reason: Reason = None, if_version: IfVersion = None, as_json: AsJson = False
) -> Exit:
    """Note that an appointment took place."""
    return _act(number, Action.COMPLETE, reason, if_version=if_version, as_json=as_json)


@app.command("no-show")
@verb
def no_show(
    number: Which, *, reason: Reason = None, if_version: IfVersion = None, as_json: AsJson = False
) -> Exit:
    """Note that the client did not come."""
    return _act(number, Action.NO_SHOW, reason, if_version=if_version, as_json=as_json)


@app.command("reschedule")
@verb
def reschedule(
    number: Which,
    *,
    start: Start,
    reason: Reason = None,
    if_version: IfVersion = None,
    as_json: AsJson = False,
) -> Exit:
    """Move an appointment; it keeps its length and its number."""

    def moved(view: View, appointment: Appointment) -> Interval:
        who = view.practitioner(appointment.practitioner_id)
        begin = parse_start(start, zone(who.timezone))
        return Interval(begin, begin + (appointment.end - appointment.start))

    return _act(
        number, Action.RESCHEDULE, reason, if_version=if_version, as_json=as_json, interval=moved
    )


def _act(
    number: str,
    action: Action,
    reason: str | None,
    *,
    if_version: int | None,
    as_json: bool,
    interval: Callable[[View, Appointment], Interval] | None = None,
) -> Exit:
    with open_desk() as desk:
        with desk.around.ledger.read() as view:
            practice_of(view)
            appointment = view.appointment(number)
            to = interval(view, appointment) if interval else None
        command = Command(action=action, party=Party.ADMIN, reason=reason, interval=to)
        cause = asker(f"appointments {action}")
        after = act_on(desk.around, appointment.id, command, cause, if_version=if_version)
        _show(desk, after, as_json=as_json)
    return Exit.OK


def _show(desk: Desk, appointment: Appointment, *, as_json: bool) -> None:
    with desk.around.ledger.read() as view:
        links = view.links_of([appointment.id]).get(appointment.id, [])
        if as_json:
            render.show_json(appointment_shape(appointment, links))
            return
        activities = {each.id: each for each in view.activities()}
        who = view.practitioner(appointment.practitioner_id)
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


def _practitioner(view: View, wanted: str) -> Practitioner:
    known = {each.id: each for each in view.practitioners(active_only=True)}
    found = known.get(PractitionerId(wanted))
    if found is None:
        raise Unknown("practitioner", wanted, known=near_names(wanted, known))
    return found


def _require_activity(view: View, wanted: str) -> None:
    known = [each.id for each in view.activities(active_only=True)]
    if wanted not in known:
        raise Unknown("activity", wanted, known=near_names(wanted, known))
