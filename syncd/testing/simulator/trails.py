"""What the journal says became of each thing, followed entry by entry: a chain without holes.

So it is known who gave an appointment the time that it has; whatever is flagged must fit that.
"""

from __future__ import annotations

from syncd.core.appointment import Appointment, Flag
from syncd.core.conflict import Resolution
from syncd.core.ids import ConflictId
from syncd.core.journal import Entry
from syncd.ledger import View
from syncd.testing.simulator.violation import require

CALENDAR = "calendar:"
"""How the actor is called where a calendar caused something."""


class Trails:
    """Of one ledger."""

    def __init__(self) -> None:
        self._last: dict[tuple[str, str], Entry] = {}
        self._erased_at = 0
        self._booked: dict[str, tuple[object, object]] = {}
        self._moved_by: dict[str, str] = {}

    def follow(self, view: View, entry: Entry) -> None:
        """L5: each entry goes on where the one before it about the same subject ended."""
        key = (entry.subject_kind, entry.subject_id)
        last = self._last.get(key)
        self._last[key] = entry
        if entry.action == "erase":
            self._erased_at = entry.seq
        says = entry.before is not None or entry.subject_kind == "appointment"
        says = says and entry.erased_at is None
        if says and last is not None and last.seq > self._erased_at:
            whole = entry.state_before == last.state_after
            require(whole, "L5", "a hole in the journal:", last.after, "then", entry.before)
        if entry.subject_kind == "appointment":
            self._note_time(entry)
        if key[0] == "conflict" and entry.action == "close":
            conflict = view.conflict(ConflictId(entry.subject_id))
            if conflict.resolution is Resolution.REMOTE:
                self._moved_by[conflict.appointment_id] = CALENDAR

    def may_overlap(self, appointment: Appointment) -> bool:
        """Whether its flags let it stand over another one: an overbooking where it was made, and
        what a calendar moved there."""
        booked = self._booked.get(appointment.id)
        times = (appointment.start.isoformat(), appointment.end.isoformat())
        moved_by = self._moved_by.get(appointment.id, "")
        return (Flag.OVERBOOKED in appointment.flags and times == booked) or (
            Flag.OVERLAP in appointment.flags and moved_by.startswith(CALENDAR)
        )

    def _note_time(self, entry: Entry) -> None:
        before, after = entry.state_before, entry.state_after
        if after is None or "start" not in after:
            return
        times = (after["start"], after["end"])
        if entry.action in ("book", "hold", "adopt"):
            self._booked.setdefault(entry.subject_id, times)
        if before is None or (before.get("start"), before.get("end")) != times:
            self._moved_by[entry.subject_id] = entry.actor
