"""Bookings that wait for the word of calendars that have the last one.

Nobody is asked here: a booking leaves a mark on its links, the calendar's usual round writes it,
and whichever transaction learns of the word (a round's, the one of a deadline, upkeep) heeds it.
What follows is `core.awaiting`'s to decide. Design §7, ADR 17.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from syncd.core import awaiting
from syncd.core.appointment import Appointment, Awaited, Link, LinkState, Status
from syncd.core.awaiting import Answer, Outcome, answer_to, decide
from syncd.core.errors import SlotTaken, Transient
from syncd.core.ids import AppointmentId, CalendarId
from syncd.core.journal import Cause
from syncd.core.practice import Calendar, OnOutage
from syncd.core.remote import CalendarState
from syncd.flows.linking import first_link
from syncd.flows.surroundings import Surroundings
from syncd.ledger import Transaction, View

CAUSE = Cause(actor="system:deadline")
_ANY = CalendarId("")


def calendars_with_last_word(view: View, appointment: Appointment) -> list[Calendar]:
    """Those in which the appointment must stand before it is answered for."""
    found = view.calendars_of(appointment.practitioners)
    return [each for each in found if each.has_last_word]


def await_word(
    tx: Transaction, appointment: Appointment, calendars: Sequence[Calendar], becomes: Status
) -> None:
    """Have the appointment, which is stored and pending, wait for the word of these calendars: as
    they say, it becomes what it shall. Raises Transient, so that nothing is stored, where one of
    them is out of reach and bookings are refused then."""
    if not calendars:
        return
    states = tx.states_of([each.id for each in calendars])
    until = tx.now + awaiting.LONGEST_WAIT
    marks: dict[CalendarId, Awaited | None] = {}
    for each in calendars:
        state = states.get(each.id)
        is_silent = state is not None and _is_silent(state, until)
        if state is not None and is_silent and each.write_through is OnOutage.REFUSE:
            raise _away(state, tx.now)
        marks[each.id] = Awaited(becomes=becomes, until=None if is_silent else until)
    known = {each.calendar_id for each in tx.links_of([appointment.id])[appointment.id]}
    tx.put_links([first_link(appointment, each) for each in calendars if each.id not in known])
    tx.set_awaited(appointment.id, marks)


def await_nothing(tx: Transaction, appointment: Appointment, cause: Cause) -> None:
    """Have no word awaited about an appointment, which is stored, if it is over."""
    if appointment.is_over:
        _heed(tx, tx.links_of([appointment.id]).values(), cause)


def heed(
    tx: Transaction,
    links: Iterable[Sequence[Link]],
    cause: Cause,
    *,
    refused: Collection[Appointment] = (),
    by: CalendarId | None = None,
) -> None:
    """Let the appointments of these links be what the calendars' words make of them by now, if any
    of them waits at all. `by` is the calendar that was just read or written; `refused` are those
    that it would not take, as they were then."""
    _heed(tx, links, cause, refused=refused, by=by)


def give_up(
    tx: Transaction, appointment_ids: Iterable[AppointmentId], on: CalendarId | None = None
) -> None:
    """What that calendar, or any, has not said by now about these, it will not say in time."""
    _heed(tx, tx.links_of(appointment_ids).values(), CAUSE, silent=on or _ANY)


def _heed(
    tx: Transaction,
    links: Iterable[Sequence[Link]],
    cause: Cause,
    *,
    refused: Collection[Appointment] = (),
    by: CalendarId | None = None,
    silent: CalendarId | None = None,
) -> None:
    waiting = {each.appointment_id for found in links for each in found if each.awaited}
    if not waiting:
        return
    stored = tx.links_of(sorted(waiting))
    not_taken = {(each.id, each.version) for each in refused}
    policies = {
        each.id: each.write_through
        for each in tx.calendars()
        if each.has_last_word and each.write_through is not None
    }
    for appointment_id, found in stored.items():
        before = tx.appointment(appointment_id)
        everybody = {each.calendar_id for each in found}
        outcome = decide(
            before,
            found,
            policies,
            refused_by={by} if by is not None and (before.id, before.version) in not_taken else (),
            silent=everybody if silent == _ANY else everybody & {silent},
            now=tx.now,
        )
        if outcome is not None:
            _store(tx, before, outcome, cause, by=by)


def word_about(around: Surroundings, appointment_id: AppointmentId) -> Answer:
    """What is known by now of a booking that had to wait."""
    with around.ledger.read() as view:
        links = view.links_of([appointment_id])[appointment_id]
        return answer_to(view.appointment(appointment_id), links)


def last_word(around: Surroundings, appointment_id: AppointmentId) -> Appointment:
    """The appointment, once it need not be waited for any longer: whoever waited has. Raises
    SlotTaken where its calendar refused it, Transient where that did not answer in time; then it is
    cancelled, and keeps its number."""
    if word_about(around, appointment_id) is Answer.WAIT:
        around.ledger.write(lambda tx: give_up(tx, [appointment_id]))
    with around.ledger.read() as view:
        return require_made(view, appointment_id)


def require_made(view: View, appointment_id: AppointmentId) -> Appointment:
    """The appointment, if there is one by now. Raises what `last_word` does."""
    appointment = view.appointment(appointment_id)
    answer = answer_to(appointment, view.links_of([appointment_id])[appointment_id])
    if answer is Answer.REFUSED:
        raise SlotTaken(f"{appointment.number}: its calendar refused it; take another time")
    if answer is Answer.AWAY:
        raise Transient(f"{appointment.number} was cancelled: its calendar does not answer")
    return appointment


def _is_silent(state: CalendarState, until: datetime) -> bool:
    """Whether it is known beforehand that no round will bring a word in time."""
    is_left_alone = state.retry_at is not None and state.retry_at >= until
    return state.suspended_at is not None or is_left_alone


def _away(state: CalendarState, now: datetime) -> Transient:
    wait = state.retry_at - now if state.retry_at is not None else None
    return Transient(
        f"calendar {state.calendar_id}, which has the last word, is out of reach; "
        "see `syncd status`",
        retry_after=wait if wait is not None and wait > timedelta(0) else None,
    )


def _store(
    tx: Transaction,
    before: Appointment,
    outcome: Outcome,
    cause: Cause,
    *,
    by: CalendarId | None,
) -> None:
    """The marks first: once they are gone, calendars that were kept out of it are told."""
    tx.set_awaited(before.id, outcome.awaited)
    after = outcome.appointment
    links = tx.links_of([before.id])[before.id]
    if after.is_over:
        tx.drop_answers_owed(before.id)
    if after == before:
        tx.nudge([each.calendar_id for each in links])
        return
    stands = all(each.ref is not None for each in links if each.calendar_id in outcome.awaited)
    made = "it stands in its calendar" if stands else "its calendar has no say any more"
    why = replace(cause, why=cause.why or after.reason or made)
    action = "decline" if after.is_over else "confirm"
    quiet_for = None if after.is_over else by
    saved = tx.save_appointment(before, after, why, action=action, quiet_for=quiet_for)
    if saved.is_over:
        return
    tx.put_links(
        [
            replace(each, pushed_version=saved.version)
            for each in links
            if each.state is LinkState.IN_SYNC and each.pushed_version == before.version
        ]
    )
