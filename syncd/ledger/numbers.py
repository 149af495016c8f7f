"""Appointment numbers: one counter a practice and booking day, in the transaction of the booking.

Gapless because a refused booking takes its increment back with everything else; a gap that has to
be, after an older backup was restored, is an entry of the journal. ADR 0004.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Executable, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from syncd.core.errors import Unknown
from syncd.core.journal import Cause
from syncd.core.practice import Practice
from syncd.core.time import local_day, zone
from syncd.ledger.practices import PracticeWrites
from syncd.ledger.tables import numbers

NUMBERS = "numbers"
"""What an entry about a day's counter is about; its subject is the day."""


def _taking(insert: Any) -> Executable:
    statement = insert(numbers)
    taking: Executable = statement.on_conflict_do_update(
        index_elements=["practice_id", "booking_day"],
        set_={"last": numbers.c.last + statement.excluded.last},
    ).returning(numbers.c.last)
    return taking


_ON_SQLITE = _taking(sqlite_insert)
_ON_POSTGRESQL = _taking(postgresql_insert)


class NumberWrites(PracticeWrites):
    def new_numbers(self, booking_day: date, count: int = 1) -> range:
        """The next `count` sequence numbers of the practice's booking day, in order."""
        if count < 1:
            return range(0)
        statement = _ON_SQLITE if self.scope.is_sqlite else _ON_POSTGRESQL
        last = self._write(
            statement,
            {"practice_id": self.practice_id, "booking_day": booking_day, "last": count},
        ).scalar_one()
        return range(last - count + 1, last + 1)

    def pass_over(self, shown: Mapping[date, int], cause: Cause) -> None:
        """Never issue a number up to these, by booking day: they were issued in a future that the
        ledger has lost. The gap is journalled, a counter that is beyond already left alone."""
        for day in sorted(shown):
            before = self._read(
                select(numbers.c.last)
                .where(numbers.c.practice_id == self.practice_id, numbers.c.booking_day == day)
                .with_for_update()
            ).scalar_one_or_none()
            passed = shown[day] - (before or 0)
            if passed > 0:
                gap = self.new_numbers(day, passed)
                self._record(
                    "pass-over",
                    NUMBERS,
                    day.isoformat(),
                    cause=cause,
                    before={"last": gap.start - 1},
                    after={"last": gap.stop - 1},
                )

    def booking_day(self) -> date:
        """Today on the practice's wall: the day that new numbers carry."""
        return local_day(self.now, zone(self._own_practice().timezone))

    def _own_practice(self) -> Practice:
        practice: Practice | None = self.scope.remembered.get("practice")
        if practice is None:
            practice = self.practice()
            if practice is None:
                raise Unknown("practice", self.scope.practice_id or "any")
            self.scope.remembered["practice"] = practice
        return practice
