"""What a person can have set up in an account: its webhooks, its opening hours. Protocols, no code.

Rounds use none of it; what a calendar itself must offer is in `ports`. Only the exceptions that
cross that port cross this one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from syncd.core.schedule import OpeningHours


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """One that an account has. `id` is the provider's name for it."""

    id: str
    address: str
    active: bool = True
    triggers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Arranged:
    """The webhook as it is now. `mended` names what of it was not as it should be, nothing where it
    was `made`; `others` are those that seem to lead to the same calendar, and were left alone."""

    webhook: Webhook
    made: bool
    mended: tuple[str, ...] = ()
    others: tuple[Webhook, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Knock:
    """A test delivery that was sent: `body` and `headers` (names in lower case) are what the
    receiver was given. `status` and `code` are its answer, the latter where it told one; status 0:
    there was none, and `trouble` says why."""

    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    status: int = 0
    code: str = ""
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timetable:
    """One set of opening hours that an account has, in the zone of that name. `notes` tell what of
    it opening hours cannot say."""

    id: str
    name: str
    timezone: str
    hours: OpeningHours
    is_default: bool = False
    notes: tuple[str, ...] = ()


class AccountSetup(Protocol):
    """The account behind a calendar. What it has nothing of raises `Unsupported`."""

    def wrong_address(self, address: str) -> str | None:
        """Why webhooks cannot be sent there; None where they can. No I/O."""
        ...

    def arrange_webhook(self, address: str, secret: str) -> Arranged:
        """Have all news of bookings sent to `address`, signed with `secret`. Idempotent: what is
        there is mended, and never a second one made, whatever answer is lost."""
        ...

    def knock(self, address: str, secret: str, *, sent_at: datetime, nonce: str) -> Knock:
        """Send a test there, from this machine, as the provider would: it tells of nothing. What
        goes wrong is in the answer."""
        ...

    def timetables(self) -> tuple[Timetable, ...]:
        """All of the account's opening hours, the default ones first."""
        ...

    def unsayable(self, hours: OpeningHours) -> tuple[str, ...]:
        """What of them the account cannot say. Pure."""
        ...

    def put_hours(
        self, before: Timetable, hours: OpeningHours, *, timezone: str, since: date
    ) -> Timetable:
        """Give that timetable these hours, exceptions from the day `since` on; what it says of
        earlier days stays. It is read again before, `Rejected` where it is not `before` any more,
        and after: what is returned is what is there."""
        ...

    def close(self) -> None:
        """Release connections. It is not used afterwards."""
        ...
