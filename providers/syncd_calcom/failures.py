"""The one table from what Cal.com refuses with to what the engine should do about it.

Its codes are class names and its statuses mislead (a 401 may be a full day, a 500 an unknown uid),
so a row is a status, an envelope and a piece of the message; the first that fits counts. Whether a
refused write had its effect all the same, no row knows: whoever wrote reads. Repeats no word of an
answer. Vendor pages; observed on a real server.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from syncd.core.errors import (
    Forbidden,
    NeedsLogin,
    RateLimited,
    Rejected,
    SyncdError,
    Transient,
)
from syncd_calcom.answers import Answer, Complaint, Envelope, complaint_of

_ANY: tuple[Envelope, ...] = tuple(Envelope)
_TOLD = (Envelope.FRAMEWORK, Envelope.BARE)
Made = Callable[[str], SyncdError]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """`says` is a piece of the message or of the code, in small letters."""

    status: int
    envelopes: tuple[Envelope, ...] = _ANY
    says: str = ""
    made: Made
    why: str

    def fits(self, status: int, found: Complaint) -> bool:
        return (
            status == self.status
            and found.envelope in self.envelopes
            and self.says in f"{found.code} {found.message}".lower()
        )


def _row(status: int, says: str, made: Made, why: str, *envelopes: Envelope) -> Row:
    return Row(status=status, says=says, made=made, why=why, envelopes=envelopes or _TOLD)


TABLE: tuple[Row, ...] = (
    _row(400, "already has booking", Rejected, "its host is busy or away at that time"),
    _row(400, "not available", Rejected, "its host is busy or away at that time"),
    _row(400, "in the past", Rejected, "that time is in the past"),
    _row(400, "can't be booked at", Rejected, "that time is outside what is offered"),
    _row(400, "already ended", Rejected, "it has ended already"),
    _row(400, "cancellation reason", Rejected, "it wants a reason from its host"),
    _row(400, "does not allow cancel", Rejected, "its event type forbids cancelling"),
    _row(400, "reschedul", Rejected, "it cannot be moved"),
    _row(400, "should not exist", Rejected, "this Cal.com does not know what was sent"),
    _row(400, "seatuid", Rejected, "only one of its seats can be moved, not the group"),
    _row(401, "booking_limit", Rejected, "its event type has as many bookings as it may have"),
    _row(401, "not a host", Rejected, "the key's owner is not its host"),
    _row(401, "trpcerror", Rejected, "the key's owner is not its host", Envelope.FRAMEWORK),
    _row(401, "", NeedsLogin, "the API key is not accepted", *Envelope),
    _row(403, "scope", Forbidden, "the key may not do this; it lacks a scope", *_ANY),
    _row(403, "permissionsguard", NeedsLogin, "the API key is not known"),
    _row(403, "not a host", Rejected, "the key's owner is not its host"),
    _row(404, "cannot get /", Forbidden, "there is no such address; check url, it ends in /v2"),
    _row(404, "cannot post /", Forbidden, "there is no such address; check url, it ends in /v2"),
    _row(404, "event type", Rejected, "its event type is not there"),
    _row(404, "", Rejected, "it is not there"),
    _row(409, "", Rejected, "another booking has that time or its last seat", *_ANY),
    _row(498, "", NeedsLogin, "the access token has expired", *_ANY),
    _row(500, "", Rejected, "Cal.com fails on it, and answers about others"),
)
"""Before these, what any server may say: see `failure`."""

_OBJECT = (400, 413, 422)
_LATER = (408, 423, 425)


def failure(answer: Answer, *, wait: timedelta | None = None) -> SyncdError:
    """What an answer that is no success means. `wait` is what the limit asks for."""
    status, found = answer.status, complaint_of(answer)
    if status == 429:
        return RateLimited("Cal.com asks to slow down", retry_after=wait)
    for row in TABLE:
        if row.fits(status, found):
            return row.made(f"{answer.what} was refused: {row.why} ({status})")
    if status in _OBJECT and found.envelope is not Envelope.NONE:
        return Rejected(f"{answer.what} was refused ({status})")
    if 300 <= status < 400:
        return Forbidden(f"{answer.what} was sent elsewhere ({status}); check url")
    if status >= 500 or status in _LATER or status < 300:
        return Transient(f"no usable answer: {answer.what} was answered {status}")
    return Forbidden(f"{answer.what} was refused ({status}); check url and the key's rights")


def is_absence(answer: Answer) -> bool:
    """Whether the API itself says that it has no such booking: not just any 404, which a wrong
    address or version gives, too."""
    if answer.status != 404:
        return False
    found = complaint_of(answer)
    return found.envelope in _TOLD and not found.message.lower().startswith("cannot ")
