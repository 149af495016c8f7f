"""What every act has: the stage, the claims so far, and the few questions that all of them ask."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from syncd.cli.demo.claims import Claims
from syncd.cli.demo.stage import Stage
from syncd.cli.exits import Exit
from syncd.core.appointment import Appointment
from syncd.core.time import zone
from syncd.flows.rounds import survey_now

HALF_HOUR = timedelta(minutes=30)
BERLIN = "Europe/Berlin"


@dataclass(slots=True)
class Play:
    """One performance. Times are instants; those of the story count from a Monday to come."""

    stage: Stage
    now: datetime
    claims: Claims = field(default_factory=Claims)
    tz: ZoneInfo = field(default_factory=lambda: zone(BERLIN))

    def at(self, day: int, hour: int, minute: int = 0) -> datetime:
        """That time of the day `day` days after the Monday of the week after next."""
        today = self.now.astimezone(self.tz).date()
        monday = today + timedelta(days=14 - today.weekday())
        local = datetime.combine(monday + timedelta(days=day), time(hour, minute), self.tz)
        return local.astimezone(UTC)

    def typed(self, start: datetime) -> str:
        """A time as an admin types it."""
        return f"{start.astimezone(self.tz):%Y-%m-%dT%H:%M}"

    def book(
        self, practitioner: str, start: datetime, name: str, *, expect: Exit = Exit.OK
    ) -> bool:
        email = f"{name.split(maxsplit=1)[0].lower()}@example.org"
        return self.stage.type_in(
            f"book --activity consultation --practitioner {practitioner} "
            f'--start {self.typed(start)} --name "{name}" --email {email}',
            expect=expect,
        )

    def appointments(self) -> list[Appointment]:
        with self.stage.desk() as desk, desk.around.ledger.read() as view:
            return view.appointments()

    def appointment_of(self, name: str) -> Appointment:
        found = self.appointments()
        return next(each for each in found if each.client is not None and each.client.name == name)

    def appointment_at(self, practitioner: str, start: datetime) -> Appointment | None:
        """The one that takes this time of the practitioner's."""
        return standing_at(self.appointments(), practitioner, start)

    def journal_head(self) -> tuple[int, str]:
        with self.stage.desk() as desk, desk.around.ledger.read() as view:
            return view.journal_head()

    def agree(self) -> bool:
        """Whether a plan for all calendars is empty."""
        with self.stage.desk() as desk:
            with desk.around.ledger.read() as view:
                ids = [each.id for each in view.calendars()]
            made = survey_now(desk.around, ids, desk.terms())
        return not made.failures and all(each.is_empty for each in made.plans)


def standing_at(
    appointments: Iterable[Appointment], practitioner: str, start: datetime
) -> Appointment | None:
    return next(
        (
            each
            for each in appointments
            if each.practitioner_id == practitioner and each.start == start and not each.is_over
        ),
        None,
    )
