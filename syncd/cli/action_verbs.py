"""Act on an appointment: whatever the action table allows a person of the practice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from syncd.cli.appointment_verbs import Which, app, show
from syncd.cli.booking_verbs import Start
from syncd.cli.exits import Exit
from syncd.cli.opening import asker, open_desk, practice_of
from syncd.cli.times import parse_start
from syncd.cli.verbs import AsJson, verb
from syncd.core.appointment import Appointment, Party
from syncd.core.lifecycle import Action, Command
from syncd.core.time import Interval, zone
from syncd.flows.booking import act_on
from syncd.ledger import View

__all__ = ["app"]  # with the actions

Reason = Annotated[str | None, typer.Option(help="Why; kept in the journal.")]
IfVersion = Annotated[
    int | None, typer.Option(help="Refuse unless the appointment is at this version.")
]


@app.command("book")
@verb
def book_hold(
    number: Which, *, reason: Reason = None, if_version: IfVersion = None, as_json: AsJson = False
) -> Exit:
    """Make an appointment of a hold that has not expired."""
    return _act(number, Action.BOOK, reason, if_version=if_version, as_json=as_json)


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
        show(desk, after, as_json=as_json)
    return Exit.OK
