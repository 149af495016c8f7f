"""What people do in a practice and what its ledger says then, for every clinic that tests drive."""

from __future__ import annotations

from datetime import datetime

from syncd.core.appointment import Appointment, Link, Party
from syncd.core.conflict import ConflictRecord
from syncd.core.ids import CalendarId
from syncd.core.journal import Cause
from syncd.core.lifecycle import Action, Command
from syncd.core.time import Interval
from syncd.flows.acting import act_on
from syncd.flows.booking import Booking, book
from syncd.flows.surroundings import Surroundings
from syncd.ledger import Ledger
from syncd.testing.builders import NINE

CAUSE = Cause(actor="test:staff")


class Acts:
    """Dr. Patel's staff at work on a ledger."""

    ledger: Ledger
    around: Surroundings

    def book(self, start: datetime = NINE, name: str = "Jane Doe", **more: object) -> Appointment:
        fields: dict[str, object] = {
            "activity_id": "consultation",
            "practitioner_id": "dr-patel",
            "client_name": name,
            "client_email": f"{name.split(maxsplit=1)[0].lower()}@example.org",
        }
        return book(self.around, Booking(start=start, **fields | more), CAUSE)

    def move(self, appointment: Appointment, start: datetime) -> Appointment:
        interval = Interval(start, start + (appointment.end - appointment.start))
        return self.act(appointment, Action.RESCHEDULE, interval=interval)

    def act(self, appointment: Appointment, action: Action, **more: object) -> Appointment:
        command = Command(action=action, party=Party.ADMIN, **more)
        return act_on(self.around, appointment.number, command, CAUSE)

    def now_is(self, appointment: Appointment) -> Appointment:
        with self.ledger.read() as view:
            return view.appointment(appointment.number)

    def appointments(self) -> list[Appointment]:
        with self.ledger.read() as view:
            return view.appointments()

    def link(self, appointment: Appointment, name: str = "patel-main") -> Link:
        with self.ledger.read() as view:
            link = view.link(CalendarId(name), appointment.id)
        assert link is not None
        return link

    def conflicts(self, *, open_only: bool = True) -> list[ConflictRecord]:
        with self.ledger.read() as view:
            return view.conflicts(open_only=open_only)
