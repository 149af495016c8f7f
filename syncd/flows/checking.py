"""Look for what must not be in a ledger, whatever the database was told to refuse. Reads only."""

from __future__ import annotations

from collections import Counter

from syncd.core.appointment import EXEMPT_FROM_OVERLAP, Appointment
from syncd.core.sharing import share
from syncd.ledger import View


def overlapping(view: View) -> list[tuple[Appointment, Appointment]]:
    """Pairs that hold one practitioner's time at once without a flag that allows it, nor as those
    who share it; of more than may share it the last is one of a pair."""
    latest: dict[str, Appointment] = {}
    together: Counter[tuple[object, ...]] = Counter()
    pairs = []
    for each in sorted(view.all_appointments(), key=lambda each: (each.start, each.number)):
        if not each.holds_time_at(view.now) or each.flags & EXEMPT_FROM_OVERLAP:
            continue
        before = latest.get(each.practitioner_id)
        time = each.practitioner_id, each.activity_id, each.interval
        together[time] += each.capacity > 1
        if before is not None and before.end > each.start:
            too_many = together[time] > max(before.capacity, each.capacity)
            if too_many or not share(before, each):
                pairs.append((before, each))
        if before is None or each.end > before.end:
            latest[each.practitioner_id] = each
    return pairs
