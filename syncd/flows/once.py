"""A booking that may be asked for several times, and happens once.

The answer is kept in the transaction of the booking: whoever asks again with the same key, be it
after a crash, gets the same answer. A refusal is not kept: the same request may succeed later.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from syncd.core.appointment import Appointment, Link, Status
from syncd.core.awaiting import Answer, answer_to
from syncd.core.errors import IdempotencyMismatch, Invalid
from syncd.core.ids import AppointmentId
from syncd.core.journal import Cause
from syncd.flows.awaiting import last_word, require_made
from syncd.flows.booking import Booking, book_inside, write_booking
from syncd.flows.surroundings import Surroundings
from syncd.ledger import Answered, Transaction, View

LONGEST_KEY = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """`caller` is whose key it is: those of two callers never meet. `fingerprint` stands for all
    that is asked for: a key belongs to one wish."""

    caller: str
    key: str
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is answered about an appointment; "" while a calendar has yet to say whether there is
    one: `told_at_last` says it then."""

    appointment_id: AppointmentId
    answer: str


Render = Callable[[Appointment, Sequence[Link]], str]


def book_once(
    around: Surroundings,
    wish: Booking,
    cause: Cause,
    *,
    request: Request | None,
    render: Render,
) -> Told:
    """The answer to this booking, made by `render` of the new appointment inside its transaction,
    so that what cannot be told does not happen; or kept from the first time. Without a request
    nothing is kept. Raises IdempotencyMismatch where the key was used for another wish, Invalid for
    a key that is none, and what `book` raises."""

    def told(tx: Transaction) -> Told:
        made = book_inside(tx, wish, cause)
        links = tx.links_of([made.id])[made.id] if made.status is Status.PENDING else []
        has_to_wait = answer_to(made, links) is Answer.WAIT
        return Told(appointment_id=made.id, answer="" if has_to_wait else render(made, links))

    if request is None:
        return write_booking(around, wish, told)
    if not 0 < len(request.key) <= LONGEST_KEY or not request.key.isprintable():
        raise Invalid(f"an idempotency key has 1 to {LONGEST_KEY} printable characters")
    kept = answered_before(around, request)
    if kept is not None:
        return kept

    def work(tx: Transaction) -> Told:
        kept = _kept(tx, request)
        if kept is not None:
            return kept
        made = told(tx)
        _keep(tx, request, made)
        return made

    return write_booking(around, wish, work)


def told_at_last(
    around: Surroundings, which: AppointmentId, *, request: Request | None, render: Render
) -> Told:
    """The answer to a booking that was waited for; whoever asks again gets the same. Raises what
    `last_word` raises: then nothing is kept."""
    last_word(around, which)

    def work(tx: Transaction) -> Told:
        kept = _kept(tx, request) if request is not None else None
        if kept is not None and kept.answer:
            return kept
        appointment = require_made(tx, which)  # its calendar may have refused it this instant
        made = Told(appointment_id=which, answer=render(appointment, tx.links_of([which])[which]))
        if request is not None:
            _keep(tx, request, made)
        return made

    return around.ledger.write(work)


def answered_before(around: Surroundings, request: Request) -> Told | None:
    """The answer that was kept from the first time. Raises IdempotencyMismatch."""
    with around.ledger.read() as view:
        return _kept(view, request)


def _keep(tx: Transaction, request: Request, told: Told) -> None:
    tx.keep_answer(
        Answered(
            caller=request.caller,
            key=request.key,
            fingerprint=request.fingerprint,
            appointment_id=told.appointment_id,
            answer=told.answer,
        )
    )


def _kept(view: View, request: Request) -> Told | None:
    found = view.answered(request.caller, request.key)
    if found is None:
        return None
    if found.fingerprint != request.fingerprint:
        raise IdempotencyMismatch("this idempotency key was used for another request; take another")
    return Told(appointment_id=found.appointment_id, answer=found.answer)
