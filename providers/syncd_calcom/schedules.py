"""The schedules of one account: read, and one of them given other hours.

A write replaces the weekly hours and the overrides as wholes and has no condition, so the schedule
is read before and after. Event types keep the schedule that they name. Vendor page on schedules,
version 2024-06-11; observed: a version that is not known is answered in another shape.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from syncd.accounts import Timetable
from syncd.core.errors import Forbidden, Rejected, SyncdError, Transient
from syncd.core.schedule import OpeningHours
from syncd.core.timetable import differences
from syncd_calcom.account import Account
from syncd_calcom.answers import Answer, NotWhatWasAsked, complaint_of, data_of
from syncd_calcom.client import segment
from syncd_calcom.failures import failure
from syncd_calcom.timetables import (
    availability_of,
    overrides_before,
    overrides_of,
    timetable_in,
)

_LIST, _ONE, _CHANGING = "the list of schedules", "a schedule", "changing a schedule"
Raw = Mapping[str, object]


class Schedules:
    """Those of one account."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._client = account.client

    def all(self) -> tuple[Timetable, ...]:
        """The default one first."""
        self._account.know()
        answer = self._client.read("/schedules", _LIST)
        data = _data_of(answer)
        if not isinstance(data, list):
            raise NotWhatWasAsked(answer, "not with a list of schedules")
        found = [_timetable(answer, each) for each in data]
        return tuple(sorted(found, key=lambda each: not each.is_default))

    def put(
        self, before: Timetable, hours: OpeningHours, *, timezone: str, since: date
    ) -> Timetable:
        """As `AccountSetup.put_hours` says."""
        self._account.know()
        raw, found = self._one(before.id)
        if found != before:
            raise Rejected("somebody changed the schedule meanwhile; look at it again first")
        body = {
            "timeZone": timezone,
            "availability": availability_of(hours),
            "overrides": [*overrides_before(raw, since), *overrides_of(hours, since=since)],
        }
        try:
            answer = self._client.change(_path(before.id), _CHANGING, body)
        except Transient as exc:
            if not exc.ambiguous:
                raise
        else:
            if not answer.is_success:
                raise _refusal(answer)
        _, now = self._one(before.id)
        if now.timezone != timezone or differences(hours, now.hours, since=since):
            raise Transient(
                "the schedule does not say what it was given; it is as it was, or was changed by "
                "somebody else at the same time: look at it again"
            )
        return now

    def _one(self, number: str) -> tuple[Raw, Timetable]:
        answer = self._client.read(_path(number), _ONE)
        data = _data_of(answer)
        return (data if isinstance(data, dict) else {}), _timetable(answer, data)


def _path(number: str) -> str:
    return f"/schedules/{segment(number)}"


def _timetable(answer: Answer, raw: object) -> Timetable:
    try:
        return timetable_in(raw if isinstance(raw, dict) else {})
    except ValueError as exc:
        raise NotWhatWasAsked(answer, "not as schedules of version 2024-06-11 are") from exc


def _data_of(answer: Answer) -> object:
    if not answer.is_success:
        raise _refusal(answer)
    return data_of(answer)


def _refusal(answer: Answer) -> SyncdError:
    found = complaint_of(answer)
    if answer.status == 403 and "scope" in f"{found.code} {found.message}".lower():
        return Forbidden("the key may not do that; it lacks SCHEDULE_READ or SCHEDULE_WRITE")
    return failure(answer)
