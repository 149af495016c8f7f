"""Whatever a server sends in place of a booking is read, or set aside with a reason."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from syncd.core.events import EventStatus, RemoteEvent, Unreadable
from syncd.core.ids import EventRef, Version
from syncd.core.time import Interval
from syncd_calcom.answers import Answer, NotWhatWasAsked, data_of, parsed
from syncd_calcom.events import Reader, Row, losses, occurrences
from syncd_calcom.kinds import kinds_in

READER = Reader(kinds_in("301=follow-up:20/30"))
GOOD = {
    "id": 1,
    "uid": "first",
    "title": "Half",
    "status": "accepted",
    "start": "2031-03-03T09:00:00.000Z",
    "end": "2031-03-03T09:30:00.000Z",
    "eventType": {"id": 301, "slug": "half"},
    "icsUid": "first@Cal.com",
    "hosts": [{"id": 101, "email": "alice@example.test", "timeZone": "Europe/Berlin"}],
    "attendees": [{"name": "Jane", "email": "jane@example.test", "metadata": {"a": "b"}}],
    "metadata": {"syncd_appointment": "m", "syncd_minutes": "20/30"},
    "recurringBookingUid": "series",
    "rescheduledFromUid": "before",
    "rescheduledToUid": None,
}
TEXTS = st.text() | st.sampled_from(["accepted", "9999-12-31T23:45:00Z", "0001-01-01T00:00:00Z"])
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.dictionaries(st.sampled_from(sorted(GOOD)), JSON, max_size=4)
EVER = Interval(datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC))


@given(FIELDS)
@example({"start": "9999-12-31T23:55:00Z", "end": "9999-12-31T23:59:00Z"})
@example({"hosts": [{"timeZone": "../../etc/passwd"}]})
@example({"hosts": [{"timeZone": "Europe"}]})
@example({"title": "\ud800\0"})
@example({"metadata": {"syncd_appointment": "m", "syncd_minutes": "99999/30"}})
def test_a_row_with_any_other_fields_is_read_or_set_aside(fields):
    [raw] = data_of(answer({"status": "success", "data": [{**GOOD, **fields}]}))
    found = READER.event(Row(raw=raw))

    assert isinstance(found, RemoteEvent | Unreadable)
    assert READER.event(Row(raw=raw)) == found
    if isinstance(found, RemoteEvent):
        assert READER.stored(found.ref, found.version, found.body) == found
        assert losses(found.body, found.body) == ()
        assert len(occurrences(found, EVER)) <= 1
        (found.title + found.body + found.uid + found.ref).encode()
        assert "\0" not in found.title + found.body


@given(JSON)
def test_anything_at_all_in_place_of_a_row_is_set_aside(value):
    raw = value if isinstance(value, dict) else {}

    assert isinstance(READER.event(Row(raw=raw)), Unreadable)


@given(st.binary() | JSON.map(lambda each: json.dumps(each).encode()))
def test_a_body_that_is_no_answer_is_never_a_success(body):
    document = parsed(body)
    if isinstance(document, dict) and document.get("status") == "success":
        return

    with pytest.raises(NotWhatWasAsked):
        data_of(Answer(what="", status=200, body=body))


def answer(document):
    return Answer(what="", status=200, body=json.dumps(document).encode())


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ('"\\ud83d\\ude00"', "\U0001f600"),
        ('"\\ud83d"', "?"),
        ('"a\\u0000b"', "a b"),
        ('"a\\\\u0000b"', "a\\u0000b"),
        ('"\\UD800"', None),
    ],
)
def test_texts_are_what_a_database_takes(said, read):
    assert parsed(said.encode()) == parsed(said) == read


def test_what_is_not_there_is_the_same_in_every_way_of_saying_so():
    """A list and a single answer, two releases, the same booking."""
    absent = {k: v for k, v in GOOD.items() if k != "rescheduledToUid"}
    shown = {**GOOD, "guests": [], "location": None, "cancellationReason": "", "avatarUrl": "x"}

    versions = {READER.event(Row(raw=raw)).version for raw in (GOOD, absent, shown)}

    assert len(versions) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "Other"},
        {"status": "cancelled"},
        {"start": "2031-03-03T09:05:00.000Z"},
        {"location": "elsewhere"},
        {"description": "bring it"},
        {"attendees": [{"name": "Jane", "email": "jane@example.test", "absent": True}]},
        {"hosts": [{"id": 102, "email": "bob@example.test", "timeZone": "Europe/Berlin"}]},
        {"metadata": {}},
        {"absentHost": True},
        {"eventType": None},
    ],
)
def test_what_people_notice_is_another_version(changes):
    assert READER.event(Row(raw={**GOOD, **changes})).version != READER.event(Row(raw=GOOD)).version


def test_a_loss_is_named_and_an_addition_is_none():
    sent = Row(raw={"uid": "a", "start": "2031-03-03T09:00:00Z", "metadata": {"k": "v"}}).body
    kept = {"uid": "a", "start": "2031-03-03T09:00:00.000Z", "metadata": {"k": "v", "more": "x"}}

    assert losses(sent, Row(raw=kept).body) == ()
    assert losses(sent, Row(raw={**kept, "metadata": {}}).body) == ("metadata",)
    assert losses(sent, Row(raw={**kept, "start": "2031-03-03T09:01:00Z"}).body) == ("start",)
    assert losses(sent, "nonsense") == ("booking",)


def test_a_stored_body_of_another_kind_is_unreadable():
    for body in ("{}", '{"booking": []}', '{"booking": {}, "part": "x"}', '{"booking": {}}'):
        found = READER.stored(EventRef("x"), Version("1"), body)
        assert isinstance(found, Unreadable)


def test_a_booking_without_length_takes_no_time():
    found = READER.event(Row(raw={**GOOD, "end": GOOD["start"], "metadata": {}}))

    assert isinstance(found, RemoteEvent)
    assert not found.is_plain
    assert occurrences(found, EVER) == ()
    assert found.status is EventStatus.CONFIRMED
    assert found.when.end - found.when.start == timedelta(0)
