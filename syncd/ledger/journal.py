"""The journal: one entry for each change, chained by hashes, appended last in a transaction.

Entries are collected while callables run and written once per commit; the head of the chain is the
last lock that a transaction takes. Erasing empties texts, never the chain. ADR 0007.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, select, update

from syncd.core.journal import (
    FIRST_HASH,
    SALT_SIZE,
    Cause,
    Entry,
    canonical_json,
    chain_hash,
    redacted,
    text_digest,
)
from syncd.ledger.columns import parsed_json
from syncd.ledger.tables import journal, journal_heads, journal_texts
from syncd.ledger.unit import Row, Scope, Unit

_TEXTS = (
    journal_texts.c.salt,
    journal_texts.c.before,
    journal_texts.c.after,
    journal_texts.c.note,
    journal_texts.c.erased_at,
)
_ENTRIES = select(journal, *_TEXTS).join_from(
    journal,
    journal_texts,
    (journal.c.practice_id == journal_texts.c.practice_id) & (journal.c.seq == journal_texts.c.seq),
    isouter=True,
)
_HEAD = select(journal_heads.c.seq, journal_heads.c.hash).where(
    journal_heads.c.practice_id == bindparam("at_practice")
)
_LOCKED_HEAD = _HEAD.with_for_update()
_ADD_ENTRIES = journal.insert()
_ADD_TEXTS = journal_texts.insert()


@dataclass(slots=True)
class Ink:
    """The entries of one transaction, how many of them are written, and the head so far."""

    seq: int
    hash: str
    written: int = 0
    rows: list[dict[str, Any]] = field(default_factory=list)
    texts: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Mark:
    """Where the journal stood: `forget_since` goes back there."""

    seq: int
    hash: str
    count: int
    written: int


class JournalReads(Unit):
    def journal(self, *, after_seq: int = 0, limit: int | None = None) -> list[Entry]:
        """Entries in order of `seq`, from the one after `after_seq`."""
        statement = (
            _ENTRIES.where(journal.c.practice_id == self.practice_id, journal.c.seq > after_seq)
            .order_by(journal.c.seq)
            .limit(limit)
        )
        return list(self._entries(statement))

    def all_entries(self) -> Iterator[Entry]:
        """Every entry in order, in a stream."""
        return self._entries(
            _ENTRIES.where(journal.c.practice_id == self.practice_id).order_by(journal.c.seq)
        )

    def entries_since(self, moment: datetime, kinds: Sequence[str]) -> Iterator[Entry]:
        """The entries of after that moment about such subjects, in order, in a stream."""
        return self._entries(
            _ENTRIES.where(
                journal.c.practice_id == self.practice_id,
                journal.c.at > moment,
                journal.c.subject_kind.in_(kinds),
            ).order_by(journal.c.seq)
        )

    def history(self, subject_id: str, *, kind: str = "appointment") -> list[Entry]:
        """All entries about one subject, oldest first."""
        return list(
            self._entries(
                _ENTRIES.where(
                    journal.c.practice_id == self.practice_id,
                    journal.c.subject_kind == kind,
                    journal.c.subject_id == subject_id,
                ).order_by(journal.c.seq)
            )
        )

    def journal_head(self) -> tuple[int, str]:
        """The number and hash of the last entry; (0, FIRST_HASH) before the first."""
        row = self._read(_HEAD, {"at_practice": self.practice_id}).one_or_none()
        return (row.seq, row.hash) if row else (0, FIRST_HASH)

    def _entries(self, statement: Select[Any]) -> Iterator[Entry]:
        write_journal(self.scope)
        with closing(self._read(statement.execution_options(yield_per=1000))) as rows:
            for row in rows.mappings():
                yield Entry(**{**row, "via": _via(row["via"])})


class JournalWrites(JournalReads):
    @contextmanager
    def _undoable(self) -> Iterator[None]:
        """What happens inside is kept or undone as a whole, entries included, so that a caller may
        catch a refusal and go on."""
        mark = mark_journal(self.scope)
        try:
            with self._all_or_nothing():
                yield
        except BaseException:
            forget_since(self.scope, mark)
            raise

    def _record(
        self,
        action: str,
        kind: str,
        subject: str,
        *,
        cause: Cause,
        before: Mapping[str, object] | None,
        after: Mapping[str, object] | None,
    ) -> None:
        """Add the entry for one change. It is part of the transaction, and undone with it."""
        ink = _ink(self.scope, self.practice_id)
        salt = self.scope.randomness.token(SALT_SIZE)
        texts = {
            "before": None if before is None else canonical_json(before),
            "after": None if after is None else canonical_json(after),
            "note": cause.why or None,
        }
        row: dict[str, Any] = {
            "practice_id": self.practice_id,
            "seq": ink.seq + 1,
            "at": self.now,
            "actor": cause.actor,
            "via": canonical_json(dict(cause.via)),
            "action": action,
            "subject_kind": kind,
            "subject_id": subject,
            **{f"{name}_digest": text_digest(salt, text) for name, text in texts.items()},
            "prev_hash": ink.hash,
        }
        row["hash"] = _hash(row, self.now)
        ink.rows.append(row)
        ink.texts.append(
            {"practice_id": self.practice_id, "seq": row["seq"], "salt": salt, **texts}
        )
        ink.seq, ink.hash = row["seq"], row["hash"]

    def _erase_texts(self, kind: str, subjects: list[str]) -> int:
        """Empty what is personal in the texts of all entries about these subjects, and throw away
        their salts, without which a digest tells nothing. The number of entries emptied."""
        erased = 0
        for subject in subjects:
            for entry in self.history(subject, kind=kind):
                if entry.erased_at is None and entry.action != "erase":
                    self._erase(entry)
                    erased += 1
        return erased

    def _erase(self, entry: Entry) -> None:
        self._write(
            update(journal_texts)
            .where(
                journal_texts.c.practice_id == self.practice_id,
                journal_texts.c.seq == entry.seq,
            )
            .values(
                salt=None,
                before=redacted(entry.before),
                after=redacted(entry.after),
                note=None,
                erased_at=self.now,
            )
        )


def write_journal(scope: Scope) -> None:
    """Write the collected entries and the head. Does nothing when there are none."""
    ink: Ink | None = scope.remembered.get("ink")
    if ink is None or ink.written == len(ink.rows):
        return
    scope.write(_ADD_ENTRIES, ink.rows[ink.written :])
    scope.write(_ADD_TEXTS, ink.texts[ink.written :])
    head = {"practice_id": ink.rows[-1]["practice_id"], "seq": ink.seq, "hash": ink.hash}
    scope.upsert(journal_heads, [head])
    ink.written = len(ink.rows)


def mark_journal(scope: Scope) -> Mark | None:
    """Where the journal stands, before something that may be undone."""
    ink: Ink | None = scope.remembered.get("ink")
    return Mark(ink.seq, ink.hash, len(ink.rows), ink.written) if ink else None


def forget_since(scope: Scope, mark: Mark | None) -> None:
    """Go back to `mark`, after the database went back too."""
    ink: Ink | None = scope.remembered.get("ink")
    if ink is None:
        return
    if mark is None:
        del scope.remembered["ink"]
        return
    ink.seq, ink.hash, ink.written = mark.seq, mark.hash, mark.written
    del ink.rows[mark.count :]
    del ink.texts[mark.count :]


def _ink(scope: Scope, practice_id: str) -> Ink:
    ink: Ink | None = scope.remembered.get("ink")
    if ink is None:
        row = scope.read(_LOCKED_HEAD, {"at_practice": practice_id}).one_or_none()
        ink = Ink(row.seq, row.hash) if row else Ink(0, FIRST_HASH)
        scope.remembered["ink"] = ink
    return ink


def _hash(row: Row, at: datetime) -> str:
    return chain_hash(
        (
            row["prev_hash"],
            row["practice_id"],
            row["seq"],
            at.isoformat(),
            row["actor"],
            row["via"],
            row["action"],
            row["subject_kind"],
            row["subject_id"],
            row["before_digest"],
            row["after_digest"],
            row["note_digest"],
        )
    )


def _via(stored: str) -> Mapping[str, str]:
    via: dict[str, str] = parsed_json(stored)
    return via
