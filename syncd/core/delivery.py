"""One webhook that was received, and when to look whether what it hints at is so.

A delivery is a hint, never state: it may come before the change that it tells of can be read, late,
twice, in any order, or not at all. So it makes its calendar due a little later, and again later
still while nothing new shows. Pure. proof.md W1-W4.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from syncd.core.ids import CalendarId, DeliveryId

FIRST_LOOK = timedelta(seconds=6)
"""Cal.com tells of a cancellation before its own database knows of it."""
LATER_LOOKS = (timedelta(seconds=20), timedelta(seconds=90))
"""After a look that showed nothing new. Then the next poll is soon enough."""
LISTINGS_APART = timedelta(minutes=5)
"""So far apart are complete listings that deliveries ask for: each costs many requests."""
TOGETHER = timedelta(seconds=3)
"""Looks are at multiples of this, so that a flood of deliveries costs few rounds."""
SLACK = timedelta(seconds=1)
"""A round that began so little early is the one that was meant: clocks are slewed."""
STALE_AFTER = timedelta(days=14)
"""What was sent longer ago, by its own account, is not looked into: it was replayed."""
KEPT_FOR = timedelta(days=30)
"""Longer than STALE_AFTER, so that a replay is known, or else stale."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """`trigger`, `version`, `about` and `sent_at` are the sender's words, whatever they are worth.
    `look_at`: when its calendar is to be read for it, None once that is done with; `looks`: how
    often it was. `body` is what was sent, None once emptied, or where it was not asked for."""

    id: DeliveryId
    calendar_id: CalendarId
    received_at: datetime
    trigger: str = ""
    version: str = ""
    about: str = ""
    sent_at: datetime | None = None
    is_ping: bool = False
    media_type: str = ""
    look_at: datetime | None = None
    looks: int = 0
    body: bytes | None = None


def delivery_id(calendar_id: CalendarId, named: str, body: bytes) -> DeliveryId:
    """The same for the same delivery: by the sender's own name for it, or else by all it says."""
    said = b"n" + named.encode("utf-8", "surrogatepass") if named else b"b" + body
    return DeliveryId(hashlib.sha256(calendar_id.encode() + b"\0" + said).hexdigest()[:32])


def first_look(*, now: datetime, sent_at: datetime | None, is_ping: bool) -> datetime | None:
    """When to look for a delivery that comes now; None where there is nothing to see."""
    if is_ping or (sent_at is not None and now - sent_at > STALE_AFTER):
        return None
    return _together(now + FIRST_LOOK)


def asks_for_listing(
    waiting: Iterable[Delivery],
    *,
    unstamped: Collection[str],
    now: datetime,
    listed_at: datetime | None,
) -> bool:
    """Whether a round that begins now has to list in full: a delivery that is due tells of what no
    feed shows, by its trigger, and the last listing is long enough ago."""
    due = _due(waiting, now)
    return _allowed_at(listed_at, now) <= now and any(each.trigger in unstamped for each in due)


def postponed(
    waiting: Iterable[Delivery],
    *,
    unstamped: Collection[str],
    began: datetime,
    listed_at: datetime | None,
) -> tuple[Delivery, ...]:
    """The deliveries that were due for a round which had to list in full, and did not, for the last
    listing was just before, or did not succeed: they wait, and that round was no look."""
    allowed_at = _allowed_at(listed_at, began)
    again = _together(allowed_at if allowed_at > began else began + LISTINGS_APART)
    due = (each for each in _due(waiting, began) if each.trigger in unstamped)
    return tuple(replace(each, look_at=again) for each in due)


def after_look(waiting: Iterable[Delivery], *, began: datetime, news: int) -> tuple[Delivery, ...]:
    """The deliveries that a round served which began then and found so much news, as they are now.
    Where it found less than they tell of, somebody's change does not show yet."""
    served = _due(waiting, began)
    is_enough = news >= len({each.about or each.id for each in served})
    return tuple(_looked(each, began, is_done=is_enough) for each in served)


def looked_anew(delivery: Delivery, *, now: datetime) -> Delivery:
    """The delivery as if it had just come, whatever it is: a person asks for it."""
    return replace(delivery, look_at=now, looks=0)


def _allowed_at(listed_at: datetime | None, now: datetime) -> datetime:
    """From when on another listing may be asked for; a last one that is yet to come is none."""
    return now if listed_at is None or listed_at > now else listed_at + LISTINGS_APART


def _due(waiting: Iterable[Delivery], began: datetime) -> list[Delivery]:
    return [each for each in waiting if each.look_at and each.look_at <= began + SLACK]


def _looked(delivery: Delivery, began: datetime, *, is_done: bool) -> Delivery:
    looks = delivery.looks + 1
    again = None
    if not is_done and delivery.looks < len(LATER_LOOKS):
        again = _together(began + LATER_LOOKS[delivery.looks])
    return replace(delivery, look_at=again, looks=looks)


def _together(moment: datetime) -> datetime:
    """Not earlier than that, at a multiple of TOGETHER."""
    return moment + (_EPOCH - moment) % TOGETHER
