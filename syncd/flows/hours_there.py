"""The opening hours that an account has, beside those of the ledger: compared, and put there.

Only what the practitioner's own hours say, in whole: closures of the practice and public holidays
are not theirs. Changes nothing in the ledger.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from syncd.accounts import AccountSetup, Timetable
from syncd.core.errors import Rejected, Unknown
from syncd.core.practice import Practitioner
from syncd.core.time import local_day, zone
from syncd.core.timetable import Difference, differences
from syncd.flows.surroundings import Surroundings


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """`timetable` is one of `all`. Exceptions count from the day `since`, today at the
    practitioner's. `unsayable`: why their hours cannot be put there."""

    practitioner: Practitioner
    timetable: Timetable
    all: tuple[Timetable, ...]
    since: date
    differences: tuple[Difference, ...]
    unsayable: tuple[str, ...]

    @property
    def in_other_zones(self) -> bool:
        """The same hours are other times then."""
        return self.timetable.timezone != self.practitioner.timezone

    @property
    def are_alike(self) -> bool:
        return not self.differences and not self.in_other_zones


def compare_hours(
    around: Surroundings, setup: AccountSetup, practitioner: Practitioner, wanted: str | None
) -> Compared:
    """With the timetable of that id, else the default one. Raises Unknown where there is none."""
    found = setup.timetables()
    since = local_day(around.clock.now(), zone(practitioner.timezone))
    chosen = _chosen(found, wanted)
    return Compared(
        practitioner=practitioner,
        timetable=chosen,
        all=found,
        since=since,
        differences=differences(practitioner.hours, chosen.hours, since=since),
        unsayable=setup.unsayable(practitioner.hours),
    )


def put_hours_there(setup: AccountSetup, compared: Compared) -> Timetable:
    """Give the timetable that was compared the practitioner's hours and zone. Raises Rejected where
    it cannot say them, or somebody has changed it since."""
    if compared.unsayable:
        raise Rejected("; ".join(compared.unsayable))
    return setup.put_hours(
        compared.timetable,
        compared.practitioner.hours,
        timezone=compared.practitioner.timezone,
        since=compared.since,
    )


def _chosen(found: Sequence[Timetable], wanted: str | None) -> Timetable:
    fitting = [each for each in found if each.id == wanted]
    if wanted is None:
        fitting = [each for each in found if each.is_default] or list(found)
    if not fitting or (wanted is None and len(fitting) > 1):
        raise Unknown("schedule", wanted or "default", known=tuple(each.id for each in found))
    return fitting[0]
