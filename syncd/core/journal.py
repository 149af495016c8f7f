"""What the journal says and why it can be believed: causes, entries, digests, the hash chain.

Pure: stores nothing, draws no salt. Personal text stands outside the chain, which holds only its
salted digests, so that the text can be erased and the chain still verifies. Promise P9.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from syncd.core.appointment import Appointment
from syncd.core.details import plain
from syncd.core.ids import PracticeId

SALT_SIZE = 16
FIRST_HASH = "0" * 64
"""What the first entry of a practice names as its predecessor."""

_CANONICAL = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Who changes something, through what, and why. `actor` is a kind and an id ("cli:root",
    "calendar:patel-main", "system:upkeep"). `via` holds ids only (run, key, remote version …) and
    is never erased: no personal data. `why` may be a person's words and can be erased."""

    actor: str
    via: Mapping[str, str] = field(default_factory=dict)
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One change of one subject. The digests are over the canonical JSON of `before` and `after`
    and over `note`, each with `salt` in front; "" where there is nothing. An erased entry has lost
    its salt and, in its texts, what was personal. `hash` covers everything but the texts."""

    practice_id: PracticeId
    seq: int
    at: datetime
    actor: str
    via: Mapping[str, str]
    action: str
    subject_kind: str
    subject_id: str
    before_digest: str
    after_digest: str
    note_digest: str
    prev_hash: str
    hash: str
    salt: bytes | None = None
    before: str | None = None
    after: str | None = None
    note: str | None = None
    erased_at: datetime | None = None

    @property
    def state_before(self) -> dict[str, object] | None:
        return _parsed(self.before)

    @property
    def state_after(self) -> dict[str, object] | None:
        return _parsed(self.after)


@dataclass(frozen=True, slots=True)
class JournalProblem:
    """What is wrong, and at which entry; `seq` is None where it belongs to none."""

    seq: int | None
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalReport:
    """The outcome of verifying a practice's journal. Checking stops at the first broken entry,
    since nothing after it can be believed."""

    count: int
    head: str
    erased: int = 0
    problems: tuple[JournalProblem, ...] = ()

    @property
    def is_sound(self) -> bool:
        return not self.problems


def canonical_json(value: object) -> str:
    """The one way to write a JSON value: keys sorted, no spaces, no NaN, UTF-8 left as it is."""
    return _CANONICAL.encode(value)


def text_digest(salt: bytes, text: str | None) -> str:
    """SHA-256 of salt and text, in hex; "" for no text."""
    if text is None:
        return ""
    return hashlib.sha256(salt + text.encode("utf-8", "surrogatepass")).hexdigest()


def entry_hash(entry: Entry) -> str:
    """The hash that `entry` must carry: over its predecessor's and all its columns but the
    texts."""
    return chain_hash(
        (
            entry.prev_hash,
            entry.practice_id,
            entry.seq,
            entry.at.isoformat(),
            entry.actor,
            canonical_json(dict(entry.via)),
            entry.action,
            entry.subject_kind,
            entry.subject_id,
            entry.before_digest,
            entry.after_digest,
            entry.note_digest,
        )
    )


def chain_hash(columns: tuple[str | int, ...]) -> str:
    """SHA-256 over the canonical JSON of the columns in the order of `entry_hash`."""
    return hashlib.sha256(_CANONICAL.encode(columns).encode("utf-8", "surrogatepass")).hexdigest()


def snapshot(appointment: Appointment) -> dict[str, object]:
    """The whole state of an appointment as JSON values; the client by id only, whose own changes
    are entries of their own. The newest `after` of a subject is its state."""
    hold = appointment.hold_expires_at
    later = {
        "asBooked": plain(appointment.as_booked),
        "answers": plain(appointment.answers),
        "capacity": appointment.capacity if appointment.capacity > 1 else None,
        "alsoWith": list(appointment.also_with),
    }
    return {
        "id": appointment.id,
        "number": appointment.number,
        "practitionerId": appointment.practitioner_id,
        "start": appointment.start.isoformat(),
        "end": appointment.end.isoformat(),
        "timezone": appointment.timezone,
        "createdAt": appointment.created_at.isoformat(),
        "activityId": appointment.activity_id,
        "clientId": appointment.client.id if appointment.client else None,
        "roomId": appointment.room_id,
        "title": appointment.title,
        "status": appointment.status,
        "payment": appointment.payment,
        "acknowledgement": appointment.acknowledgement,
        "flags": sorted(appointment.flags),
        "holdExpiresAt": hold.isoformat() if hold else None,
        "cancelledBy": appointment.cancelled_by,
        "reason": appointment.reason,
        "noticeHours": appointment.notice_hours,
        "version": appointment.version,
        # Not in the entries of before there were any.
        **{name: said for name, said in later.items() if said},
    }


PERSONAL_FIELDS = frozenset({"name", "email", "phone", "title", "reason", "answers"})
"""The keys of `before` and `after` that erasing empties."""


def redacted(text: str | None) -> str | None:
    """A `before` or `after` without what is personal."""
    state = _parsed(text)
    if state is None:
        return None
    return canonical_json(
        {key: None if key in PERSONAL_FIELDS else value for key, value in state.items()}
    )


def verify(entries: Iterable[Entry], *, head_seq: int, head_hash: str) -> JournalReport:
    """Check a practice's entries, given in order of `seq`, against each other and the head."""
    count, erased, previous = 0, 0, FIRST_HASH
    for entry in entries:
        wrong = _wrong_with(entry, expected_seq=count + 1, previous=previous)
        if wrong:
            problem = JournalProblem(entry.seq, wrong)
            return JournalReport(count=count, head=previous, erased=erased, problems=(problem,))
        count, previous = count + 1, entry.hash
        erased += entry.erased_at is not None
    problems: tuple[JournalProblem, ...] = ()
    if (count, previous) != (head_seq, head_hash):
        what = f"the head names entry {head_seq}, the last one is {count}"
        if count == head_seq:
            what = f"the head does not name the hash of entry {count}"
        problems = (JournalProblem(None, what),)
    return JournalReport(count=count, head=previous, erased=erased, problems=problems)


def _wrong_with(entry: Entry, *, expected_seq: int, previous: str) -> str | None:
    if entry.seq != expected_seq:
        return f"entry {expected_seq} is missing"
    if entry.prev_hash != previous:
        return "it does not name the entry before it"
    if entry.hash != entry_hash(entry):
        return "its columns do not match its hash"
    return _wrong_with_texts(entry)


def _wrong_with_texts(entry: Entry) -> str | None:
    if entry.erased_at is not None:
        return "it is marked as erased but kept its salt" if entry.salt is not None else None
    if entry.salt is None:
        return "its texts are missing without having been erased"
    for what, digest, text in (
        ("before", entry.before_digest, entry.before),
        ("after", entry.after_digest, entry.after),
        ("note", entry.note_digest, entry.note),
    ):
        if text_digest(entry.salt, text) != digest:
            return f"its {what} does not match its digest"
    return None


def _parsed(text: str | None) -> dict[str, object] | None:
    if text is None:
        return None
    state: dict[str, object] = json.loads(text)
    return state
