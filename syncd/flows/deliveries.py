"""What webhooks hint at: kept, looked into by a round some seconds later, and once more on request.

A round reads the calendar as it always does; nothing of a delivery is applied. So what is forged,
doubled, late or lost changes when something is seen, and never what. proof.md W1-W4.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from syncd.core.delivery import (
    Delivery,
    after_look,
    asks_for_listing,
    delivery_id,
    first_look,
    looked_anew,
    postponed,
)
from syncd.core.errors import Invalid
from syncd.core.ids import CalendarId, DeliveryId
from syncd.core.problem import Problem
from syncd.flows.mandate import Mandate
from syncd.flows.surroundings import Surroundings
from syncd.ledger import Transaction
from syncd.ports import Hint, WebhookSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """Where one calendar's deliveries go. `secrets` prove them; `problems`: why one of them, or
    all, cannot be had."""

    calendar_id: CalendarId
    provider: str
    source: WebhookSource
    secrets: tuple[str, ...] = field(repr=False)
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """A genuine delivery as it came, with what it says of itself."""

    calendar_id: CalendarId
    hint: Hint
    media_type: str = ""
    body: bytes = field(repr=False)


def require_usable(mailboxes: Iterable[Mailbox]) -> None:
    """Raises Invalid, with every secret that cannot be had: what it proves would be turned away,
    and nobody would know."""
    problems = [problem for each in mailboxes for problem in each.problems]
    if problems:
        raise Invalid(problems)


def keep(tx: Transaction, posted: Iterable[Posted]) -> None:
    """Put deliveries into the inbox and have their calendars looked at. The same one again does
    nothing."""
    tx.keep_deliveries(_delivery(each, tx.now) for each in posted)


def wants_listing(
    around: Surroundings, calendar_id: CalendarId, unstamped: Collection[str]
) -> bool:
    """Whether a delivery has the round that begins now list the calendar in full."""
    if not unstamped:
        return False
    with around.ledger.read() as view:
        return asks_for_listing(
            view.waiting_deliveries(calendar_id),
            unstamped=unstamped,
            now=view.now,
            listed_at=view.calendar_state(calendar_id).last_listing_at,
        )


def heed(
    around: Surroundings,
    calendar_id: CalendarId,
    mandate: Mandate,
    *,
    began: datetime,
    news: int,
    unseen: Collection[str] = (),
) -> None:
    """Note for which deliveries a round has looked that began to read then, and found so much news.
    `unseen` are triggers of what it could not see. Costs no commit where there were none."""
    with around.ledger.read() as view:
        waiting = view.waiting_deliveries(calendar_id)
        listed_at = view.calendar_state(calendar_id).last_listing_at
    later = postponed(waiting, unstamped=unseen, began=began, listed_at=listed_at)
    held = {each.id for each in later}
    served = [each for each in waiting if each.id not in held]
    looked = (*later, *after_look(served, began=began, news=news))
    if not looked:
        return

    def work(tx: Transaction) -> None:
        tx.require_fence(calendar_id, mandate.fence)
        tx.set_looks(looked)

    around.ledger.write(work)


def replay(around: Surroundings, delivery_id: DeliveryId) -> Delivery:
    """Have the delivery's calendar looked at now, as if it had just come. Raises Unknown."""

    def work(tx: Transaction) -> Delivery:
        delivery = looked_anew(tx.delivery(delivery_id), now=tx.now)
        tx.set_looks([delivery])
        return delivery

    return around.ledger.write(work)


def _delivery(posted: Posted, now: datetime) -> Delivery:
    hint = posted.hint
    return Delivery(
        id=delivery_id(posted.calendar_id, hint.id, posted.body),
        calendar_id=posted.calendar_id,
        received_at=now,
        trigger=hint.trigger,
        version=hint.version,
        about=hint.about,
        sent_at=hint.sent_at,
        is_ping=hint.is_ping,
        media_type=posted.media_type,
        look_at=first_look(now=now, sent_at=hint.sent_at, is_ping=hint.is_ping),
        body=posted.body,
    )
