"""What was answered to requests that may arrive again, so that they have one effect."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select

from syncd.core.ids import AppointmentId
from syncd.ledger.tables import answers
from syncd.ledger.unit import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One answer: `caller` and `key` name the request, `fingerprint` is what it asked for."""

    caller: str
    key: str
    fingerprint: str
    appointment_id: AppointmentId
    answer: str


class AnswerReads(Unit):
    def answered(self, caller: str, key: str) -> Answered | None:
        """What this caller was answered under this key, if anything."""
        a = answers.c
        row = self._read(
            select(answers).where(
                a.practice_id == self.practice_id, a.caller == caller, a.key == key
            )
        ).one_or_none()
        if row is None:
            return None
        return Answered(
            caller=row.caller,
            key=row.key,
            fingerprint=row.fingerprint,
            appointment_id=row.appointment_id,
            answer=row.answer,
        )

    def has_answers(self, *, made_before: datetime) -> bool:
        a = answers.c
        statement = select(a.key).where(
            a.practice_id == self.practice_id, a.created_at < made_before
        )
        return self._read(statement.limit(1)).one_or_none() is not None


class AnswerWrites(AnswerReads):
    def keep_answer(self, answered: Answered) -> None:
        """Remember an answer, in the transaction whose effect it tells."""
        self._upsert(
            answers,
            [
                {
                    "practice_id": self.practice_id,
                    "caller": answered.caller,
                    "key": answered.key,
                    "fingerprint": answered.fingerprint,
                    "appointment_id": answered.appointment_id,
                    "answer": answered.answer,
                    "created_at": self.now,
                }
            ],
        )

    def drop_answers_owed(self, appointment_id: AppointmentId) -> None:
        """Forget that an answer about it was waited for: whoever asks again asks anew. What was
        answered stays."""
        a = answers.c
        mine = (a.practice_id == self.practice_id) & (a.appointment_id == appointment_id)
        self._write(delete(answers).where(mine, a.answer == ""))

    def drop_answers(self, *, made_before: datetime) -> int:
        """Forget old answers. How many."""
        a = answers.c
        return self._write(
            delete(answers).where(a.practice_id == self.practice_id, a.created_at < made_before)
        ).rowcount
