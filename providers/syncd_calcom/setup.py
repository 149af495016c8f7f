"""One account as a person sets it up: its webhook and its schedules. No round uses it."""

from __future__ import annotations

from datetime import date, datetime

from syncd.accounts import Arranged, Knock, Timetable
from syncd.core.schedule import OpeningHours
from syncd.ports import Access
from syncd_calcom.account import Account
from syncd_calcom.client import Client, Line
from syncd_calcom.hook_setup import HookSetup, wrong_address
from syncd_calcom.knocking import knock
from syncd_calcom.schedules import Schedules
from syncd_calcom.settings import read_settings
from syncd_calcom.timetables import unsayable


class CalcomSetup:
    """An `AccountSetup`."""

    def __init__(self, access: Access, *, line: Line | None = None) -> None:
        self._settings = read_settings(access.settings)
        self._line = line or Line()
        self._client = Client(self._settings, access, self._line)
        account = Account(self._settings, access, self._client)
        self._hooks = HookSetup(account)
        self._schedules = Schedules(account)

    def wrong_address(self, address: str) -> str | None:
        return wrong_address(address, allow_http=self._settings.allow_http)

    def arrange_webhook(self, address: str, secret: str) -> Arranged:
        return self._hooks.arrange(address, secret)

    def knock(self, address: str, secret: str, *, sent_at: datetime, nonce: str) -> Knock:
        return knock(
            address,
            secret,
            sent_at=sent_at,
            nonce=nonce,
            ca_file=self._settings.ca_file,
            transport=self._line.outward,
        )

    def timetables(self) -> tuple[Timetable, ...]:
        return self._schedules.all()

    def unsayable(self, hours: OpeningHours) -> tuple[str, ...]:
        return unsayable(hours)

    def put_hours(
        self, before: Timetable, hours: OpeningHours, *, timezone: str, since: date
    ) -> Timetable:
        return self._schedules.put(before, hours, timezone=timezone, since=since)

    def close(self) -> None:
        self._client.close()
