"""Create single events: never over anything, never twice.

Where an answer is missing or unclear the address is read before anything is sent again, and what is
sent again is sent once. Changing and deleting stand in `changing`. RFC 4791 §5.3.2.
"""

from __future__ import annotations

from urllib.parse import quote

from syncd.core.errors import Rejected
from syncd.core.events import Absent, Draft, Found, RemoteEvent
from syncd.core.ids import EventRef
from syncd.ports import Adopted, CreateResult, KeyBurnt, Written
from syncd_caldav import xml
from syncd_caldav.answers import Answer
from syncd_caldav.collection import Collection
from syncd_caldav.failures import is_about_uid, refused_object
from syncd_caldav.fetch import read_one
from syncd_caldav.ical import render
from syncd_caldav.outcome import Outcome, attempt, look, refusal

_ATTEMPTS = 2
"""A create without effect is sent once more, then left to the next round."""


def create(calendar: Collection, draft: Draft) -> CreateResult:
    """PUT at an address made of the UID, where nothing may be yet."""
    text = render(draft, now=calendar.clock.now())
    ref = calendar.hrefs.member(f"{quote(draft.uid, safe='')}.ics")
    path = calendar.hrefs.spelling(ref)
    if calendar.profile.ignores_conditions:
        there = read_one(calendar, ref)
        if not isinstance(there, Absent):
            return _ours_or_burnt(there, draft)
    for _ in range(_ATTEMPTS):
        tried = attempt(calendar, lambda: calendar.dav.put(path, text))
        if tried.outcome is Outcome.DONE:
            return Written(ref=ref, version=tried.version, sent=text)
        if tried.answer and tried.outcome is not Outcome.UNSURE:
            return _not_created(calendar, ref, draft, tried.answer)
        there = look(calendar, ref)
        if not isinstance(there, Absent):
            return _ours_or_burnt(there, draft)
    raise tried.failure


def _not_created(calendar: Collection, ref: EventRef, draft: Draft, answer: Answer) -> CreateResult:
    """After a refusal: what is there under our identity, here or where the server points to."""
    of_uid = is_about_uid(answer)
    refused = refused_object(answer)
    if refused is not None:
        raise refused
    if answer.status not in (404, 409, 410, 412) and not of_uid:
        raise refusal(calendar, answer)
    there = look(calendar, ref)
    if not isinstance(there, Absent):
        return _ours_or_burnt(there, draft)
    calendar.check()
    for href in xml.hrefs_of_error(answer.body):
        other = calendar.hrefs.learn(href)
        if other is not None and other != ref:
            there = look(calendar, other)
            if not isinstance(there, Absent):
                return _ours_or_burnt(there, draft)
    if of_uid or answer.status == 409:
        return KeyBurnt("the server has an event with this uid at another address")
    raise Rejected(f"the server refuses this event with status {answer.status}")


def _ours_or_burnt(there: Found, draft: Draft) -> Adopted | KeyBurnt:
    """Ours is what has our UID and our mark: the answer to an earlier create was lost."""
    if isinstance(there, RemoteEvent):
        mark = there.mark or ""
        if (there.uid, mark) == (draft.uid, draft.mark):
            return Adopted(there)
    return KeyBurnt("another object is at the address of this event")
