"""Read single objects: many at once where the server manages, one by one where it does not.

A batch that fails as a whole is halved, down to single GETs, because some servers refuse all for
the sake of one. Only a 404 or 410 about an object itself is evidence that it is gone.
RFC 4791 §7.9.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from syncd.core.errors import RateLimited, Transient
from syncd.core.events import Absent, Found, RemoteEvent, Unreadable
from syncd.core.ids import EventRef
from syncd_caldav import xml
from syncd_caldav.answers import Answer, TooLarge
from syncd_caldav.collection import Collection
from syncd_caldav.etags import as_version
from syncd_caldav.failures import NotWhatWasAsked, failure

BATCH = 200
_GONE = (404, 410)
_ONE_OBJECT = (400, 403, 404, 409, 410, 412, 413, 414, 415, 422, 431, 500, 501, 507)
"""Statuses by which some server answers about one object, for a whole batch too."""
_HOPELESS = 3
"""Single reads in a row that may fail before the server, not the objects, is to blame."""
_ENOUGH = 20
"""Objects in a row that a living server may refuse before the rest is left for another round."""
_WHOLE = b"END:VCALENDAR"


class Fetcher:
    """Remembers between calls how large a batch the server manages."""

    def __init__(self, calendar: Collection) -> None:
        self._calendar = calendar
        self._batch = BATCH

    def get_many(self, refs: Iterable[EventRef]) -> Mapping[EventRef, Found]:
        """Each ref with what is there; one about which nothing can be learnt is left out."""
        self._calendar.begin()
        wanted = [ref for ref in dict.fromkeys(refs) if self._calendar.has_address(ref)]
        round_ = _Round(self._calendar)
        for start in range(0, len(wanted), self._batch):
            round_.fetch(wanted[start : start + self._batch])
        if round_.overtaxed:
            self._batch = max(1, self._batch // 2)
        return round_.result()

    def get(self, ref: EventRef) -> Found:
        """What is at `ref`; raises where that cannot be told."""
        self._calendar.begin()
        return read_one(self._calendar, ref)


class _Round:
    """One call of `get_many`: what was found, and how the server fares."""

    def __init__(self, calendar: Collection) -> None:
        self._calendar = calendar
        self._found: dict[EventRef, Found] = {}
        self._failures = 0
        self._refusals = 0
        self._failure: Transient | None = None
        self._checked = False
        self.overtaxed = False

    def result(self) -> Mapping[EventRef, Found]:
        """What was found; that anything is absent, only of a calendar that is there."""
        if self._failure is not None and not self._found:
            raise self._failure
        if any(isinstance(found, Absent) for found in self._found.values()):
            self._check_once()
        return self._found

    def _check_once(self) -> None:
        if not self._checked:
            self._calendar.check()
            self._checked = True

    def fetch(self, batch: list[EventRef]) -> None:
        """Depth first, so that a server that answers nothing sensible is given up early."""
        if self._refusals >= _ENOUGH:
            return
        if len(batch) == 1:
            self._fetch_one(batch[0])
            return
        answered = self._multiget(batch)
        if answered is None:
            half = len(batch) // 2
            self.fetch(batch[:half])
            self.fetch(batch[half:])
            return
        self._found.update(answered)
        for ref in batch:
            if ref not in answered:
                self._fetch_one(ref)

    def _multiget(self, batch: list[EventRef]) -> dict[EventRef, Found] | None:
        """The rows that answer the batch; None where it is to be halved."""
        calendar = self._calendar
        body = xml.calendar_multiget(map(calendar.hrefs.spelling, batch))
        try:
            answer = calendar.dav.report(calendar.path, body, depth="1")
            if answer.status not in _ONE_OBJECT:
                return self._rows(calendar.multistatus(answer).rows, set(batch))
        except (TooLarge, NotWhatWasAsked):
            return None
        except RateLimited:
            raise
        except Transient as failure_:
            self._note(failure_)
            self.overtaxed = True
            return None
        if answer.status in _GONE:
            self._check_once()
        return None

    def _rows(self, rows: Iterable[xml.Row], wanted: set[EventRef]) -> dict[EventRef, Found]:
        answered: dict[EventRef, Found] = {}
        for row in rows:
            ref = self._calendar.hrefs.learn(row.href)
            if ref is None or ref not in wanted:
                continue
            body = row.raw_text(xml.CALENDAR_DATA)
            if body is not None:
                version = as_version(row.text(xml.GETETAG))
                self._calendar.profile.note_version(version)
                answered[ref] = self._calendar.read(ref, version, body)
            elif row.status in _GONE:
                answered.setdefault(ref, Absent(ref))
        return answered

    def _fetch_one(self, ref: EventRef) -> None:
        if self._refusals >= _ENOUGH:
            return
        try:
            self._found[ref] = read_one(self._calendar, ref)
        except _AboutOne:
            self._refusals += 1
            if self._refusals == _HOPELESS:
                self._check_once()
        except Transient as failure_:
            self._note(failure_)
        else:
            self._failures = self._refusals = 0

    def _note(self, failure_: Transient) -> None:
        self._failure = failure_
        self._failures += 1
        if self._failures >= _HOPELESS:
            raise failure_


class _AboutOne(Transient):
    """The server answers, but not about this object."""


def read_one(calendar: Collection, ref: EventRef) -> Found:
    """GET, in every spelling of `ref` that may be the server's before it counts as absent."""
    for path in calendar.hrefs.spellings(ref):
        try:
            answer = calendar.dav.get(path)
        except TooLarge as exc:
            reason = f"larger than {exc.cap >> 20} MiB"
            return Unreadable(ref=ref, version=as_version(exc.etag), reason=reason)
        if answer.status not in _GONE:
            return _content(calendar, ref, answer)
    return Absent(ref)


def _content(calendar: Collection, ref: EventRef, answer: Answer) -> RemoteEvent | Unreadable:
    calendar.profile.recognise(answer.headers, answer.path)
    if answer.status in _ONE_OBJECT:
        raise _AboutOne(f"GET of one event was answered {answer.status}")
    if answer.status != 200:
        raise failure(answer, calendar.clock.now())
    if answer.is_page:
        raise NotWhatWasAsked(answer, "with a page for people")
    if not answer.body.strip():
        raise NotWhatWasAsked(answer, "with nothing in it")
    is_cut = b"BEGIN:VCALENDAR" in answer.body[:64] and _WHOLE not in answer.body[-512:]
    if is_cut and "content-length" not in answer.headers:
        raise NotWhatWasAsked(answer, "the event is cut off")
    version = as_version(answer.headers.get("etag", ""))
    calendar.profile.note_version(version)
    return calendar.read(ref, version, answer.body)
