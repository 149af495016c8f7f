"""Do to an appointment whatever the action table allows, in one transaction each."""

from __future__ import annotations

from dataclasses import replace

from syncd.core.appointment import Appointment, Flag, Party, Status
from syncd.core.errors import VersionConflict
from syncd.core.journal import Cause
from syncd.core.lifecycle import Action, Command, act
from syncd.core.practice import Activity
from syncd.flows.asking import Changes, amended
from syncd.flows.availability import with_buffers
from syncd.flows.awaiting import await_nothing, await_word, calendars_with_last_word
from syncd.flows.booking import require_minute
from syncd.flows.booking_rules import (
    CLIENTS,
    require_booking_on,
    require_length_kept,
    require_nobody_booked,
    require_not_busy,
    require_offered,
    require_related,
    require_still_offered,
)
from syncd.flows.far_ahead import write_if_free_far_ahead
from syncd.flows.linking import links_again
from syncd.flows.rooms import at_its_time, room_again
from syncd.flows.surroundings import Surroundings
from syncd.ledger import Transaction


def act_on(
    around: Surroundings,
    id_or_number: str,
    command: Command,
    cause: Cause,
    *,
    if_version: int | None = None,
    changes: Changes | None = None,
    claimed: bool = False,
) -> Appointment:
    """Do `command` to the appointment; `changes` are those of an amendment, which is none where it
    changes nothing. `claimed`: nobody knows that whoever asks is its client. Raises NotAllowed,
    VersionConflict (when `if_version` is not its version), or for a new time the refusals of
    `book`."""

    def work(tx: Transaction) -> Appointment:
        before = tx.appointment(id_or_number)
        if if_version is not None and before.version != if_version:
            raise VersionConflict(
                f"{before.number} is at version {before.version}, not {if_version}; read it again"
            )
        activity = tx.activity(before.activity_id) if before.activity_id else None
        after = act(before, _as_asked(command, activity), now=tx.now)
        if command.action in (Action.BOOK, Action.RESCHEDULE) and command.party in CLIENTS:
            require_booking_on(tx, command.party)
            client = None if claimed else before.client
            require_related(tx, client, before.practitioners, activity)
        match command.action:
            case Action.AMEND:
                after = amended(after, changes or {}, activity, command.party)
                if replace(after, version=before.version) == before:
                    return before
            case Action.BOOK:
                require_not_busy(tx, after)
            case Action.CONFIRM if Flag.OVERLAP in before.flags:
                require_nobody_booked(tx, before)
            case Action.RESCHEDULE:
                after = _moved(tx, before, after, activity, party=command.party)
        why = replace(cause, why=command.reason or cause.why)
        last_word = calendars_with_last_word(tx, after) if command.action is Action.BOOK else []
        kept = replace(after, status=Status.PENDING) if last_word else after
        becomes = after.status
        after = tx.save_appointment(before, kept, why, action=command.action)
        await_word(tx, after, last_word, becomes)
        await_nothing(tx, after, cause)
        tx.put_links(links_again(tx, [after]))
        return after

    if command.interval is None:
        return around.ledger.write(work)
    require_minute(command.interval.start)
    with around.ledger.read() as view:
        moved = view.appointment(id_or_number)
        activity = view.activity(moved.activity_id) if moved.activity_id else None
    wanted = with_buffers(command.interval, activity)
    return write_if_free_far_ahead(around, moved.practitioners, wanted, work)


def _moved(
    tx: Transaction,
    before: Appointment,
    after: Appointment,
    activity: Activity | None,
    *,
    party: Party,
) -> Appointment:
    """The appointment at its new time, in a room that is free then. Raises what `book` does."""
    require_length_kept(before, after, activity, party)
    who = [tx.practitioner(each) for each in after.practitioners]
    for each in who:
        require_still_offered(each, activity, party)
    require_offered(tx, after.interval, who, activity, party=party, but_for=after.id)
    moved = Flag.OVERLAP, Flag.OVERBOOKED, Flag.OUTSIDE_HOURS
    room = room_again(tx, activity, after)
    flags = after.flags.difference(moved)
    return at_its_time(before, replace(after, flags=flags, room_id=room), activity)


def _as_asked(command: Command, activity: Activity | None) -> Command:
    """The command with what the activity asks for when it is booked, and once it took place."""
    if activity is None:
        return command
    return replace(
        command,
        needs_confirmation=activity.needs_confirmation and command.action is Action.BOOK,
        awaits_acknowledgement=activity.offering.acknowledged,
    )
