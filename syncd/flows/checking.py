"""Look for what must not be in a ledger, whatever the database was told to refuse. Reads only."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from syncd.core.appointment import EXEMPT_FROM_OVERLAP, Appointment
from syncd.core.ids import AppointmentId, PractitionerId
from syncd.core.sharing import share
from syncd.ledger import View


def not_found_by_all(view: View) -> list[Appointment]:
    """Appointments that are not looked for, or elsewhere, when somebody who takes part is booked:
    the database's triggers keep that, and somebody was past them."""
    there: dict[AppointmentId, set[tuple[PractitionerId, datetime]]] = {}
    for which, who, start in view.attendances():
        there.setdefault(which, set()).add((who, start))
    return [
        each
        for each in view.all_appointments()
        if there.get(each.id, set()) != {(who, each.start) for who in each.also_with}
    ]


def overlapping(view: View) -> list[tuple[Appointment, Appointment]]:
    """Pairs that hold one practitioner's time at once without a flag that allows it, nor as those
    who share it, each once; of more than may share it the last is one of a pair."""
    latest: dict[str, Appointment] = {}
    together: Counter[tuple[object, ...]] = Counter()
    pairs: dict[tuple[AppointmentId, AppointmentId], tuple[Appointment, Appointment]] = {}
    for each in sorted(view.all_appointments(), key=lambda each: (each.start, each.number)):
        if not each.holds_time_at(view.now) or each.flags & EXEMPT_FROM_OVERLAP:
            continue
        time = each.practitioner_id, each.activity_id, each.interval
        together[time] += each.capacity > 1
        for who in each.practitioners:
            before = latest.get(who)
            if before is not None and before.end > each.start:
                too_many = together[time] > max(before.capacity, each.capacity)
                if too_many or not share(before, each):
                    pairs[before.id, each.id] = before, each
            if before is None or each.end > before.end:
                latest[who] = each
    return list(pairs.values())
