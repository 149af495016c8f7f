"""All planted bugs, and those that wait for the code that they would break."""

from __future__ import annotations

from score.bugs import (
    daemon,
    ledger,
    mended,
    merging,
    overlooked,
    reading,
    rounds,
    words,
    writing,
)
from score.planting import Bug

ALL: tuple[Bug, ...] = (
    *writing.BUGS,
    *reading.BUGS,
    *merging.BUGS,
    *rounds.BUGS,
    *ledger.BUGS,
    *daemon.BUGS,
    *overlooked.BUGS,
    *mended.BUGS,
    *words.BUGS,
)

PENDING: dict[str, str] = {
    "a delivery is acknowledged before it is stored": "no webhooks in the simulator yet; tests send them",
    "a delivery's payload is applied as truth": "no webhooks in the simulator yet; tests send them",
    "a delivery is known by its id before its signature is checked": "no webhooks in the simulator yet; tests send them",
    "a repeated delivery is done twice": "no webhooks in the simulator yet; tests send them",
    "the same idempotency key books twice": "people of the simulator send no key yet; tests do",
}
"""What cannot be planted yet, and why. Not counted."""


def named(name: str) -> Bug:
    """The bug of this name. Raises KeyError."""
    return {each.name: each for each in ALL}[name]
