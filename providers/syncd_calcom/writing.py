"""Send one write, and say what became of it: done, refused, or nobody knows.

A refusal proves nothing: a 4xx was seen on a write that had its effect, and a lost answer says
less. So whoever writes here reads afterwards, unless the answer shows the booking. Decides nothing
about what is there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from syncd.core.errors import Forbidden, NeedsLogin, RateLimited, Rejected, SyncdError, Transient
from syncd.core.events import Draft, EventStatus, RemoteEvent, agrees
from syncd.core.ids import EventRef, Version
from syncd.ports import Written
from syncd_calcom.answers import NotWhatWasAsked, data_of
from syncd_calcom.client import Client
from syncd_calcom.events import Row
from syncd_calcom.failures import failure
from syncd_calcom.paging import iso
from syncd_calcom.shapes import text_in

Raw = Mapping[str, object]
T = TypeVar("T")
_STATUS = {
    EventStatus.CONFIRMED: "accepted",
    EventStatus.TENTATIVE: "pending",
    EventStatus.CANCELLED: "cancelled",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One write that was sent. `shown` is the booking that the answer shows, None where it shows
    none; `failure` what to say when reading shows that it had no effect."""

    shown: Raw | None
    failure: SyncdError


def attempt(client: Client, path: str, what: str, body: Mapping[str, object]) -> Attempt:
    """Send a write once. Raises where it certainly had no effect: it never left, or was one of too
    many."""
    try:
        answer = client.write(path, what, body)
    except Transient as exc:
        if not exc.ambiguous:
            raise
        return Attempt(shown=None, failure=exc)
    if not answer.is_success:
        return Attempt(shown=None, failure=_doubtful(failure(answer)))
    missing = _doubtful(NotWhatWasAsked(answer, "not with the booking"))
    try:
        data = data_of(answer)
    except NotWhatWasAsked:
        return Attempt(shown=None, failure=missing)
    found = data[0] if isinstance(data, list) and data else data  # a series of one
    is_shown = isinstance(found, dict) and text_in(found, "uid")
    return Attempt(shown=found if is_shown and isinstance(found, dict) else None, failure=missing)


def looked(look: Callable[[], T]) -> T:
    """What `look` reads after a write of unknown outcome; the doubt travels with any failure."""
    try:
        return look()
    except (NeedsLogin, Forbidden, Rejected, RateLimited, Transient) as exc:
        wait = exc.retry_after if isinstance(exc, RateLimited | Transient) else None
        raise Transient(
            f"a write may have had its effect; {exc}", retry_after=wait, ambiguous=True
        ) from exc


def says(draft: Draft, event: RemoteEvent) -> bool:
    """Whether a booking is what was wanted, as far as a booking can be: its title and that it takes
    time are nobody's to change."""
    if draft.status is EventStatus.CANCELLED:
        return event.status is EventStatus.CANCELLED
    is_over = event.status is EventStatus.CANCELLED
    return not is_over and agrees(replace(draft, title=None, transparent=None), event)


def standing(event: RemoteEvent) -> Written:
    """A booking that is as it was wanted without a write, or without another one."""
    return Written(ref=event.ref, version=event.version, sent=event.body)


def written(
    uid: str, start: datetime, end: datetime, status: EventStatus, **more: object
) -> Written:
    """A booking as it was asked for. No version: it is settled by whoever reads it back."""
    raw = {"uid": uid, "start": iso(start), "end": iso(end), "status": _STATUS[status], **more}
    return Written(ref=EventRef(uid), version=Version(""), sent=Row(raw=raw).body)


def _doubtful(error: SyncdError) -> SyncdError:
    """An outage during a write leaves it open whether that had its effect."""
    if isinstance(error, Transient):
        return Transient(str(error), retry_after=error.retry_after, ambiguous=True)
    return error
