"""What is agreed and said when an appointment is booked, beside its time. Values.

What an activity was then stays with the appointment: a new price is for new bookings. What clients
say about themselves is personal; it is kept apart, so that it can be erased.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from decimal import Decimal
from enum import StrEnum
from typing import Self

_LINK = re.compile(r"https://[^\s{}<>\"\\\x00-\x1f\x7f]{1,400}")
_MONEY = re.compile(r"(\d{1,9}(?:\.\d{1,3})?) ([A-Z]{3})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount with the digits it was written with, and its currency (ISO 4217)."""

    amount: Decimal
    currency: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """`80 EUR` or `80.50 EUR`; ValueError for anything else."""
        found = _MONEY.fullmatch(text)
        if found is None:
            raise ValueError("is an amount and a currency, as in 80.00 EUR")
        return cls(Decimal(found[1]), found[2])

    def __bool__(self) -> bool:
        """Whether there is anything to pay."""
        return self.amount > 0

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"


class MeetingType(StrEnum):
    """How people meet."""

    IN_PERSON = "in-person"
    VIDEO = "video"
    AUDIO = "audio"
    CHAT = "chat"

    @property
    def is_remote(self) -> bool:
        return self is not MeetingType.IN_PERSON


class Required(StrEnum):
    """What clients must say of themselves when they book, beside their name and address of mail."""

    PHONE = "phone"
    ADDRESS = "address"


@dataclass(frozen=True, slots=True, kw_only=True)
class AsBooked:
    """What the activity was when the appointment was booked. `link` leads to a remote meeting."""

    activity_name: str
    price: Money | None = None
    color: str | None = None
    meeting: MeetingType | None = None
    link: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What the client said. `question` is what the practice asked, as it was worded then."""

    notes: str | None = None
    address: str | None = None
    question: str | None = None
    answer: str | None = None

    def __bool__(self) -> bool:
        """Whether anything was said."""
        return any((self.notes, self.address, self.answer))


def is_link(text: str) -> bool:
    """Whether a browser can open it safely, and a calendar name it."""
    return _LINK.fullmatch(text) is not None


def plain(details: AsBooked | Answers | None) -> dict[str, str] | None:
    """What is there, as JSON: money as `80 EUR`. None where nothing is."""
    if details is None:
        return None
    values = ((each.name, getattr(details, each.name)) for each in fields(details))
    return {name: str(value) for name, value in values if value is not None} or None
