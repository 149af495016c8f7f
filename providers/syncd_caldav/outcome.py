"""What a write came to, read from its answer or, where that says nothing, from the object itself.

Sends no writes. Everything here errs towards asking again: an outcome is known only from an answer
that can mean nothing else, or from reading.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from syncd.core.errors import Forbidden, NeedsLogin, RateLimited, Rejected, SyncdError, Transient
from syncd.core.events import Found
from syncd.core.ids import EventRef, Version
from syncd_caldav.answers import Answer
from syncd_caldav.collection import Collection
from syncd_caldav.etags import as_version, strong
from syncd_caldav.failures import NotWhatWasAsked, failure, refused_object
from syncd_caldav.fetch import read_one

_DONE = (201, 204)
"""What these mean nothing else does, whatever comes with them (PHP calls an empty body text/html).
A 200 is believed with a document of WebDAV only, as Radicale's after a DELETE: any other may come
from something in between, and the object itself is asked."""
_LOST_RACE = (404, 409, 410, 412)
_MAYBE = (408, 423, 425)
_NEVER = (501, 505, 507)


class Outcome(StrEnum):
    """`UNSURE`: it may have had its effect; `NOT_SO`: the object is not as the write supposed."""

    DONE = "done"
    NOT_SO = "not so"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One write that was sent. `outcome` is None for a refusal, `answer` None where none came;
    `failure` is what to say when reading showed that it had no effect."""

    answer: Answer | None
    outcome: Outcome | None
    failure: SyncdError

    @property
    def version(self) -> Version:
        """The version that the answer names, if later writes can be conditional on it."""
        named = as_version(self.answer.headers.get("etag", "")) if self.answer else Version("")
        return named if strong(named) else Version("")


def attempt(calendar: Collection, send: Callable[[], Answer]) -> Attempt:
    """Send a write once. `Transient` if it certainly never reached the server."""
    try:
        answer = send()
    except Transient as exc:
        if not exc.ambiguous:
            raise
        return Attempt(None, Outcome.UNSURE, exc)
    return Attempt(answer, _outcome(answer), _without_effect(calendar, answer))


def _outcome(answer: Answer) -> Outcome | None:
    status = answer.status
    if status in _DONE or (status == 200 and answer.body.lstrip().startswith(b"<?xml")):
        return Outcome.DONE
    if status in _LOST_RACE:
        return Outcome.NOT_SO
    if 200 <= status < 300 or status in _MAYBE or (status >= 500 and status not in _NEVER):
        return Outcome.UNSURE
    return None


def refusal(calendar: Collection, answer: Answer) -> SyncdError:
    """Why a write was refused: this object, or all of them."""
    found = refused_object(answer)
    if found is not None:
        return found
    if answer.status == 403:
        calendar.check()
        if calendar.profile.writable:
            return Rejected("the server refuses this event without a reason (403)")
        return Forbidden("the server does not let us write to this calendar (403)")
    return failure(answer, calendar.clock.now())


def look(calendar: Collection, ref: EventRef) -> Found:
    """What is at `ref` after a write of unknown outcome; the doubt travels with any failure."""
    try:
        return read_one(calendar, ref)
    except (NeedsLogin, Forbidden, RateLimited, Transient) as exc:
        wait = exc.retry_after if isinstance(exc, (RateLimited, Transient)) else None
        raise Transient(
            f"a write may have had its effect; {exc}", retry_after=wait, ambiguous=True
        ) from exc


def _without_effect(calendar: Collection, answer: Answer) -> SyncdError:
    """A plain 500 from a server that answers otherwise is about the object: it must not stop the
    other objects."""
    if answer.status == 500:
        return Rejected("the server fails on this event (500), and answers about others")
    if 200 <= answer.status < 300:
        return NotWhatWasAsked(answer, "the event is not as it was written")
    return failure(answer, calendar.clock.now())
