"""Whether what is delivered to an address arrives in this ledger: a test is sent, and looked for.

What it proves: the address leads here, and whoever answers there knows the same secret. It was sent
from this machine, so it does not prove that the sender's own can reach it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from syncd.accounts import AccountSetup, Knock
from syncd.core.delivery import delivery_id
from syncd.core.errors import Unknown
from syncd.core.ids import DeliveryId
from syncd.core.practice import Calendar
from syncd.flows.surroundings import Surroundings
from syncd.ports import WebhookSource

PAUSE = timedelta(seconds=5)
TRIES = 9
"""Together longer than it takes a running syncd to notice a new calendar or secret."""
_NOT_YET = frozenset({"NOT_PROVEN", "LOCKED", "LEDGER_UNAVAILABLE"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """What is to be tried out: deliveries to `address` that `secret` signs, for one calendar."""

    calendar: Calendar
    setup: AccountSetup
    source: WebhookSource
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """`delivery` is its id in the inbox, None where it did not arrive: then `why` says why not."""

    why: str = ""
    delivery: DeliveryId | None = None

    @property
    def is_good(self) -> bool:
        return self.delivery is not None


def check_webhook(
    around: Surroundings,
    mail: Mail,
    secret: str,
    *,
    wait: Callable[[timedelta], None],
    tell: Callable[[str], None] = lambda _: None,
) -> Checked:
    """Send a test and look for it in the inbox. Sent again, after a pause, while the receiver says
    that it does not know the secret: it may learn of it only now."""
    for left in reversed(range(TRIES)):
        knock = mail.setup.knock(
            mail.address,
            secret,
            sent_at=around.clock.now(),
            nonce=around.randomness.token(8).hex(),
        )
        if knock.code not in _NOT_YET or not left:
            break
        if left == TRIES - 1:
            tell("the receiver does not know it yet; it looks anew within half a minute")
        wait(PAUSE)
    if knock.status != 202:
        return Checked(why=_why(knock))
    return _arrival(around, mail, knock)


def _arrival(around: Surroundings, mail: Mail, knock: Knock) -> Checked:
    hint = mail.source.read(knock.headers, knock.body)
    wanted = delivery_id(mail.calendar.id, hint.id, knock.body)
    try:
        with around.ledger.read() as view:
            return Checked(delivery=view.delivery(wanted).id)
    except Unknown:
        return Checked(
            why="answered 202, but it is not in this calendar's inbox: the address is another "
            "calendar's, or another syncd's, or nobody's who keeps it"
        )


def _why(knock: Knock) -> str:
    if not knock.status:
        return knock.trouble
    if 300 <= knock.status < 400:
        return f"answered {knock.status}: it leads elsewhere, and nobody will follow"
    if knock.code == "NOT_PROVEN":
        return (
            "a syncd answers, but has no such calendar, or another secret: was `practice apply` "
            "run there, and can it read the secret?"
        )
    if knock.code:
        return f"a syncd answers, but refuses: {knock.code} ({knock.status})"
    return f"answered {knock.status} by something else than syncd; does /webhooks lead to it?"
