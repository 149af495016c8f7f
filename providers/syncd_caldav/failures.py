"""The one table from what a server answers to what the engine should do about it.

An answer of the calendar as a whole is never evidence about one object. Knows no retries: what may
be repeated is decided where the request is made. Statuses: RFC 9110, RFC 4918, RFC 6585.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from syncd.core.errors import (
    Forbidden,
    NeedsLogin,
    RateLimited,
    Rejected,
    SyncdError,
    Transient,
)
from syncd_caldav.answers import Answer
from syncd_caldav.xml import preconditions

LONGEST_WAIT = timedelta(days=1)
_LONGEST_PLACE = 300
_SECONDS = re.compile(r"[+-]?[0-9]+")

_NOT_THERE = (404, 410)
_NOT_OURS = (402, 403, 405, 451, 501)
_OBJECT_REFUSED = (400, 413, 414, 415, 422, 431, 507)
_OBJECT_CONDITIONS = frozenset(
    {
        "valid-calendar-data",
        "supported-calendar-data",
        "valid-calendar-object-resource",
        "supported-calendar-component",
        "max-resource-size",
        "min-date-time",
        "max-date-time",
        "max-instances",
        "max-attendees-per-instance",
        "organizer-allowed",
        "attendee-allowed",
        "allowed-organizer-scheduling-object-change",
        "allowed-attendee-scheduling-object-change",
        "same-organizer-in-all-components",
        "quota-not-exceeded",
        "sufficient-disk-space",
    }
)
_UID_CONDITIONS = frozenset({"no-uid-conflict", "unique-scheduling-object-resource"})
_UID_IN_WORDS = re.compile(rb"\buid\b.{0,60}\b(?:already|in use|exists)\b", re.IGNORECASE)


def failure(answer: Answer, now: datetime) -> SyncdError:
    """What an answer that is no success means for the calendar as a whole."""
    status, what = answer.status, f"{answer.method} was answered {answer.status}"
    if status == 401:
        return NeedsLogin("the server does not accept the username and password")
    if status == 429:
        return RateLimited("the server asks to slow down", retry_after=retry_after(answer, now))
    if status in (301, 308) and answer.moved_to:
        target = answer.moved_to.partition("?")[0][:_LONGEST_PLACE]
        return Forbidden(f"the calendar has moved to {target}; change its url")
    if status in _NOT_THERE:
        return Forbidden(f"the calendar is not there ({what}); check its url")
    if status in _NOT_OURS:
        return Forbidden(f"the server refuses access to the calendar ({what})")
    return Transient(f"no usable answer: {what}", retry_after=retry_after(answer, now))


def is_about_uid(answer: Answer) -> bool:
    """Whether a write was refused because its UID is in use: by a precondition, or in words, as
    SOGo (409) and Nextcloud (400) put it."""
    if answer.status < 400:
        return False
    if preconditions(answer.body) & _UID_CONDITIONS:
        return True
    return answer.status in (400, 409) and bool(_UID_IN_WORDS.search(answer.body[:4096]))


def refused_object(answer: Answer) -> Rejected | None:
    """The refusal of this one object, where the answer to a write says so."""
    broken = preconditions(answer.body)
    named = sorted(broken & _OBJECT_CONDITIONS)
    if named:
        return Rejected(f"the server refuses this event: {', '.join(named)} ({answer.status})")
    if answer.status in _OBJECT_REFUSED and not is_about_uid(answer):
        return Rejected(f"the server refuses this event with status {answer.status}")
    return None


class NotWhatWasAsked(Transient):
    """A success that is none: a login page, a cut-off or empty document."""

    def __init__(self, answer: Answer, why: str) -> None:
        super().__init__(f"{answer.method} was answered {answer.status}, but {why}")


def retry_after(answer: Answer, now: datetime) -> timedelta | None:
    """The wait that the answer asks for, in either form of RFC 9110 §10.2.3, between nothing and a
    day; None where it says nothing that makes sense."""
    value = answer.headers.get("retry-after", "").strip()
    if not value:
        return None
    if _SECONDS.fullmatch(value):
        seconds = min(float(value[:12]), LONGEST_WAIT.total_seconds())
        return timedelta(seconds=max(seconds, 0.0))
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max(moment - now, timedelta(0)), LONGEST_WAIT)
