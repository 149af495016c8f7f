"""Servers that break the contract (`OUTLAWS`): which promises cannot be kept there, and why.

Every promise that is not named here holds on them as on any other server. Above all nothing is
cancelled, moved or overwritten without a cause. No history comes to them by chance.
"""

from __future__ import annotations

from syncd.testing.quirks import OUTLAWS, Quirks


def days_to_wait(quirks: Quirks) -> int:
    """S1: what such a server keeps to itself only a daily listing can tell; one with holes leaves
    the same event out of no two listings in a row."""
    if quirks not in OUTLAWS.values():
        return 0
    return 1 if quirks.listing_misses is None else 2


def hides_news(quirks: Quirks) -> bool:
    """S3, S5, S6: a listing with an end or with holes, and a feed that calls the living gone, hand
    out a cursor that passes what they did not show. An event that was given another address is then
    gone from the old one and shown at no other one: removed, until it is found anew."""
    return is_never_sure(quirks) or quirks.false_tombstones is not None


def is_never_sure(quirks: Quirks) -> bool:
    """S2, O1, O6: where no listing is whole, or each contradicts what is there when asked for, the
    calendar stays in doubt: it is listed again at many a poll, and status does not call it in
    sync."""
    return quirks.listing_misses is not None or never_shows_all(quirks)


def never_shows_all(quirks: Quirks) -> bool:
    """S1, S3, O6: of what no listing shows only the feed tells, and not twice. What was missed
    there stays unknown, and a write that met it is tried again for ever; what was known stays."""
    return quirks.listing_cap is not None


def shows_late(quirks: Quirks) -> bool:
    """W4: what was written is in the calendar at once, and the ledger only knows its place when the
    calendar shows it."""
    return quirks.lag > 0
