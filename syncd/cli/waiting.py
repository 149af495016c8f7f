"""What a verb that booked does where calendars have the last word: it has them asked at once."""

from __future__ import annotations

from syncd.cli.opening import Desk
from syncd.core.appointment import Appointment, Status
from syncd.core.awaiting import Answer
from syncd.flows.awaiting import last_word, word_about
from syncd.flows.rounds import sync_now


def settled(desk: Desk, booked: Appointment) -> Appointment:
    """The appointment as its calendars' words have it, after a round over them: our own, or that of
    the daemon which holds them. Raises SlotTaken where one refused, Transient where one did not
    answer."""
    if booked.status is not Status.PENDING:
        return booked
    if word_about(desk.around, booked.id) is not Answer.WAIT:
        return last_word(desk.around, booked.id)
    with desk.around.ledger.read() as view:
        links = view.links_of([booked.id])[booked.id]
    sync_now(desk.around, [each.calendar_id for each in links if each.awaited], desk.terms())
    return last_word(desk.around, booked.id)
