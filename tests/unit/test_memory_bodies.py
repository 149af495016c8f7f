"""What the calendar in memory stores is read back, patched and repeated as it was written."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from memory_events import BERLIN

from syncd.core.events import EventStatus, RemoteEvent, Timed, agrees
from syncd.core.ids import EventRef, Uid
from syncd.core.time import Interval
from syncd.testing import ForeignEvent, MemoryCalendar, MemoryProvider, Repeat
from syncd.testing.builders import HALF_HOUR, a_draft, utc
from syncd.testing.foreign import occurrences_of
from syncd.testing.memory_body import MemoryEvent, from_text, patch, to_text

TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
INSTANTS = st.datetimes(datetime(2000, 1, 1), datetime(2060, 1, 1)).map(  # noqa: DTZ001  a zone follows
    lambda each: each.replace(tzinfo=UTC, microsecond=0)
)
ZONES = st.sampled_from(
    ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Europe/Dublin", "UTC"]
)
CONTENTS = st.builds(
    ForeignEvent,
    start=INSTANTS,
    end=INSTANTS,
    title=TEXT,
    note=st.none() | TEXT.filter(bool),
    transparent=st.booleans(),
    status=st.sampled_from(EventStatus),
    properties=st.lists(st.tuples(TEXT, TEXT), max_size=3).map(tuple),
)


@given(CONTENTS)
def test_a_body_is_read_back_as_it_was_written(content: ForeignEvent) -> None:
    event = MemoryEvent(uid=Uid("u"), content=content)

    assert from_text(to_text(event)) == event


@given(CONTENTS, INSTANTS, ZONES, st.none() | TEXT)
def test_patching_writes_the_draft_and_leaves_the_rest(
    content: ForeignEvent, start: datetime, zone: str, title: str | None
) -> None:
    draft = a_draft(start=start, zone=zone, title=title)
    body = to_text(MemoryEvent(uid=Uid("u"), content=content))

    patched = from_text(patch(body, draft))

    event = MemoryProvider(MemoryCalendar()).read(EventRef("r"), "v", patch(body, draft))
    assert isinstance(event, RemoteEvent)
    assert agrees(draft, event)
    assert isinstance(event.when, Timed)
    assert (patched.content.note, patched.content.properties) == (content.note, content.properties)
    assert patch(patch(body, draft), draft) == patch(body, draft)


@given(
    st.dates(date(2030, 1, 1), date(2031, 12, 31)),
    st.integers(1, 30),
    st.integers(1, 60),
    st.integers(0, 400),
)
def test_occurrences_are_the_same_however_the_horizon_is_cut(
    first: date, every: int, count: int, cut: int
) -> None:
    start = datetime(first.year, first.month, first.day, 9, 0)  # noqa: DTZ001  a wall-clock time
    event = ForeignEvent(
        start=start,
        end=start + HALF_HOUR,
        zone="Europe/Berlin",
        repeat=Repeat(every_days=every, count=count),
    )
    whole = Interval(utc("2030-01-01"), utc("2038-01-01"))
    middle = utc("2030-01-01") + timedelta(days=1 + cut)

    def found(horizon: Interval) -> list[Interval]:
        return occurrences_of(event, horizon, BERLIN, limit=5000) or []

    halves = found(Interval(whole.start, middle)) + found(Interval(middle, whole.end))
    assert halves == found(whole)
    assert len(found(whole)) == count
