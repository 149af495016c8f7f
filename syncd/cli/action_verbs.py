"""Act on an appointment: whatever the action table allows a person of the practice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from syncd.cli.appointment_verbs import Which, app, show
from syncd.cli.booking_verbs import Address, Answer, Meeting, Notes, Start
from syncd.cli.exits import Exit
from syncd.cli.opening import asker, open_desk, practice_of
from syncd.cli.times import Malformed, parse_start
from syncd.cli.verbs import AsJson, verb
from syncd.cli.waiting import settled
from syncd.core.appointment import Appointment, Party
from syncd.core.lifecycle import Action, Command
from syncd.core.time import Interval, zone
from syncd.flows.acting import act_on
from syncd.flows.asking import Changes, Field
from syncd.ledger import View

__all__ = ["app"]  # with the actions

Reason = Annotated[str | None, typer.Option(help="Why; kept in the journal.")]
MeetingLink = Annotated[
    str | None, typer.Option(help="Where people meet who do not meet in person.")
]
IfVersion = Annotated[
    int | None, typer.Option(help="Refuse unless the appointment is at this version.")
]


_PLAIN = {
    Action.BOOK: "Make an appointment of a hold that has not expired.",
    Action.CONFIRM: "Confirm a pending appointment.",
    Action.REJECT: "Decline a pending appointment.",
    Action.CANCEL: "Cancel an appointment; its time is free again.",
    Action.ARRIVE: "Note that the client is there, about the time it starts.",
    Action.CHECK_IN: "Note that it has begun, about the time it starts.",
    Action.CHECK_OUT: "Note that it has ended; only after it was checked in.",
    Action.COMPLETE: "Note that an appointment took place.",
    Action.NO_SHOW: "Note that the client did not come.",
    Action.ACKNOWLEDGE: "Note that its client says that it took place.",
    Action.DISPUTE: "Note that its client says that it did not take place as noted.",
    Action.VERIFY: "Settle what was disputed, or not answered; needs --reason.",
    Action.PAY: "Note that it is paid.",
    Action.REFUND: "Note that its payment was given back.",
    Action.UNDO: "Take back an arrival, a check-in, its end or a no-show.",
    Action.MARK_IN_ERROR: "Note that it should never have been; its number is not used again.",
}
"""What needs nothing but the appointment and perhaps a reason."""


def _performer(action: Action, words: str) -> Callable[..., Exit]:
    def perform(
        number: Which,
        *,
        reason: Reason = None,
        if_version: IfVersion = None,
        as_json: AsJson = False,
    ) -> Exit:
        return _act(number, action, reason, if_version=if_version, as_json=as_json)

    perform.__doc__ = words
    return perform


for _action, _words in _PLAIN.items():
    app.command(_action.value)(verb(_performer(_action, _words)))


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


@app.command("amend")
@verb
def amend(  # noqa: PLR0913  one for each option
    number: Which,
    *,
    notes: Notes = None,
    address: Address = None,
    answer: Answer = None,
    meeting: Meeting = None,
    link: MeetingLink = None,
    reason: Reason = None,
    if_version: IfVersion = None,
    as_json: AsJson = False,
) -> Exit:
    """Change what was said when it was booked; an empty text takes it away."""
    named = {
        Field.NOTES: notes,
        Field.ADDRESS: address,
        Field.ANSWER: answer,
        Field.MEETING: meeting,
        Field.LINK: link,
    }
    changes = {each: text or None for each, text in named.items() if text is not None}
    if not changes:
        raise Malformed("nothing to change; name one of the options")
    return _act(
        number, Action.AMEND, reason, if_version=if_version, as_json=as_json, changes=changes
    )


def _act(
    number: str,
    action: Action,
    reason: str | None,
    *,
    if_version: int | None,
    as_json: bool,
    interval: Callable[[View, Appointment], Interval] | None = None,
    changes: Changes | None = None,
) -> Exit:
    with open_desk() as desk:
        with desk.around.ledger.read() as view:
            practice_of(view)
            appointment = view.appointment(number)
            to = interval(view, appointment) if interval else None
        command = Command(action=action, party=Party.ADMIN, reason=reason, interval=to)
        cause = asker(f"appointments {action}")
        after = act_on(
            desk.around, appointment.id, command, cause, if_version=if_version, changes=changes
        )
        show(desk, settled(desk, after) if action is Action.BOOK else after, as_json=as_json)
    return Exit.OK
