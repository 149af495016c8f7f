"""Drawn values for the laws about iCalendar: drafts, foreign lines, foreign ways of writing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from syncd.core.events import Draft, EventStatus
from syncd.core.ids import Uid

ZONES = (
    *("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Europe/Dublin"),
    *("Africa/Casablanca", "Asia/Gaza", "America/Nuuk", "Asia/Kathmandu", "America/Santiago"),
    *("America/Havana", "Asia/Beirut", "Pacific/Apia", "Antarctica/Troll", "UTC", "Etc/UTC"),
)

# Near the changes of clocks too, where most can go wrong.
_turns = [
    datetime(2026, 3, 29, tzinfo=UTC),
    datetime(2026, 10, 25, tzinfo=UTC),
    datetime(2031, 11, 2, 4, tzinfo=UTC),
    datetime(2031, 4, 5, 14, tzinfo=UTC),
    datetime(2031, 10, 26, tzinfo=UTC),
]
instants = st.one_of(
    st.integers(0, 20 * 366 * 24 * 4).map(
        lambda quarter: datetime(2020, 1, 1, tzinfo=UTC) + quarter * timedelta(minutes=15)
    ),
    st.builds(
        lambda turn, quarter: turn + quarter * timedelta(minutes=15),
        st.sampled_from(_turns),
        st.integers(0, 12),
    ),
)
lengths = st.integers(1, 4 * 60).map(lambda minutes: timedelta(minutes=minutes))

words = st.text(
    st.one_of(
        st.sampled_from('ab ,;:\\"\n\r\t\x07\x00\x85\u2028é😀🦷'),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=90,
)
zones = st.sampled_from(ZONES)


@st.composite
def drafts(draw: st.DrawFn, *, title: st.SearchStrategy[str | None] = words) -> Draft:
    start = draw(instants)
    return Draft(
        uid=Uid("0b1e9a2c-0000-5000-8000-000000000001"),
        start=start,
        end=start + draw(lengths),
        zone=draw(zones),
        title=draw(title),
        status=draw(st.sampled_from(EventStatus)),
        transparent=draw(st.booleans()),
        mark=draw(st.sampled_from(["", "a3f0", "0b1e9a2c-0000-5000-8000-000000000002"])),
    )


_names = st.sampled_from(
    ["X-COLOR", "DESCRIPTION", 'ATTENDEE;CN="A: B"', "x-Mixed;B=2;a=1", "URL", "COMMENT", "ATTACH"]
)
_values = st.text(
    st.one_of(
        st.sampled_from('ab ,;:\\"é😀\t'),
        st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]),
    ),
    min_size=1,
    max_size=120,
)
foreign_lines = st.lists(st.builds("{}:{}".format, _names, _values), max_size=6)

_ALARM = "BEGIN:VALARM\nACTION:DISPLAY\nSUMMARY:not the event's\nTRIGGER:-PT15M\nEND:VALARM"


@st.composite
def foreign_bodies(draw: st.DrawFn) -> str:
    """A plain event of somebody else, folded anywhere, with either line break."""
    start, zone = draw(instants), draw(zones)
    end = start + draw(lengths)
    if draw(st.booleans()):
        times = [f"DTSTART:{start:%Y%m%dT%H%M%SZ}", f"DTEND:{end:%Y%m%dT%H%M%SZ}"]
    else:
        local = start.astimezone(ZoneInfo(zone))
        minutes = (end - start) // timedelta(minutes=1)
        times = [f"DTSTART;TZID={zone}:{local:%Y%m%dT%H%M%S}", f"duration:PT{minutes}M"]
    optional = ["SUMMARY;LANGUAGE=en:Old title", "STATUS:TENTATIVE", "TRANSP:TRANSPARENT"]
    optional += ["SEQUENCE:7", "LAST-MODIFIED:20300101T000000Z", "", "CLASS:PRIVATE"]
    lines = [*times, "UID:foreign", "DTSTAMP:20300101T000000Z", *draw(foreign_lines)]
    lines += [line for line in optional if draw(st.booleans())]
    lines = draw(st.permutations(lines))
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "X-WR-CALNAME:Work", "BEGIN:VEVENT", *lines]
    lines += _ALARM.split("\n") if draw(st.booleans()) else []
    lines += ["END:VEVENT", "END:VCALENDAR", ""]
    newline = draw(st.sampled_from(["\r\n", "\n"]))
    return newline.join(draw(folded_anywhere(line, newline)) for line in lines)


@st.composite
def folded_anywhere(draw: st.DrawFn, line: str, newline: str) -> str:
    cuts = sorted(draw(st.lists(st.integers(1, max(len(line), 1)), max_size=2, unique=True)))
    pieces = [line[start:end] for start, end in zip([0, *cuts], [*cuts, None], strict=True)]
    blank = draw(st.sampled_from([" ", "\t"]))
    return (
        f"{newline}{blank}".join(pieces) if line and not line.startswith(("BEGIN", "END")) else line
    )
