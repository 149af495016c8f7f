"""The inbox of webhooks: what was received, durably, and for which calendars it is still to look.

Storing some is one statement, for whoever sent them waits. Bodies are personal: they leave only
where one delivery is asked for, and can be emptied without the rest.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Executable, bindparam, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from syncd.core.delivery import Delivery
from syncd.core.errors import Unknown
from syncd.core.ids import CalendarId, DeliveryId
from syncd.ledger.tables import IS_WAITING, deliveries
from syncd.ledger.unit import Unit

_d = deliveries.c
_SAID = tuple(each for each in deliveries.columns if each.name not in ("practice_id", "body"))
_KEPT = tuple(each.name for each in (*_SAID, _d.body))


class DeliveryReads(Unit):
    def looks(self) -> dict[CalendarId, datetime]:
        """For which calendars there is still to look, and when first."""
        rows = self._read(
            select(_d.calendar_id, func.min(_d.look_at).label("at"))
            .where(_d.practice_id == self.practice_id, IS_WAITING)
            .group_by(_d.calendar_id)
        )
        return {row.calendar_id: row.at for row in rows}

    def waiting_deliveries(self, calendar_id: CalendarId) -> list[Delivery]:
        """Those for which there is still to look, by when; without their bodies."""
        rows = self._read(
            select(*_SAID)
            .where(_d.practice_id == self.practice_id, _d.calendar_id == calendar_id, IS_WAITING)
            .order_by(_d.look_at, _d.id)
        )
        return [_delivery(row) for row in rows]

    def deliveries(
        self, *, limit: int, calendar_id: CalendarId | None = None, waiting: bool = False
    ) -> list[Delivery]:
        """The newest first, without their bodies."""
        found = select(*_SAID).where(_d.practice_id == self.practice_id)
        if calendar_id is not None:
            found = found.where(_d.calendar_id == calendar_id)
        if waiting:
            found = found.where(IS_WAITING)
        newest = found.order_by(_d.received_at.desc(), _d.id).limit(limit)
        return [_delivery(row) for row in self._read(newest)]

    def delivery(self, delivery_id: DeliveryId) -> Delivery:
        """With its body. Raises Unknown."""
        row = self._read(
            select(*_SAID, _d.body).where(_d.practice_id == self.practice_id, _d.id == delivery_id)
        ).one_or_none()
        if row is None:
            raise Unknown("delivery", delivery_id)
        return _delivery(row)

    def delivery_ids(self, beginning: str, *, limit: int) -> list[DeliveryId]:
        """Of those whose id begins so, the newest first."""
        rows = self._read(
            select(_d.id)
            .where(_d.practice_id == self.practice_id, _d.id.startswith(beginning, autoescape=True))
            .order_by(_d.received_at.desc(), _d.id)
            .limit(limit)
        )
        return [row.id for row in rows]

    def has_deliveries(self, *, received_before: datetime) -> bool:
        found = select(_d.id).where(
            _d.practice_id == self.practice_id, _d.received_at < received_before
        )
        return self._read(found.limit(1)).one_or_none() is not None


class DeliveryWrites(DeliveryReads):
    def keep_deliveries(self, found: Iterable[Delivery]) -> None:
        """Store those that are new. What is there already is left as it is."""
        rows = [
            {"practice_id": self.practice_id, **{name: getattr(each, name) for name in _KEPT}}
            for each in found
        ]
        if rows:
            self._write(_insert(self.scope.is_sqlite), rows)

    def set_looks(self, changed: Iterable[Delivery]) -> None:
        """Remember when to look for these, and how often that was done."""
        rows = [{"which": each.id, "at": each.look_at, "times": each.looks} for each in changed]
        if rows:
            self._write(
                update(deliveries)
                .where(_d.practice_id == self.practice_id, _d.id == bindparam("which"))
                .values(look_at=bindparam("at"), looks=bindparam("times")),
                rows,
            )

    def empty_deliveries(self) -> int:
        """Forget the bodies of all, for any of them may name anybody. How many."""
        return self._write(
            update(deliveries)
            .where(_d.practice_id == self.practice_id, _d.body.is_not(None))
            .values(body=None)
        ).rowcount

    def drop_deliveries(self, *, received_before: datetime) -> int:
        """Forget old ones whole. How many."""
        return self._write(
            delete(deliveries).where(
                _d.practice_id == self.practice_id, _d.received_at < received_before
            )
        ).rowcount


def _delivery(row: Any) -> Delivery:
    return Delivery(**row._mapping)  # noqa: SLF001  a row's public mapping is named so


@lru_cache(maxsize=2)
def _insert(is_sqlite: bool) -> Executable:  # noqa: FBT001  a cache key
    insert = sqlite_insert(deliveries) if is_sqlite else postgresql_insert(deliveries)
    return insert.on_conflict_do_nothing(index_elements=["practice_id", "id"])
