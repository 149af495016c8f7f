"""What the journal writes down, word by word: these texts are kept for years and read by others."""

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import pytest

from syncd.core.appointment import Acknowledgement, Flag, Party, Payment, Status
from syncd.core.ids import PracticeId
from syncd.core.journal import (
    FIRST_HASH,
    SALT_SIZE,
    Cause,
    Entry,
    JournalProblem,
    canonical_json,
    chain_hash,
    entry_hash,
    snapshot,
    text_digest,
    verify,
)
from syncd.testing.builders import NINE, an_appointment
from syncd.testing.clock import MONDAY

SALT = b"0123456789abcdef"
assert len(SALT) == SALT_SIZE


def an_entry(seq=1, previous=FIRST_HASH, **changes):
    texts = {"before": None, "after": '{"a":1}', "note": "words"} | changes
    blank = Entry(
        practice_id=PracticeId("riverside"),
        seq=seq,
        at=NINE,
        actor="cli:root",
        via={"run": "r1"},
        action="move",
        subject_kind="appointment",
        subject_id="appointment-1",
        before_digest=text_digest(SALT, texts["before"]),
        after_digest=text_digest(SALT, texts["after"]),
        note_digest=text_digest(SALT, texts["note"]),
        prev_hash=previous,
        hash="",
        salt=SALT,
        **texts,
    )
    return replace(blank, hash=entry_hash(blank))


def test_a_snapshot_says_just_this():
    appointment = an_appointment(
        room_id="room-1",
        title="Ask about the knee",
        status=Status.CANCELLED,
        payment=Payment.VOIDED,
        acknowledgement=Acknowledgement.ACCEPTED,
        flags=frozenset({Flag.OUTSIDE_HOURS, Flag.ADOPTED}),
        hold_expires_at=NINE + timedelta(minutes=5),
        cancelled_by=Party.CLIENT,
        reason="ill",
        notice_hours=7,
        version=4,
    )

    assert snapshot(appointment) == {
        "id": "appointment-1",
        "number": "AID-20310303-0001",
        "practitionerId": "dr-patel",
        "start": "2031-03-03T09:00:00+00:00",
        "end": "2031-03-03T09:30:00+00:00",
        "timezone": "Europe/Berlin",
        "createdAt": MONDAY.isoformat(),
        "activityId": "consultation",
        "clientId": "client-1",
        "roomId": "room-1",
        "title": "Ask about the knee",
        "status": "cancelled",
        "payment": "voided",
        "acknowledgement": "accepted",
        "flags": ["adopted", "outside-hours"],
        "holdExpiresAt": "2031-03-03T09:05:00+00:00",
        "cancelledBy": "client",
        "reason": "ill",
        "noticeHours": 7,
        "version": 4,
    }


def test_canonical_json_sorts_and_saves_space_and_leaves_letters_alone():
    assert canonical_json({"b": [1, None], "a": "Zoë"}) == '{"a":"Zoë","b":[1,null]}'


def test_digests_and_hashes_are_those_that_were_stored_before():
    """SHA-256 of known bytes: another way to compute them would break every stored chain."""
    assert text_digest(SALT, "words") == sha256(b"0123456789abcdefwords").hexdigest()
    assert chain_hash(("a", 1)) == sha256(b'["a",1]').hexdigest()
    assert an_entry().hash == "67f497bdacb00deef15345d2037f83ee325f730bc24e8c8f44e2aed4877e1f76"


def test_a_text_that_no_encoding_knows_can_still_be_written_down():
    """A lone surrogate comes in JSON as an escape, and is somebody's title."""
    assert text_digest(SALT, "\ud800") != text_digest(SALT, "\ud801")
    assert chain_hash(("\ud800",)) != chain_hash(("\ud801",))


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"seq": 2}, "entry 1 is missing"),
        ({"prev_hash": "f" * 64}, "it does not name the entry before it"),
        ({"action": "cancel"}, "its columns do not match its hash"),
        ({"erased_at": NINE}, "it is marked as erased but kept its salt"),
        ({"salt": None}, "its texts are missing without having been erased"),
        ({"before": "{}"}, "its before does not match its digest"),
        ({"after": "{}"}, "its after does not match its digest"),
        ({"note": "other"}, "its note does not match its digest"),
    ],
)
def test_a_broken_entry_is_named_with_what_is_wrong(changes, what):
    good = an_entry()
    bad = replace(an_entry(), **changes)

    report = verify([bad], head_seq=1, head_hash=good.hash)

    assert report.problems == (JournalProblem(bad.seq, what),)
    assert not report.is_sound
    assert (report.count, report.head, report.erased) == (0, FIRST_HASH, 0)


def test_a_report_of_a_broken_journal_counts_what_was_sound_before():
    first = replace(an_entry(), erased_at=NINE, salt=None, after=None, note=None)
    second = replace(an_entry(2, first.hash), action="forged")

    report = verify([first, second], head_seq=2, head_hash="f" * 64)

    assert (report.count, report.head, report.erased) == (1, first.hash, 1)
    assert report.problems == (JournalProblem(2, "its columns do not match its hash"),)


def test_a_head_that_names_another_hash_is_named():
    entry = an_entry()

    report = verify([entry], head_seq=1, head_hash="f" * 64)

    assert report.problems == (JournalProblem(None, "the head does not name the hash of entry 1"),)
    assert (report.count, report.head) == (1, entry.hash)


def test_a_sound_report_has_no_problems():
    entry = an_entry()

    assert verify([entry], head_seq=1, head_hash=entry.hash).problems == ()


def test_a_cause_needs_no_words():
    cause = Cause(actor="cli:root")

    assert (cause.via, cause.why) == ({}, "")
