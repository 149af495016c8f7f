"""Single bookings by their uid, and what took the place of moved ones.

Cal.com has no question about several uids, so each costs a request. A booking can be read by
whoever knows its uid: one that is not the account's any more, as after it was given to somebody
else, is absent here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from syncd.core.errors import Rejected
from syncd.core.events import Absent, EventStatus, Found, RemoteEvent, Unreadable
from syncd.core.ids import EventRef, Version
from syncd_calcom.account import Account
from syncd_calcom.answers import NotWhatWasAsked, data_of
from syncd_calcom.client import segment
from syncd_calcom.failures import failure, is_absence
from syncd_calcom.shapes import STATUSES, instant_in, text_in

Raw = Mapping[str, object]
_MOST_MOVES = 100
"""In one chain; nobody moves one booking more often."""


class Series:
    """Finds what took the place of an occurrence: those name no successor, so it is the one of the
    same series that names them."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def successors(
        self, rows: Iterable[Raw], *, among: Iterable[Raw], ask: bool
    ) -> Mapping[str, str]:
        """By the uid of what was moved, as far as what took its place is `among` those rows. `ask`:
        for the others of `rows`, too."""
        found = _moved(among)
        asked: set[str] = set()
        for raw in filter(_may_have_moved, rows) if ask else ():
            series = text_in(raw, "recurringBookingUid")
            if text_in(raw, "uid") not in found and series not in asked:
                asked.add(series)
                found |= _moved(self._of(series))
        return found

    def _of(self, series: str) -> list[Raw]:
        answer = self._account.client.read(f"/bookings/{segment(series)}", "a series of bookings")
        if not answer.is_success:
            found = failure(answer)
            if isinstance(found, Rejected):
                return []  # whatever moved names what it moved from: nothing is lost but this hint
            raise found
        data = data_of(answer)
        return [each for each in data if isinstance(each, dict)] if isinstance(data, list) else []


class Fetcher:
    """Reads what it is asked for, one by one."""

    def __init__(self, account: Account, series: Series) -> None:
        self._account = account
        self._series = series

    def get_many(self, refs: Iterable[EventRef]) -> Mapping[EventRef, Found]:
        """Each ref with what is there. One about which the server fails, while it answers about
        others, is left out."""
        found: dict[EventRef, Found] = {}
        for ref in dict.fromkeys(refs):
            try:
                found[ref] = self.one(ref)
            except Rejected:
                continue
        return found

    def one(self, ref: EventRef) -> Found:
        """What is at `ref`. `Rejected` where the server fails on this one only."""
        self._account.know()
        if not ref:
            return Absent(ref)
        answer = self._account.client.read(f"/bookings/{segment(ref)}", "a booking")
        if is_absence(answer):
            return Absent(ref)
        if not answer.is_success:
            raise failure(answer)
        data = data_of(answer)
        if isinstance(data, list):
            return Unreadable(ref=ref, version=Version(""), reason="a series, not one booking")
        if not isinstance(data, dict) or text_in(data, "uid") not in ("", ref):
            raise NotWhatWasAsked(answer, "not with the booking that was asked for")
        return self.event(ref, data)

    def event(self, ref: EventRef, raw: Raw) -> Found:
        """The event of one row of an answer about `ref`."""
        if self._account.part_of(raw) is None or self._is_before_all(raw):
            return Absent(ref)
        successor = self._series.successors([raw], among=[raw], ask=True).get(ref, "")
        found = self._account.reader.event(self._account.row(raw, successor))
        if isinstance(found, Unreadable):
            return Unreadable(ref=ref, version=found.version, reason=found.reason)
        return found

    def _is_before_all(self, raw: Raw) -> bool:
        """Lists leave it out, so it is not there: else each listing would contradict the reading
        after it."""
        beginning, start = self._account.beginning, instant_in(raw, "start")
        return beginning is not None and start is not None and start < beginning

    def newest(self, event: RemoteEvent) -> RemoteEvent | None:
        """What `event` is by now, at the end of all its moves: itself where it never moved; None
        where that cannot be read."""
        for found in self._moves(event):
            if not isinstance(found, RemoteEvent):
                return None
            event = found
        return event

    def _moves(self, event: RemoteEvent) -> Iterator[Found]:
        for _ in range(_MOST_MOVES):
            if event.continued_by is None:
                return
            found = self.one(event.continued_by)
            yield found
            if not isinstance(found, RemoteEvent):
                return
            event = found


def _moved(rows: Iterable[Raw]) -> dict[str, str]:
    """Successors by what they took the place of. Where two moves won, the first is named."""
    found: dict[str, str] = {}
    for raw in rows:
        before, uid = text_in(raw, "rescheduledFromUid"), text_in(raw, "uid")
        if before and uid:
            found.setdefault(before, uid)
    return found


def _may_have_moved(raw: Raw) -> bool:
    """Whether it is an occurrence that is over."""
    status = STATUSES.get(text_in(raw, "status").lower())
    return bool(text_in(raw, "recurringBookingUid")) and status is EventStatus.CANCELLED
