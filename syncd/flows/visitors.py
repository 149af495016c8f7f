"""Keys to single appointments, for visitors without an account: whoever books in public gets one.

A key says which appointment, and is sealed with a secret of the practice's; it is kept nowhere. It
opens as long as the appointment has its client.
"""

from __future__ import annotations

from syncd.core.access import SECRET_SIZE, Caller, Role, opened_by
from syncd.core.errors import Unauthenticated, Unknown
from syncd.core.ids import AppointmentId
from syncd.core.journal import Cause
from syncd.flows.surroundings import Surroundings
from syncd.ledger import View


def secret_of(around: Surroundings, cause: Cause) -> str:
    """What the practice's keys are sealed with; made when it is first asked for."""
    with around.ledger.read() as view:
        secret = view.booking_secret()
    if secret is None:
        fresh = around.randomness.token(SECRET_SIZE).hex()
        secret = around.ledger.write(lambda tx: tx.make_booking_secret(fresh, cause))
    return secret


def holder_of(view: View, text: str) -> Caller:
    """Who holds this key. Raises Unauthenticated for whatever opens nothing."""
    secret = view.booking_secret()
    appointment_id = opened_by(text, secret) if secret is not None else None
    if appointment_id is None or not _has_its_client(view, appointment_id):
        raise Unauthenticated("this key opens no appointment")
    return Caller(
        role=Role.VISITOR, name=f"booking:{appointment_id}", appointment_id=appointment_id
    )


def _has_its_client(view: View, appointment_id: AppointmentId) -> bool:
    try:
        client = view.appointment(appointment_id).client
    except Unknown:
        return False
    return client is not None and not view.is_erased(client.id)
