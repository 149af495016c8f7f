"""Whether the ledger can be believed: the chain, the state against it, and the numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date

from sqlalchemy import select

from syncd.core.ids import Number
from syncd.core.journal import (
    Entry,
    JournalProblem,
    JournalReport,
    canonical_json,
    snapshot,
    text_digest,
    verify,
)
from syncd.ledger.appointments import AppointmentReads
from syncd.ledger.journal import JournalReads
from syncd.ledger.tables import numbers

_DAY_AND_SEQUENCE = re.compile(r"-(\d{4})(\d{2})(\d{2})-(\d+)\Z")


@dataclass(slots=True)
class _Newest:
    """The last entry about an appointment, as far as it is needed."""

    seq: int
    salt: bytes | None
    digest: str


@dataclass(slots=True)
class _Counted:
    count: int = 0
    highest: int = 0


@dataclass(slots=True)
class _Findings:
    newest: dict[str, _Newest] = field(default_factory=dict)
    issued: dict[date, _Counted] = field(default_factory=dict)

    def watch(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        for entry in entries:
            if entry.subject_kind == "appointment":
                self.newest[entry.subject_id] = _Newest(entry.seq, entry.salt, entry.after_digest)
            yield entry

    def count(self, number: Number) -> None:
        if found := _DAY_AND_SEQUENCE.search(number):
            year, month, day, sequence = map(int, found.groups())
            counted = self.issued.setdefault(date(year, month, day), _Counted())
            counted.count += 1
            counted.highest = max(counted.highest, sequence)


class AuditReads(AppointmentReads, JournalReads):
    def verify_journal(self) -> JournalReport:
        """Check every entry against its texts, its neighbours and the head; then every appointment
        against its newest entry, and that no number is missing. Reads all of it, in a stream."""
        findings = _Findings()
        head_seq, head_hash = self.journal_head()
        report = verify(findings.watch(self.all_entries()), head_seq=head_seq, head_hash=head_hash)
        if not report.is_sound:
            return report
        problems = (*self._unexplained(findings), *self._gaps(findings))
        return replace(report, problems=problems)

    def _unexplained(self, findings: _Findings) -> Iterator[JournalProblem]:
        for appointment in self.all_appointments():
            findings.count(appointment.number)
            entry = findings.newest.pop(appointment.id, None)
            if entry is None:
                yield JournalProblem(None, f"{appointment.number} has no entry")
            elif entry.salt is not None:
                state = canonical_json(snapshot(appointment))
                if text_digest(entry.salt, state) != entry.digest:
                    what = f"{appointment.number} is not what its last entry says"
                    yield JournalProblem(entry.seq, what)
        for subject, entry in sorted(findings.newest.items()):
            yield JournalProblem(entry.seq, f"appointment {subject} is not there any more")

    def _gaps(self, findings: _Findings) -> Iterator[JournalProblem]:
        n = numbers.c
        rows = self._read(
            select(n.booking_day, n.last)
            .where(n.practice_id == self.practice_id)
            .order_by(n.booking_day)
        ).all()
        last = {row.booking_day: row.last for row in rows}
        for day in sorted(last.keys() | findings.issued.keys()):
            counted = findings.issued.get(day, _Counted())
            if not counted.count == counted.highest == last.get(day, 0):
                what = (
                    f"{counted.count} numbers of {day}, the highest {counted.highest}, "
                    f"the counter at {last.get(day, 0)}"
                )
                yield JournalProblem(None, what)
