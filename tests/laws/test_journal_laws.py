"""Why a journal can be believed: whatever is changed in it is found, and erasing breaks nothing."""

import json
from dataclasses import fields, replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.appointment import Flag, Status
from syncd.core.details import Answers, AsBooked, Money
from syncd.core.ids import PracticeId, PractitionerId
from syncd.core.journal import (
    FIRST_HASH,
    PERSONAL_FIELDS,
    Entry,
    canonical_json,
    entry_hash,
    redacted,
    snapshot,
    text_digest,
    verify,
)
from syncd.testing.builders import NINE, an_appointment

texts = st.none() | st.text(max_size=20).map(lambda text: json.dumps({"title": text}))


@st.composite
def journals(draw, at_least=1):
    """A sound chain of a few entries."""
    entries: list[Entry] = []
    previous = FIRST_HASH
    for seq in range(1, draw(st.integers(at_least, 5)) + 1):
        salt = draw(st.binary(min_size=16, max_size=16))
        before, after, note = draw(texts), draw(texts), draw(st.none() | st.text(max_size=9))
        blank = Entry(
            practice_id=PracticeId("riverside"),
            seq=seq,
            at=NINE + timedelta(minutes=seq),
            actor="cli:root",
            via={"run": "r1"},
            action="move",
            subject_kind="appointment",
            subject_id="appointment-1",
            before_digest=text_digest(salt, before),
            after_digest=text_digest(salt, after),
            note_digest=text_digest(salt, note),
            prev_hash=previous,
            hash="",
            salt=salt,
            before=before,
            after=after,
            note=note,
        )
        previous = entry_hash(blank)
        entries.append(replace(blank, hash=previous))
    return entries


def check(entries, **head):
    last = entries[-1]
    return verify(entries, **({"head_seq": last.seq, "head_hash": last.hash} | head))


@given(journals())
def test_a_sound_journal_is_sound(entries):
    report = check(entries)

    assert report.is_sound
    assert (report.count, report.head, report.erased) == (len(entries), entries[-1].hash, 0)


def test_a_journal_of_nothing_is_sound():
    assert verify([], head_seq=0, head_hash=FIRST_HASH).is_sound


OTHER = {
    "practice_id": "other",
    "seq": 99,
    "at": NINE - timedelta(days=1),
    "actor": "cli:somebody",
    "via": {"run": "r2"},
    "action": "cancel",
    "subject_kind": "client",
    "subject_id": "appointment-2",
    "before_digest": "f" * 64,
    "after_digest": "f" * 64,
    "note_digest": "f" * 64,
    "prev_hash": "f" * 64,
    "hash": "f" * 64,
    "salt": b"another salt....",
    "before": '{"title":"forged"}',
    "after": '{"title":"forged"}',
    "note": "forged",
}


@given(journals(), st.sampled_from(sorted(OTHER)), st.data())
def test_a_column_that_was_changed_is_found_at_its_entry(entries, name, data):
    at = data.draw(st.integers(0, len(entries) - 1))
    forged = list(entries)
    forged[at] = replace(entries[at], **{name: OTHER[name]})
    nothing_to_salt = name == "salt" and not (
        {entries[at].before, entries[at].after, entries[at].note} - {None}
    )

    report = check(forged, head_seq=len(entries), head_hash=entries[-1].hash)

    assert report.is_sound is nothing_to_salt
    if not nothing_to_salt:
        assert report.problems[0].seq == forged[at].seq
        assert report.count == at


def test_every_column_was_tried():
    assert set(OTHER) | {"erased_at"} == {each.name for each in fields(Entry)}


@given(journals(at_least=2), st.data())
def test_an_entry_that_is_missing_or_out_of_place_is_found(entries, data):
    at = data.draw(st.integers(0, len(entries) - 2))
    swapped = list(entries)
    swapped[at], swapped[at + 1] = swapped[at + 1], swapped[at]
    short = [*entries[:at], *entries[at + 1 :]]

    for forged in (swapped, short):
        report = check(forged, head_seq=len(entries), head_hash=entries[-1].hash)
        assert report.problems[0].what == f"entry {at + 1} is missing"


@given(journals(at_least=2))
def test_an_end_that_was_cut_off_is_found(entries):
    report = check(entries[:-1], head_seq=len(entries), head_hash=entries[-1].hash)

    assert report.problems[0].seq is None
    assert report.problems[0].what == (
        f"the head names entry {len(entries)}, the last one is {len(entries) - 1}"
    )


@given(journals())
def test_another_history_of_the_same_length_is_found(entries):
    report = check(entries, head_hash="f" * 64)

    assert "does not name the hash" in report.problems[0].what


@given(journals(at_least=2), st.data())
def test_a_rewritten_entry_gives_the_next_one_away(entries, data):
    """Even when its hash is made anew and the next entry names it: that one's hash is of the old."""
    at = data.draw(st.integers(0, len(entries) - 2))
    rewritten = replace(entries[at], action="cancel")
    rewritten = replace(rewritten, hash=entry_hash(rewritten))
    follower = replace(entries[at + 1], prev_hash=rewritten.hash)
    forged = [*entries[:at], rewritten, follower, *entries[at + 2 :]]

    report = check(forged, head_seq=len(entries), head_hash=entries[-1].hash)

    assert report.problems[0].seq == follower.seq
    assert "do not match its hash" in report.problems[0].what


