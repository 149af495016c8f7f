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
from syncd.ledger.numbers import NUMBERS
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
    """The numbers of a day; `reused` are those that the journal says are passed over."""

    count: int = 0
    highest: int = 0
    reused: int = 0


@dataclass(slots=True)
class _Findings:
    newest: dict[str, _Newest] = field(default_factory=dict)
    issued: dict[date, _Counted] = field(default_factory=dict)
    passed: dict[date, list[range]] = field(default_factory=dict)

    def watch(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        """Let the entries pass; each is looked at once it was found to be sound."""
        for entry in entries:
            yield entry
            if entry.subject_kind == "appointment":
                self.newest[entry.subject_id] = _Newest(entry.seq, entry.salt, entry.after_digest)
            elif entry.subject_kind == NUMBERS:
                before, after = entry.state_before or {}, entry.state_after or {}
                gap = range(int(str(before["last"])) + 1, int(str(after["last"])) + 1)
                self.passed.setdefault(date.fromisoformat(entry.subject_id), []).append(gap)

    def count(self, number: Number) -> None:
        if found := _DAY_AND_SEQUENCE.search(number):
            year, month, day, sequence = map(int, found.groups())
            booking_day = date(year, month, day)
            counted = self.issued.setdefault(booking_day, _Counted())
            counted.count += 1
            counted.highest = max(counted.highest, sequence)
            if any(sequence in gap for gap in self.passed.get(booking_day, ())):
                counted.reused += 1


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
        for day in sorted(last.keys() | findings.issued.keys() | findings.passed.keys()):
            counted = findings.issued.get(day, _Counted())
            gaps = findings.passed.get(day, [])
            passed = sum(map(len, gaps))
            highest = max([counted.highest, *(gap[-1] for gap in gaps)])
            if counted.reused or not counted.count + passed == highest == last.get(day, 0):
                what = (
                    f"{counted.count} numbers of {day}, the highest {counted.highest}, "
                    f"the counter at {last.get(day, 0)}"
                )
                if gaps:
                    what += f", {passed} passed over, {counted.reused} of them issued"
                yield JournalProblem(None, what)
