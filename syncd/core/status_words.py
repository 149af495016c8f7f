"""The status words of the systems that practices come from, as filters over our own axes.

They are understood when somebody looks for appointments, and never given out. One word may stand
for several states: `scheduled` means booked to some and not yet confirmed to others.
"""

from __future__ import annotations

from dataclasses import dataclass

from syncd.core.actions import DECLINED
from syncd.core.appointment import Acknowledgement, Party, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Appointments that are in one of `statuses`; where the others are given, of that
    acknowledgement, cancelled by that party, for that reason."""

    statuses: frozenset[Status]
    acknowledgements: frozenset[Acknowledgement] | None = None
    cancelled_by: Party | None = None
    reason: str | None = None


def _any(*statuses: Status) -> Standing:
    return Standing(statuses=frozenset(statuses))


def _fulfilled(*acknowledgements: Acknowledgement) -> Standing:
    return Standing(
        statuses=frozenset({Status.FULFILLED}), acknowledgements=frozenset(acknowledgements)
    )


_WORDS: dict[str, Standing] = {
    **{each.value: _any(each) for each in Status},
    "pending-confirmation": _any(Status.PENDING),
    "confirmed": _any(Status.BOOKED),
    "scheduled": _any(Status.PENDING, Status.BOOKED),
    "completed": _any(Status.FULFILLED),
    "no-show": _any(Status.NOSHOW),
    "rejected": Standing(statuses=frozenset({Status.CANCELLED}), reason=DECLINED),
    "cancelled-by-tutor": Standing(
        statuses=frozenset({Status.CANCELLED}), cancelled_by=Party.PRACTITIONER
    ),
    "awaiting-approval-parent": _fulfilled(Acknowledgement.AWAITING),
    "approved": _fulfilled(Acknowledgement.ACCEPTED, Acknowledgement.OVERRIDDEN),
    "disputed": _fulfilled(Acknowledgement.DISPUTED),
}

WORDS = tuple(_WORDS)
"""Every word that is understood, as it is spelled here; ours first."""


def standing_for(word: str) -> Standing | None:
    """What a word looks for, whatever its capitals and whether it has dashes or underscores; None
    for one that nobody uses."""
    return _WORDS.get(word.strip().lower().replace("_", "-"))
