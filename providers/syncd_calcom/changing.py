"""Change and end bookings by what Cal.com can do: move, confirm, decline, cancel, mark as absent.

There are no conditional writes: a booking is read right before, and what happens between is seen
afterwards. A move makes a new booking, whose length is the event type's of today; another length
than that is refused here, since Cal.com would give it in silence. Vendor pages; observed.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta

from syncd.core.errors import RateLimited, Rejected, SyncdError, Transient
from syncd.core.events import Absent, Draft, EventStatus, RemoteEvent, Timed
from syncd.core.ids import EventRef, Version
from syncd.ports import Conflict, DeleteResult, Done, Gone, UpdateResult, Written
from syncd_calcom.account import Account
from syncd_calcom.client import segment
from syncd_calcom.creating import overrides
from syncd_calcom.event_types import EventTypes
from syncd_calcom.events import marks_of, row_in
from syncd_calcom.fetch import Fetcher
from syncd_calcom.kinds import local_length
from syncd_calcom.paging import iso
from syncd_calcom.shapes import Booking, read_booking
from syncd_calcom.writing import Attempt, attempt, looked, says, standing, written


class Changer:
    """Of the bookings of one account."""

    def __init__(self, account: Account, fetcher: Fetcher, types: EventTypes) -> None:
        self._account = account
        self._fetcher = fetcher
        self._types = types

    def update(self, before: RemoteEvent, draft: Draft) -> UpdateResult:
        """Do what makes `before` the draft, if it still means what it meant."""
        there = self._fetcher.one(before.ref)
        if not isinstance(there, RemoteEvent) or there.digest != before.digest:
            return self._as_found(there, draft)
        if draft.status is EventStatus.CANCELLED:
            return self._ended(there, draft)
        if there.status is EventStatus.CANCELLED:
            raise Rejected("a booking that was cancelled in Cal.com stays cancelled")
        assert isinstance(there.when, Timed)
        if (there.when.start, there.when.end) != (draft.start, draft.end):
            return self._moved(there, draft)
        is_asked = _wants_confirming(there, draft)
        if is_asked:
            sent = self._send(there.ref, "confirm", "confirming a booking", {})
            if sent.shown is None:
                return self._after(sent, there, draft)
        if draft.absent not in (None, there.absent):
            return self._attended(there, draft)
        return _as_asked(there, EventStatus.CONFIRMED) if is_asked else standing(there)

    def delete(self, ref: EventRef, version: Version) -> DeleteResult:
        """Cancel what is at `ref`, or decline it where it only was asked for. What moved on lives
        elsewhere: that is a conflict, not a deletion."""
        there = self._fetcher.one(ref)
        if isinstance(there, Absent):
            self._account.check()
            return Done()
        if not isinstance(there, RemoteEvent):
            return Conflict()
        if there.status is EventStatus.CANCELLED:
            return self._unless_moved(there)
        if version not in ("", there.version):
            return Conflict(there)
        failure = self._end(there)
        return Done() if failure is None else self._after_ending(ref, failure)

    def _unless_moved(self, over: RemoteEvent) -> DeleteResult:
        if over.continued_by is None:
            return Done()
        newest = self._fetcher.newest(over)
        lives = newest is None or newest.status is not EventStatus.CANCELLED
        return Conflict(newest) if lives else Done()

    def _after_ending(self, ref: EventRef, failure: SyncdError) -> DeleteResult:
        found = looked(lambda: self._fetcher.one(ref))
        if isinstance(found, Absent):
            self._account.check()
            return Done()
        if isinstance(found, RemoteEvent) and found.status is EventStatus.CANCELLED:
            return self._unless_moved(found)
        raise failure

    def _ended(self, there: RemoteEvent, draft: Draft) -> UpdateResult:
        if there.status is EventStatus.CANCELLED:
            return standing(there)
        failure = self._end(there)
        if failure is not None:
            return self._after(Attempt(shown=None, failure=failure), there, draft)
        booking = _booking_of(there)
        metadata = dict(booking.metadata)
        status = EventStatus.CANCELLED
        return written(there.ref, booking.start, booking.end, status, metadata=metadata)

    def _end(self, event: RemoteEvent) -> SyncdError | None:
        """End a booking. None once the answer shows it; else why it may not have ended. What cannot
        be declined, though it is tentative, is cancelled."""
        reason = self._account.settings.reason
        if event.status is EventStatus.TENTATIVE:
            sent = self._send(event.ref, "decline", "declining a booking", {"reason": reason})
            if sent.shown is not None or not isinstance(sent.failure, Rejected):
                return None if sent.shown else sent.failure
        body = {"cancellationReason": reason}
        sent = self._send(event.ref, "cancel", "cancelling a booking", body)
        return None if sent.shown else sent.failure

    def _moved(self, there: RemoteEvent, draft: Draft) -> UpdateResult:
        booking = _booking_of(there)
        self._require_length(booking, draft)
        stays_tentative = (draft.status or there.status) is EventStatus.TENTATIVE
        body: dict[str, object] = {"start": iso(draft.start), **overrides(self._account)}
        if not stays_tentative:
            body["rescheduledBy"] = self._account.owner.email
        sent = self._send(there.ref, "reschedule", "moving a booking", body)
        new = read_booking(sent.shown) if sent.shown else None
        if not isinstance(new, Booking) or new.start != draft.start:
            return self._after(sent, there, draft)
        status = EventStatus.TENTATIVE if stays_tentative else EventStatus.CONFIRMED
        if new.status is EventStatus.TENTATIVE and not stays_tentative:
            with suppress(Rejected, RateLimited, Transient):  # the next round asks again
                self._send(EventRef(new.uid), "confirm", "confirming a booking", {})
        return written(new.uid, new.start, new.end, status, metadata=dict(new.metadata))

    def _attended(self, there: RemoteEvent, draft: Draft) -> UpdateResult:
        """Say of all who were expected that they did not come, or did. Not before the start."""
        who = [each.email for each in _booking_of(there).attendees if each.email]
        if not who:
            raise Rejected("the booking names nobody who could have come")
        marks = [{"email": email, "absent": draft.absent} for email in dict.fromkeys(who)]
        what = "saying who did not come"
        sent = self._send(there.ref, "mark-absent", what, {"attendees": marks})
        if sent.shown is None:
            return self._after(sent, there, draft)
        attendees = [{"email": email, "absent": draft.absent} for email in who]
        return _as_asked(there, draft.status or there.status, attendees=attendees)

    def _require_length(self, booking: Booking, draft: Draft) -> None:
        """That the new booking will last as long as the appointment. `Rejected` where it will
        not."""
        length = self._types.length_of(booking.event_type)
        if length is None:
            return  # the event type is gone, or cannot be read: Cal.com itself will say
        kinds = self._account.settings.kinds
        local = marks_of(booking).length(length) or local_length(kinds, booking.event_type, length)
        if local != draft.end - draft.start:
            raise Rejected(
                f"a booking that is moved lasts {_minutes(local)} minutes, as its event type does "
                f"now, not {_minutes(draft.end - draft.start)}"
            )

    def _send(self, ref: EventRef, verb: str, what: str, body: Mapping[str, object]) -> Attempt:
        path = f"/bookings/{segment(ref)}/{verb}"
        return attempt(self._account.client, path, what, body)

    def _after(self, sent: Attempt, before: RemoteEvent, draft: Draft) -> UpdateResult:
        """What became of a write whose answer does not show it."""
        there = looked(lambda: self._fetcher.one(before.ref))
        if isinstance(there, RemoteEvent) and there.digest == before.digest:
            raise sent.failure
        return looked(lambda: self._as_found(there, draft))

    def _as_found(self, there: object, draft: Draft) -> UpdateResult:
        """The answer where the booking is not as it was: perhaps it is as it was wanted."""
        if isinstance(there, Absent):
            self._account.check()
            return Gone()
        newest = self._fetcher.newest(there) if isinstance(there, RemoteEvent) else None
        if newest is not None and says(draft, newest):
            return standing(newest)
        return Conflict(newest)


def _wants_confirming(there: RemoteEvent, draft: Draft) -> bool:
    return there.status is EventStatus.TENTATIVE and draft.status is EventStatus.CONFIRMED


def _as_asked(there: RemoteEvent, status: EventStatus, **more: object) -> Written:
    booking = _booking_of(there)
    metadata = dict(booking.metadata)
    return written(there.ref, booking.start, booking.end, status, metadata=metadata, **more)


def _booking_of(event: RemoteEvent) -> Booking:
    row = row_in(event.body)
    found = read_booking(row.raw) if row else None
    assert isinstance(found, Booking)
    return found


def _minutes(length: timedelta) -> int:
    return int(length.total_seconds() // 60)
