"""What Cal.com's webhooks say: whether one is genuine, and where it hints to look.

Pure. Nothing here is believed about a booking: a delivery is signed, not dated, and may come twice,
late or in any order. Follows the vendor's webhook guide, and what recorded deliveries show: the
body in an envelope, flat (MEETING_*), or as a template of the practice's own has it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from syncd.core.practice import Setting
from syncd.ports import Hint

SECRET, FORMER_SECRET = "webhook_secret", "webhook_secret_former"
HOOK_SETTINGS = (SECRET, FORMER_SECRET)
"""Keys of a calendar's settings, references both. While a secret is exchanged, what is under way
may be signed with the former one."""
SIGNATURE = "x-cal-signature-256"
VERSION = "x-cal-webhook-version"

UNSTAMPED = frozenset({"BOOKING_NO_SHOW_UPDATED", "AFTER_GUESTS_CAL_VIDEO_NO_SHOW"})
"""Triggers that tell of an attendee's absence, which moves no stamp that lists are asked by."""

_NO_SECRET = b"\0"
"""Signs in place of a secret where there is none, so that its absence takes as long."""
_TRIGGER = re.compile(r"[A-Za-z0-9_.-]{1,64}", re.ASCII)
_NAME = re.compile(r"[\x21-\x7e]{1,100}", re.ASCII)
_SCHEDULED = {"MEETING_STARTED": "startTime", "MEETING_ENDED": "endTime"}
"""Flat messages: their `createdAt` is the booking's; they are sent when that time comes."""
_MOST_FIELDS = 100

Fields = Mapping[str, Any]


class CalComWebhooks:
    """A `WebhookSource`."""

    alias = "cal"
    secret_setting = SECRET

    def secrets(self, settings: Mapping[str, Setting]) -> tuple[str, ...]:
        named = (settings.get(key) for key in HOOK_SETTINGS)
        return tuple(each for each in named if isinstance(each, str) and each)

    def is_genuine(self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str]) -> bool:
        """Lower-case hexadecimal, as it is sent; the literal that stands there without a secret is
        not even of that length."""
        sent = headers.get(SIGNATURE, "").encode("utf-8", "replace")
        keys = [each.encode("utf-8", "surrogatepass") for each in secrets if each]
        fits = [hmac.compare_digest(signature(key, body), sent) for key in keys or [_NO_SECRET]]
        return bool(keys) and any(fits)

    def read(self, headers: Mapping[str, str], body: bytes) -> Hint:
        fields = _fields(body)
        payload = fields.get("payload")
        inner: Fields = payload if isinstance(payload, dict) else fields
        trigger = _short(fields.get("triggerEvent"), _TRIGGER)
        return Hint(
            trigger=trigger,
            version=_short(headers.get(VERSION), _NAME),
            about=_short(inner.get("uid"), _NAME) or _short(inner.get("bookingUid"), _NAME),
            sent_at=_sent_at(fields, trigger),
            is_ping=trigger == "PING" or _is_test(payload),
        )


def signature(secret: bytes, body: bytes) -> bytes:
    """What stands in the header SIGNATURE: HMAC-SHA256 of the raw body, in lower case."""
    return hmac.digest(secret, body, hashlib.sha256).hex().encode()


def _fields(body: bytes) -> Fields:
    """The members of a JSON object, or the fields of a form; else none."""
    try:
        text = body.decode("utf-8")
        found = json.loads(text) if text.lstrip()[:1] in ("{", "[", '"') else None
        if isinstance(found, dict):
            return found
        return dict(parse_qsl(text, max_num_fields=_MOST_FIELDS))
    except (ValueError, RecursionError):
        return {}


def _is_test(payload: object) -> bool:
    """The test button may send a real trigger. It names no booking; `type` alone proves nothing,
    for it else is the event type's, as the practice calls that."""
    return (
        isinstance(payload, dict)
        and payload.get("type") == "Test"
        and not {"uid", "bookingUid", "bookingId"} & payload.keys()
    )


def _sent_at(fields: Fields, trigger: str) -> datetime | None:
    is_flat = "payload" not in fields
    said = fields.get(_SCHEDULED.get(trigger, "createdAt") if is_flat else "createdAt")
    return _moment(said) if isinstance(said, str) else None


def _moment(text: str) -> datetime | None:
    """None too for a time without a zone: it would be taken for this machine's own."""
    try:
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def _short(value: object, pattern: re.Pattern[str]) -> str:
    return value if isinstance(value, str) and pattern.fullmatch(value) else ""
