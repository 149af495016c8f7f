"""Laws of writing: what is drafted is read back, what is foreign stays, nothing is injected."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import icalendar
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from ical_bodies import REF, VERSION, a_body
from ical_strategies import drafts, foreign_bodies, words

from syncd.core.errors import Rejected
from syncd.core.events import Draft, EventStatus, RemoteEvent, Timed, agrees
from syncd.core.ids import Uid
from syncd_caldav.ical import patch, read_event, render

NOW = datetime(2031, 2, 3, 4, 5, 6, tzinfo=UTC)
STAMP = "20310203T040506Z"
OWNED = {
    *("DTSTART", "DTEND", "DURATION", "SUMMARY", "STATUS", "TRANSP", "SEQUENCE", "DTSTAMP"),
    *("LAST-MODIFIED", "X-SYNCD-ID"),
}
ONCE = Draft(
    uid=Uid("u"),
    start=datetime(2031, 3, 3, 9, tzinfo=UTC),
    end=datetime(2031, 3, 3, 10, tzinfo=UTC),
    zone="Europe/Berlin",
    title="Visit",
)


def read(body: str) -> RemoteEvent:
    found = read_event(REF, VERSION, body)
    assert isinstance(found, RemoteEvent), found
    return found


def shown(title: str) -> str:
    """A title as a calendar shows it: any line break is one, other controls are left out."""
    title = re.sub("\r\n|[\r\n\x0b\x0c\x85\u2028\u2029]", "\n", title)
    return re.sub(r"[\x00-\x08\x0e-\x1f\x7f]", "", title)


def raw_lines(body: str) -> list[str]:
    """Logical lines with their folds and line breaks, as they lie in the text."""
    return re.findall(r"[^\n]*\n(?:[ \t][^\n]*\n)*", body)


def name_of(raw: str) -> str:
    return re.split("[:;]", re.sub(r"\r?\n[ \t]", "", raw))[0].strip().upper()


@given(drafts())
def test_a_new_event_says_what_was_drafted(draft: Draft):
    event = read(render(draft, now=NOW))

    assert (event.uid, event.mark) == (draft.uid, draft.mark or None)
    assert (event.status, event.transparent) == (draft.status, draft.transparent)
    assert event.title.strip() == shown(draft.title or "").strip()
    assert isinstance(event.when, Timed)
    assert (event.when.start, event.when.end) == (draft.start, draft.end)
    assert event.is_plain


@given(drafts())
def test_a_new_event_means_the_same_to_another_reader(draft: Draft):
    calendar = icalendar.Calendar.from_ical(render(draft, now=NOW))

    (event,) = calendar.walk("VEVENT")
    written = (event.start.astimezone(UTC), event.end.astimezone(UTC))
    assert written == (draft.start, draft.end)
    assert str(event.get("SUMMARY", "")).strip() == shown(draft.title or "").strip()
    assert {component.name for component in calendar.walk()} <= {
        *("VCALENDAR", "VEVENT", "VTIMEZONE", "STANDARD", "DAYLIGHT")
    }
    assert set(event) <= OWNED | {"UID"}


@given(drafts())
@example(replace(ONCE, title="x\r\nATTACH:file:///etc/passwd"))
@example(replace(ONCE, title="x\nEND:VEVENT\nBEGIN:VALARM"))
@example(replace(ONCE, title="x\u2028ATTENDEE:mailto:a@b"))
def test_no_line_is_long_broken_inside_a_character_or_of_somebodys_making(draft: Draft):
    octets = render(draft, now=NOW).encode()

    assert octets.endswith(b"\r\n")
    assert b"\0" not in octets
    for line in octets.split(b"\r\n"):
        assert len(line) <= 75
        assert not re.search(rb"[\x00-\x08\x0a-\x1f]", line)
        line.decode()
    names = [name_of(raw) for raw in raw_lines(octets.decode())]
    assert len(names) == len(set(names) - {"BEGIN", "END"}) + names.count("BEGIN") * 2 or (
        "VTIMEZONE" in octets.decode()
    )
    assert not {"ATTACH", "ATTENDEE", "METHOD", "VALARM"} & set(names)


@pytest.mark.parametrize("size", range(50, 90))
@pytest.mark.parametrize("character", ["ü", "€", "🦷"])
def test_a_wide_character_at_any_edge_is_not_cut(size: int, character: str):
    title = "a" * size + character * 30

    octets = render(replace(ONCE, title=title), now=NOW).encode()

    assert all(len(line.decode().encode()) <= 75 for line in octets.split(b"\r\n"))
    assert read(octets.decode()).title == title


@given(foreign_bodies(), drafts(title=st.none() | words))
def test_a_patched_event_says_what_was_drafted(body: str, draft: Draft):
    event = read(patch(body, draft, now=NOW))

    title = read(body).title if draft.title is None else shown(draft.title)
    assert agrees(replace(draft, title=title), event)
    assert event.mark == (draft.mark or None)


@given(foreign_bodies(), drafts(title=st.none() | words))
def test_patching_leaves_every_foreign_line_as_it_lay(body: str, draft: Draft):
    patched = patch(body, draft, now=NOW)

    foreign = [raw for raw in raw_lines(body) if name_of(raw) not in OWNED]
    left = raw_lines(patched)
    added = re.search(r"BEGIN:VTIMEZONE.*?END:VTIMEZONE\r?\n", patched, re.DOTALL)
    if added:
        left = raw_lines(patched.replace(added[0], ""))
    assert [raw for raw in left if name_of(raw) not in OWNED] == foreign
    alarm = "SUMMARY:not the event's"
    assert patched.count(alarm) == body.count(alarm)


@given(foreign_bodies(), drafts(title=st.none() | words))
def test_patching_twice_is_patching_once(body: str, draft: Draft):
    once = patch(body, draft, now=NOW)

    assert patch(once, draft, now=NOW + timedelta(days=1)) == once


@given(foreign_bodies(), drafts(title=st.none() | words))
def test_a_patched_event_has_no_property_twice_and_a_higher_sequence(body: str, draft: Draft):
    patched = patch(body, draft, now=NOW)

    (event,) = icalendar.Calendar.from_ical(patched).walk("VEVENT")
    assert not any(isinstance(event[name], list) for name in OWNED & set(event))
    if patched != body:
        (before,) = icalendar.Calendar.from_ical(body).walk("VEVENT")
        assert event["SEQUENCE"] == before.get("SEQUENCE", 0) + 1
        assert f"DTSTAMP:{STAMP}" in patched


@given(foreign_bodies(), drafts())
def test_a_field_that_is_not_drafted_stays(body: str, draft: Draft):
    quiet = replace(draft, title=None, status=None, transparent=None, mark="")

    event, before = read(patch(body, quiet, now=NOW)), read(body)

    assert (event.title, event.status, event.transparent) == (
        *(before.title, before.status, before.transparent),
    )


@pytest.mark.parametrize("hour", [0, 1])
def test_a_wall_time_that_comes_twice_is_written_in_utc(hour: int):
    start = datetime(2031, 10, 26, hour, 30, tzinfo=UTC)

    body = render(replace(ONCE, start=start, end=start + timedelta(hours=2)), now=NOW)

    assert f"DTSTART:20311026T0{hour}3000Z" in body
    assert "VTIMEZONE" not in body


def test_a_moved_event_keeps_the_zone_that_shows_the_same_clock():
    body = a_body(
        "DTSTART;X-A=1;TZID=Europe/Paris:20310301T090000", "DTEND;TZID=Europe/Paris:20310301T100000"
    )

    patched = patch(body, replace(ONCE, title=None), now=NOW)

    assert "DTSTART;X-A=1;TZID=Europe/Paris:20310303T100000\r\n" in patched
    assert "VTIMEZONE" not in patched


def test_a_zone_that_is_new_to_the_object_comes_with_its_rules():
    body = a_body(
        "DTSTART;TZID=Asia/Tokyo:20310301T090000", "DTEND;TZID=Asia/Tokyo:20310301T100000"
    )

    patched = patch(body, ONCE, now=NOW)

    assert "TZID:Europe/Berlin\r\n" in patched
    assert patched.index("END:VTIMEZONE") < patched.index("BEGIN:VEVENT")
    assert "DTSTART;TZID=Europe/Berlin:20310303T100000\r\n" in patched


def test_a_shorter_event_keeps_its_duration_as_a_duration():
    body = a_body("DTSTART:20310303T090000Z", "DURATION;X-A=1:PT2H")

    patched = patch(body, ONCE, now=NOW)

    assert "DURATION:PT1H\r\n" in patched
    assert "DTEND" not in patched


def test_a_title_is_written_with_every_special_character_escaped():
    body = render(replace(ONCE, title="a,b;c\\d\ne"), now=NOW)

    assert "\r\nSUMMARY:a\\,b\\;c\\\\d\\ne\r\n" in body


def test_a_title_keeps_its_language_but_not_its_other_form():
    times = ("DTSTART:20310303T090000Z", "DTEND:20310303T100000Z")
    spoken = a_body(*times, "SUMMARY;LANGUAGE=de:Alt")
    linked = a_body(*times, 'SUMMARY;ALTREP="cid:old":Alt')

    assert "\r\nSUMMARY;LANGUAGE=de:Visit\r\n" in patch(spoken, ONCE, now=NOW)
    assert "\r\nSUMMARY:Visit\r\n" in patch(linked, ONCE, now=NOW)


def test_of_a_property_that_stands_twice_the_first_is_the_one():
    times = ("DTSTART:20310303T090000Z", "DTEND:20310303T100000Z")
    body = a_body(*times, "SUMMARY:First", "SUMMARY:Second")

    patched = patch(body, ONCE, now=NOW)

    assert read(body).title == "First"
    assert patched.index("SUMMARY:Visit") < patched.index("SUMMARY:Second")


@pytest.mark.parametrize("end", ["DTEND:20310303T120000Z", "DTEND;TZID=Asia/Tokyo:20310303T190000"])
def test_start_and_end_are_both_in_utc_or_neither(end: str):
    body = a_body("DTSTART;TZID=Europe/Berlin:20310303T090000", end)

    patched = patch(body, ONCE, now=NOW)

    lines = [line for line in patched.splitlines() if line.startswith(("DTSTART", "DTEND"))]
    assert len({line.endswith("Z") for line in lines}) == 1


def test_an_empty_title_takes_the_title_away():
    body = a_body("DTSTART:20310303T090000Z", "DTEND:20310303T100000Z", "SUMMARY:Jane Doe, 1971")

    assert "SUMMARY" not in patch(body, replace(ONCE, title=""), now=NOW)
    assert "SUMMARY" not in render(replace(ONCE, title=""), now=NOW)


@pytest.mark.parametrize(
    "lines",
    [
        ("DTSTART;VALUE=DATE:20310303",),
        ("DTSTART:20310303T090000", "DTEND:20310303T100000"),
        ("DTSTART:20310303T090000Z", "DTEND:20310303T100000Z", "RRULE:FREQ=DAILY"),
        ("DTSTART:20310303T090000Z",),
        ("DTSTART:nonsense",),
    ],
)
def test_what_is_not_one_plain_event_is_not_patched(lines: tuple[str, ...]):
    with pytest.raises(Rejected):
        patch(a_body(*lines), ONCE, now=NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {"end": ONCE.start},
        {"end": ONCE.start - timedelta(minutes=1)},
        {"zone": "Europe/Nowhere"},
        {"zone": "../../etc/passwd"},
        {"zone": "Europe/Berlin\r\nATTACH:x"},
        {"mark": "a;b"},
        {"mark": "a\r\nATTACH:x"},
    ],
)
def test_a_draft_that_cannot_be_an_event_is_rejected(changes: dict[str, object]):
    draft = replace(ONCE, **changes)  # type: ignore[arg-type]

    with pytest.raises(Rejected):
        render(draft, now=NOW)
    with pytest.raises(Rejected):
        patch(render(ONCE, now=NOW), draft, now=NOW)


def test_without_a_status_a_new_event_is_confirmed_and_opaque():
    event = read(render(replace(ONCE, status=None, transparent=None), now=NOW))

    assert (event.status, event.transparent) == (EventStatus.CONFIRMED, False)
