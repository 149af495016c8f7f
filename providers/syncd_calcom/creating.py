"""Make bookings: never twice, whatever became of the answer.

Cal.com knows no key of ours and cannot be asked for metadata, so what was perhaps made is looked
for among the bookings of that time and among those made lately, also after it was moved. A client's
name and address are not sent: the booking's attendee is the practice itself. Vendor page on
creating bookings.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import timedelta

from syncd.core.errors import RateLimited, Rejected, Transient
from syncd.core.events import Draft, EventStatus, RemoteEvent
from syncd.core.ids import EventRef
from syncd.ports import Adopted, CreateResult, Written
from syncd_calcom.account import Account
from syncd_calcom.client import segment
from syncd_calcom.event_types import Choice, EventTypes
from syncd_calcom.events import marks_of
from syncd_calcom.fetch import Fetcher
from syncd_calcom.marks import metadata_for
from syncd_calcom.paging import CREATED, TAKE, Key, iso, walk
from syncd_calcom.shapes import Booking, read_booking, text_in
from syncd_calcom.writing import Attempt, attempt, looked, written

Raw = Mapping[str, object]
OVERRIDES = ("allowConflicts", "allowBookingOutOfBounds", "skipBookingLimits")
"""The ledger has decided: Cal.com's own rules of availability do not veto it, where they need
not. What it is asked for as it is offered, it decides itself."""
_LATELY = timedelta(days=1)
_BY_START = Key("start", "afterStart", "sortStart")
_LONGEST_NAME = 100
_NAMELESS = "Busy"


class Creator:
    """`take` is how many rows a page has."""

    def __init__(
        self, account: Account, fetcher: Fetcher, types: EventTypes, *, take: int = TAKE
    ) -> None:
        self._account = account
        self._fetcher = fetcher
        self._types = types
        self._take = take

    def create(self, draft: Draft) -> CreateResult:
        """POST, unless a booking with the draft's mark lives already."""
        there = self._search(draft)
        if there is not None:
            return Adopted(there)
        choice = self._types.choice(draft)
        body = self._body(draft, choice)
        sent = attempt(self._account.client, "/bookings", "a new booking", body)
        if sent.shown is None:
            there = looked(lambda: self._search(draft))
            if there is None:
                raise sent.failure
            return Adopted(there)
        return self._made(draft, choice, sent)

    def _made(self, draft: Draft, choice: Choice, sent: Attempt) -> Written:
        assert sent.shown is not None
        status = draft.status or EventStatus.CONFIRMED
        uid = text_in(sent.shown, "uid")
        if text_in(sent.shown, "status") == "pending" and status is EventStatus.CONFIRMED:
            with suppress(Rejected, RateLimited, Transient):  # the next round asks again
                path = f"/bookings/{segment(uid)}/confirm"
                attempt(self._account.client, path, "confirming a booking", {})
        metadata = metadata_for(draft, choice.remote)
        end = draft.start + choice.remote
        return written(uid, draft.start, end, status, metadata=metadata)

    def _body(self, draft: Draft, choice: Choice) -> Mapping[str, object]:
        name = " ".join((draft.title or "").replace("\0", " ").split())[:_LONGEST_NAME]
        attendee = {
            "name": name or _NAMELESS,
            "email": self._account.settings.attendee_email or self._account.owner.email,
            "timeZone": draft.zone,
        }
        body: dict[str, object] = {
            "start": iso(draft.start),
            "eventTypeId": choice.event_type.id,
            "attendee": attendee,
            "metadata": metadata_for(draft, choice.remote),
        }
        if choice.event_type.choices:
            body["lengthInMinutes"] = int(choice.remote.total_seconds() // 60)
        return body if draft.as_offered else body | overrides(self._account)

    def _search(self, draft: Draft) -> RemoteEvent | None:
        """The living booking with the draft's mark, at that time, made lately, or moved from
        there."""
        if not draft.mark:
            return None
        self._account.know()
        page = self._account.page
        around = {"beforeEnd": iso(draft.start + _LATELY)}
        found = walk(page, _BY_START, since=draft.start, also=around, take=self._take)
        living = self._living(found, draft.mark)
        if living is None:
            since = self._account.clock.now() - _LATELY
            living = self._living(walk(page, CREATED, since=since, take=self._take), draft.mark)
        return living

    def _living(self, rows: Iterable[Raw], mark: str) -> RemoteEvent | None:
        over: list[Booking] = []
        for booking in map(read_booking, rows):
            if not isinstance(booking, Booking) or marks_of(booking).appointment != mark:
                continue
            if not booking.is_over:
                return self._event(booking.uid)
            over.append(booking)
        moved = (self._event(each.uid) for each in over if each.moved_to or each.series)
        return next((each for each in moved if each is not None), None)

    def _event(self, uid: str) -> RemoteEvent | None:
        """The booking as it is by now; None where it is over, or cannot be read."""
        found = self._fetcher.one(EventRef(uid))
        newest = self._fetcher.newest(found) if isinstance(found, RemoteEvent) else None
        is_over = newest is None or newest.status is EventStatus.CANCELLED
        return None if is_over else newest


def overrides(account: Account) -> dict[str, object]:
    """What a host's own key may say on a write, where this server knows it: others refuse it."""
    return dict.fromkeys(OVERRIDES, True) if account.takes_overrides else {}
