"""Plans that were printed, so that `apply` can tell whether the world moved since."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select

from syncd.core.errors import Unknown
from syncd.core.ids import PlanId
from syncd.ledger.tables import plans
from syncd.ledger.unit import Unit


class PlanReads(Unit):
    def plan(self, plan_id: PlanId) -> dict[str, Any]:
        """The content that was saved under this id. Raises Unknown."""
        row = self._read(
            select(plans.c.content).where(
                plans.c.practice_id == self.practice_id, plans.c.id == plan_id
            )
        ).one_or_none()
        if row is None:
            raise Unknown("plan", plan_id)
        content: dict[str, Any] = row.content
        return content


class PlanWrites(PlanReads):
    def save_plan(self, plan_id: PlanId, content: Mapping[str, Any]) -> None:
        """Keep a plan's content: JSON values, without personal data."""
        self._upsert(
            plans,
            [
                {
                    "practice_id": self.practice_id,
                    "id": plan_id,
                    "content": dict(content),
                    "created_at": self.now,
                }
            ],
        )

    def drop_plans(self, *, made_before: datetime) -> int:
        """Forget old plans. How many."""
        return self._write(
            delete(plans).where(
                plans.c.practice_id == self.practice_id, plans.c.created_at < made_before
            )
        ).rowcount
