"""A booking that may be asked for several times, and happens once.

The answer is kept in the transaction of the booking: whoever asks again with the same key, be it
after a crash, gets the same answer. A refusal is not kept: the same request may succeed later.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from syncd.core.appointment import Appointment
from syncd.core.errors import IdempotencyMismatch, Invalid
from syncd.core.journal import Cause
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


def book_once(
    around: Surroundings,
    wish: Booking,
    cause: Cause,
    *,
    request: Request | None,
    render: Callable[[Appointment], str],
) -> str:
    """The answer to this booking, made by `render` of the new appointment inside its transaction,
    so that what cannot be told does not happen; or kept from the first time. Without a request
    nothing is kept. Raises IdempotencyMismatch where the key was used for another wish, Invalid for
    a key that is none, and what `book` raises."""
    if request is None:
        return write_booking(around, wish, lambda tx: render(book_inside(tx, wish, cause)))
    if not 0 < len(request.key) <= LONGEST_KEY or not request.key.isprintable():
        raise Invalid(f"an idempotency key has 1 to {LONGEST_KEY} printable characters")
    kept = answered_before(around, request)
    if kept is not None:
        return kept

    def work(tx: Transaction) -> str:
        kept = _kept(tx, request)
        if kept is not None:
            return kept
        appointment = book_inside(tx, wish, cause)
        answer = render(appointment)
        tx.keep_answer(
            Answered(
                caller=request.caller,
                key=request.key,
                fingerprint=request.fingerprint,
                appointment_id=appointment.id,
                answer=answer,
            )
        )
        return answer

    return write_booking(around, wish, work)


def answered_before(around: Surroundings, request: Request) -> str | None:
    """The answer that was kept from the first time. Raises IdempotencyMismatch."""
    with around.ledger.read() as view:
        return _kept(view, request)


def _kept(view: View, request: Request) -> str | None:
    found = view.answered(request.caller, request.key)
    if found is None:
        return None
    if found.fingerprint != request.fingerprint:
        raise IdempotencyMismatch("this idempotency key was used for another request; take another")
    return found.answer