def test_an_entry_that_names_another_predecessor_is_found():
    whole = [
        replace(
            Entry(**(dict.fromkeys(OTHER, "") | {"seq": 1, "at": NINE, "via": {}, "salt": b"s"})),
            before=None,
            after=None,
            note=None,
            prev_hash="f" * 64,
        )
    ]
    whole[0] = replace(whole[0], hash=entry_hash(whole[0]))

    assert "entry before it" in check(whole).problems[0].what


# Erasing.


def erased(entry):
    return replace(
        entry,
        salt=None,
        before=redacted(entry.before),
        after=redacted(entry.after),
        note=None,
        erased_at=NINE,
    )


@given(journals(), st.data())
def test_erasing_a_persons_words_keeps_the_chain(entries, data):
    gone = data.draw(st.sets(st.integers(0, len(entries) - 1)))
    kept = [erased(each) if at in gone else each for at, each in enumerate(entries)]

    report = check(kept)

    assert report.is_sound
    assert report.erased == len(gone)


TEXTS = {"salt", "before", "after", "note"}


@given(journals(), st.sampled_from(sorted(set(OTHER) - TEXTS)), st.data())
def test_a_column_of_an_erased_entry_is_still_guarded_by_its_hash(entries, name, data):
    at = data.draw(st.integers(0, len(entries) - 1))
    kept = [erased(each) for each in entries]
    kept[at] = replace(kept[at], **{name: OTHER[name]})

    report = check(kept, head_seq=len(entries), head_hash=entries[-1].hash)

    assert report.problems[0].seq == kept[at].seq


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"erased_at": NINE}, "kept its salt"),
        ({"salt": None}, "without having been erased"),
        ({"after": None}, "after does not match"),
    ],
)
def test_half_an_erasure_is_found(changes, what):
    salt = b"0123456789abcdef"
    entry = Entry(
        **(dict.fromkeys(OTHER, "") | {"seq": 1, "at": NINE, "via": {}, "prev_hash": FIRST_HASH})
    )
    entry = replace(
        entry,
        salt=salt,
        before=None,
        after="{}",
        note=None,
        before_digest="",
        after_digest=text_digest(salt, "{}"),
        note_digest="",
    )
    entry = replace(entry, hash=entry_hash(entry))
    assert check([entry]).is_sound

    assert what in check([replace(entry, **changes)]).problems[0].what


def test_redacting_empties_what_is_personal_and_nothing_else():
    state = dict.fromkeys(PERSONAL_FIELDS, "secret") | {"status": "booked", "version": 3}

    kept = json.loads(redacted(canonical_json(state)))

    assert kept == dict.fromkeys(PERSONAL_FIELDS) | {"status": "booked", "version": 3}
    assert redacted(None) is None


# What is written down.


def test_a_snapshot_is_the_whole_appointment_but_for_the_clients_own_data():
    appointment = an_appointment(
        status=Status.PROPOSED,
        hold_expires_at=NINE,
        flags=frozenset({Flag.OVERLAP, Flag.ADOPTED}),
        as_booked=AsBooked(activity_name="Lesson", price=Money.parse("5 EUR")),
        answers=Answers(notes="left knee"),
        capacity=3,
        also_with=(PractitionerId("dr-owl"),),
    )

    state = snapshot(appointment)
    text = canonical_json(state)

    named = {each.name for each in fields(appointment)} - {"client", "practice_id"}
    assert len(state) == len(named) + 1
    assert state["flags"] == ["adopted", "overlap"]
    assert state["holdExpiresAt"] == NINE.isoformat()
    assert state["clientId"] == "client-1"
    assert "Doe" not in text
    assert "example.org" not in text
    assert state["asBooked"] == {"activity_name": "Lesson", "price": "5 EUR"}
    assert state["answers"] == {"notes": "left knee"}
    assert state["capacity"] == 3
    assert snapshot(an_appointment(client=None))["clientId"] is None


def test_a_snapshot_without_details_is_that_of_before_there_were_any():
    state = snapshot(an_appointment())

    assert "asBooked" not in state
    assert "answers" not in state


def test_an_entry_gives_its_states_back():
    entry = Entry(
        **(
            dict.fromkeys(OTHER, "")
            | {"seq": 1, "at": NINE, "via": {}, "before": None, "after": '{"a":1}'}
        )
    )

    assert (entry.state_before, entry.state_after) == (None, {"a": 1})


@given(st.dictionaries(st.text(), st.integers() | st.text() | st.none(), max_size=5))
def test_equal_states_have_equal_texts(state):
    shuffled = dict(reversed(list(state.items())))

    assert canonical_json(state) == canonical_json(shuffled)
    assert json.loads(canonical_json(state)) == state


def test_numbers_that_are_none_have_no_text():
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical_json(float("nan"))


@given(st.binary(min_size=16, max_size=16), st.text(), st.text())
def test_digests_tell_texts_apart_and_nothing_from_something(salt, one, other):
    assert (text_digest(salt, one) == text_digest(salt, other)) is (one == other)
    assert text_digest(salt, None) == "" != text_digest(salt, "")
