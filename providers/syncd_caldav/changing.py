"""Change and delete single events: only at the version that the caller knows.

A lost or unclear answer is followed by reading, and what had no effect is sent once more. A server
whose conditions are known to mean nothing is read before each write; one that refuses its own
entity tag twice (as behind a compressing proxy) gets the write right after a read that showed the
content unchanged. "Gone" and "done" are said of a calendar that was seen to be there. RFC 9110 §13.
"""

from __future__ import annotations

from functools import partial

from syncd.core.events import Absent, Draft, Found, RemoteEvent, agrees
from syncd.core.ids import EventRef, Version
from syncd.ports import Conflict, DeleteResult, Done, Gone, UpdateResult, Written
from syncd_caldav.answers import Answer
from syncd_caldav.collection import Collection
from syncd_caldav.etags import same, strong
from syncd_caldav.fetch import read_one
from syncd_caldav.ical import patch
from syncd_caldav.outcome import Attempt, Outcome, attempt, look, refusal

_TRIES = (1, 2, 3)
"""A write without effect is sent a second time; the third, without its condition, is for a server
that refuses the very tag that it shows."""
_UNCONDITIONAL = 3


def update(calendar: Collection, before: RemoteEvent, draft: Draft) -> UpdateResult:
    """PUT `before` with the drafted fields changed. An event whose content is unchanged under a new
    version counts as unchanged; one that already says the draft counts as written."""
    now = calendar.clock.now()
    base = before
    if _looks_first(calendar, before.version) or patch(before.body, draft, now=now) == before.body:
        current = _standing(calendar, read_one(calendar, before.ref), before)
        if not isinstance(current, RemoteEvent):
            return current
        if patch(current.body, draft, now=now) == current.body:
            return Written(ref=before.ref, version=current.version, sent=current.body)
        base = current
    return _put_until_known(calendar, before, draft, base)


def _put_until_known(
    calendar: Collection, before: RemoteEvent, draft: Draft, base: RemoteEvent
) -> UpdateResult:
    for number in _TRIES:
        text = patch(base.body, draft, now=calendar.clock.now())
        tried = attempt(calendar, partial(_put, calendar, base, text, number=number))
        if tried.outcome is Outcome.DONE:
            return Written(ref=before.ref, version=tried.version, sent=text)
        if tried.answer and tried.outcome is None:
            raise refusal(calendar, tried.answer)
        current = _standing(calendar, look(calendar, before.ref), before, draft)
        if not isinstance(current, RemoteEvent):
            return current
        if _is_enough(number, tried, base.version, current.version):
            break
        base = current
    if tried.outcome is Outcome.NOT_SO:
        return Conflict(base)
    raise tried.failure


def _standing(
    calendar: Collection, found: Found, before: RemoteEvent, draft: Draft | None = None
) -> RemoteEvent | UpdateResult:
    """The event as it is now if its content is still that of `before`; else the result."""
    if isinstance(found, Absent):
        calendar.check()
        return Gone()
    if not isinstance(found, RemoteEvent):
        return Conflict()
    if found.uid != before.uid:
        return Conflict(found)
    if found.digest == before.digest:
        return found
    if draft is not None and agrees(draft, found):
        return Written(ref=before.ref, version=found.version, sent=found.body)
    return Conflict(found)


def delete(calendar: Collection, ref: EventRef, version: Version) -> DeleteResult:
    """DELETE what is at `ref` if it is at `version`; already absent is as good."""
    tag = strong(version)
    if _looks_first(calendar, version):
        found = read_one(calendar, ref)
        result = _settled(calendar, found, version)
        if result is not None:
            return result
        tag = None if isinstance(found, Absent) else strong(found.version)
    return _delete_until_known(calendar, ref, version, tag)


def _delete_until_known(
    calendar: Collection, ref: EventRef, version: Version, tag: str | None
) -> DeleteResult:
    for number in _TRIES:
        path = calendar.hrefs.spelling(ref)
        condition = None if number == _UNCONDITIONAL else tag
        tried = attempt(calendar, partial(calendar.dav.delete, path, if_match=condition))
        if tried.outcome is Outcome.DONE:
            return Done()
        if tried.answer and tried.outcome is None:
            raise refusal(calendar, tried.answer)
        found = look(calendar, ref)
        result = _settled(calendar, found, version)
        if result is not None:
            return result
        if isinstance(found, Absent) or _is_enough(number, tried, version, found.version):
            break
    if tried.outcome is Outcome.NOT_SO:
        return _conflict(found)
    raise tried.failure


def _settled(calendar: Collection, found: Found, version: Version) -> DeleteResult | None:
    """What to answer without (further) deleting; None for an event still at `version`."""
    if isinstance(found, Absent):
        calendar.check()
        return Done()
    if version and not same(found.version, version):
        return _conflict(found)
    return None


def _conflict(found: Found) -> Conflict:
    return Conflict(found if isinstance(found, RemoteEvent) else None)


def _looks_first(calendar: Collection, version: Version) -> bool:
    return calendar.profile.ignores_conditions or strong(version) is None


def _put(calendar: Collection, base: RemoteEvent, text: str, *, number: int) -> Answer:
    path, tag = calendar.hrefs.spelling(base.ref), strong(base.version)
    if tag is None or number == _UNCONDITIONAL:
        return calendar.dav.put_regardless(path, text)
    return calendar.dav.put(path, text, if_match=tag)


def _is_enough(number: int, tried: Attempt, sent: Version, now_at: Version) -> bool:
    """Whether nothing more is worth sending."""
    if number + 1 < _UNCONDITIONAL:
        return False
    refused_own_tag = tried.answer is not None and tried.answer.status == 412 and same(sent, now_at)
    return number == _UNCONDITIONAL or not refused_own_tag
