"""Reading one event: every way to say when it is, what cannot be read, and the limits."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime

import pytest
from ical_bodies import REF, VERSION, a_body, an_event, why_unreadable

from syncd.core.events import AllDay, Attendance, Floating, RemoteEvent, Timed
from syncd_caldav.ical import NotAnEvent, read_event

START = "DTSTART:20310303T090000Z"
END = "DTEND:20310303T100000Z"
CUSTOM = (
    "BEGIN:VTIMEZONE\r\nTZID:Ours\r\n"
    "BEGIN:STANDARD\r\nDTSTART:20001029T030000\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\n"
    "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\nEND:STANDARD\r\n"
    "BEGIN:DAYLIGHT\r\nDTSTART:20000326T020000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\n"
    "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\nEND:DAYLIGHT\r\nEND:VTIMEZONE\r\n"
)

RULES = (
    "BEGIN:STANDARD\r\nDTSTART:20001029T030000\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\n"
    "RRULE:FREQ=YEARLY;BYMONTH=10\r\nEND:STANDARD\r\n"
)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+00:00")


def local(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("lines", "when"),
    [
        ((START, END), Timed(utc("2031-03-03T09:00"), utc("2031-03-03T10:00"))),
        ((START,), Timed(utc("2031-03-03T09:00"), utc("2031-03-03T09:00"))),
        ((START, "DURATION:PT90M"), Timed(utc("2031-03-03T09:00"), utc("2031-03-03T10:30"))),
        ((START, "DURATION:P1W"), Timed(utc("2031-03-03T09:00"), utc("2031-03-10T09:00"))),
        (
            (START, "DTEND:20310303T080000Z"),
            Timed(utc("2031-03-03T09:00"), utc("2031-03-03T08:00")),
        ),
        (
            ("DTSTART;VALUE=DATE:20310303",),
            AllDay(date(2031, 3, 3), date(2031, 3, 4)),
        ),
        (
            ("DTSTART;VALUE=DATE:20310303", "DTEND;VALUE=DATE:20310303"),
            AllDay(date(2031, 3, 3), date(2031, 3, 4)),
        ),
        (
            ("DTSTART;VALUE=DATE:20310303", "DURATION:P2D"),
            AllDay(date(2031, 3, 3), date(2031, 3, 5)),
        ),
        (
            ("DTSTART:20310303T090000", "DURATION:PT1H"),
            Floating(local("2031-03-03T09:00"), local("2031-03-03T10:00")),
        ),
        (
            ("DTSTART;TZID=Europe/Berlin:20310303T090000", "DTEND:20310303T090000Z"),
            Timed(utc("2031-03-03T08:00"), utc("2031-03-03T09:00"), "Europe/Berlin"),
        ),
        (
            ("DTSTART;TZID=Europe/Berlin:20310303T090000", "DTEND:20310303T100000"),
            Timed(utc("2031-03-03T08:00"), utc("2031-03-03T09:00"), "Europe/Berlin"),
        ),
        (  # an instant needs no zone, whatever the line says
            ("DTSTART;TZID=Europe/Berlin:20310303T090000Z", END),
            Timed(utc("2031-03-03T09:00"), utc("2031-03-03T10:00")),
        ),
        (  # a flight
            (
                "DTSTART;TZID=Europe/Berlin:20310303T090000",
                "DTEND;TZID=America/New_York:20310303T110000",
            ),
            Timed(utc("2031-03-03T08:00"), utc("2031-03-03T16:00"), "Europe/Berlin"),
        ),
        (  # a leap second
            (START, "DTEND:20310303T235960Z"),
            Timed(utc("2031-03-03T09:00"), utc("2031-03-03T23:59:59")),
        ),
        (  # a day on the clock, 25 hours in truth
            ("DTSTART;TZID=Europe/Berlin:20311025T120000", "DURATION:P1D"),
            Timed(utc("2031-10-25T10:00"), utc("2031-10-26T11:00"), "Europe/Berlin"),
        ),
        (  # 24 hours in truth
            ("DTSTART;TZID=Europe/Berlin:20311025T120000", "DURATION:PT24H"),
            Timed(utc("2031-10-25T10:00"), utc("2031-10-26T10:00"), "Europe/Berlin"),
        ),
    ],
)
def test_every_way_to_say_when_an_event_is_means_what_rfc_5545_says(lines, when):
    assert an_event(*lines).when == when


@pytest.mark.parametrize(
    ("tzid", "zone"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        ('"Europe/Berlin"', "Europe/Berlin"),
        ("europe/berlin", "Europe/Berlin"),
        ("/Europe/Berlin", "Europe/Berlin"),
        ("/mozilla.org/20050126_1/Europe/Berlin", "Europe/Berlin"),
        ("/freeassociation.sourceforge.net/Europe/Berlin", "Europe/Berlin"),
        ("/softwarestudio.org/Tzfile/Europe/Berlin", "Europe/Berlin"),
        ("/citadel.org/20250101_1/America/Argentina/Ushuaia", "America/Argentina/Ushuaia"),
        ("W. Europe Standard Time", "Europe/Berlin"),
        ('"tzone://Microsoft/W. Europe Standard Time"', "Europe/Berlin"),
        ("Etc/UTC", "Etc/UTC"),
    ],
)
def test_a_zone_is_known_by_many_names(tzid: str, zone: str):
    when = an_event(f"DTSTART;TZID={tzid}:20310703T090000", "DURATION:PT1H").when

    assert isinstance(when, Timed)
    assert when.zone == zone
    assert when.start == utc(
        "2031-07-03T09:00" if zone == "Etc/UTC" else when.start.isoformat()[:16]
    )


@pytest.mark.parametrize(
    ("wall", "start"),
    [
        ("20310103T090000", "2031-01-03T08:00"),
        ("20310703T090000", "2031-07-03T07:00"),
        ("20310330T015959", "2031-03-30T00:59:59"),
        ("20310330T020000", "2031-03-30T01:00"),
        ("20310330T023000", "2031-03-30T01:30"),
        ("20310330T030000", "2031-03-30T01:00"),
        ("20311026T015959", "2031-10-25T23:59:59"),
        ("20311026T020000", "2031-10-26T00:00"),
        ("20311026T025959", "2031-10-26T00:59:59"),
        ("20311026T030000", "2031-10-26T02:00"),
        ("19990703T090000", "1999-07-03T08:00"),  # before its first rule begins
    ],
)
def test_a_zone_that_nobody_knows_follows_its_own_rules(wall: str, start: str):
    event = an_event(f"DTSTART;TZID=Ours:{wall}", "DURATION:PT1H", around=CUSTOM)

    assert isinstance(event.when, Timed)
    assert (event.when.start, event.when.zone) == (utc(start), None)


def test_a_name_that_iana_knows_has_the_rules_of_iana_whatever_the_object_says():
    lying = CUSTOM.replace("TZID:Ours", "TZID:Asia/Tokyo")

    event = an_event("DTSTART;TZID=Asia/Tokyo:20310703T090000", "DURATION:PT1H", around=lying)

    assert event.when == Timed(utc("2031-07-03T00:00"), utc("2031-07-03T01:00"), "Asia/Tokyo")


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ((END,), "no DTSTART"),
        (("DTSTART:2031-03-03",), "a date or time that cannot be read"),
        (("DTSTART:20310230T090000Z",), "a date or time that does not exist"),
        (("DTSTART:20310303T250000Z",), "a date or time that does not exist"),
        (("DTSTART:٢٠٣١٠٣٠٣",), "a date or time that does not exist"),
        (("DTSTART:2031-W01T090000",), "a date or time that cannot be read"),
        (("DTSTART;TZID=Nowhere/Land:20310303T090000",), "a time zone that is neither known"),
        ((START, "DURATION:1 hour"), "a duration that cannot be read"),
        ((START, "DURATION:P9999999D"), "an end beyond the year 9999"),
        ((START, "DTEND;VALUE=DATE:20310304"), "DTSTART and DTEND of different kinds"),
        (("DTSTART:20310303T090000", END), "DTSTART and DTEND of different kinds"),
        (("DTSTART;TZID=Asia/Tokyo:00010101T000000",), "a date or time that does not exist"),
    ],
)
def test_what_says_no_time_is_unreadable_with_its_reason(lines, reason):
    assert why_unreadable(a_body(*lines)).startswith(reason)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("", "not an iCalendar object"),
        ("(null)", "not an iCalendar object"),
        ("<html><body>Sign in</body></html>", "not an iCalendar object"),
        ("BEGIN:VCARD\r\nEND:VCARD\r\n", "not an iCalendar object"),
        (a_body(START, END)[:-30], "ends in the middle of a component"),
        (a_body(START, END) * 2, "more than one VCALENDAR"),
        (a_body(START, END).replace("END:VEVENT", "END:VTODO"), "END without its BEGIN"),
        (a_body(START, END).replace("UID:one\r\n", ""), "no UID"),
        (a_body(START, END).replace("UID:one", "UID:  "), "no UID"),
        (a_body(START, changed=((START,),)), "two events under one UID"),
        (
            a_body(START, "X-A:1").replace("X-A:1", "END:VEVENT\r\nBEGIN:VEVENT\r\nUID:two"),
            "two UIDs",
        ),
    ],
)
def test_what_is_not_one_event_is_unreadable_with_its_reason(body: str, reason: str):
    assert why_unreadable(body).startswith(reason)


@pytest.mark.parametrize("kind", ["VTODO", "VJOURNAL", "VFREEBUSY"])
def test_other_components_are_not_events(kind: str):
    body = a_body(START).replace("VEVENT", kind)

    assert read_event(REF, VERSION, body) == NotAnEvent(REF, VERSION, kind)


ME = frozenset({"patel@clinic.example", "/principals/patel/"})
BOSS = "ORGANIZER:mailto:boss@clinic.example"


@pytest.mark.parametrize(
    ("lines", "owner", "attendance"),
    [
        ((), ME, Attendance.OWN),
        ((BOSS, "ATTENDEE:mailto:Patel@clinic.example"), ME, Attendance.INVITED),
        ((BOSS, "ATTENDEE:MAILTO:patel@clinic.example"), ME, Attendance.INVITED),
        ((BOSS, "ATTENDEE;EMAIL=patel@clinic.example:urn:uuid:1"), ME, Attendance.INVITED),
        ((BOSS, "ATTENDEE:/principals/patel/"), ME, Attendance.INVITED),
        ((BOSS, "ATTENDEE;PARTSTAT=declined:mailto:patel@clinic.example"), ME, Attendance.DECLINED),
        ((BOSS, "ATTENDEE:mailto:other@clinic.example"), ME, Attendance.OWN),
        ((BOSS, "ATTENDEE:mailto:patel@clinic.example"), frozenset(), Attendance.OWN),
        (
            ("ORGANIZER:mailto:patel@clinic.example", "ATTENDEE:mailto:patel@clinic.example"),
            frozenset({"mailto:patel@clinic.example"}),
            Attendance.OWN,
        ),
    ],
)
def test_the_owners_part_is_told_by_organizer_and_attendees(lines, owner, attendance):
    assert an_event(START, END, *lines, owner=owner).attendance is attendance


@pytest.mark.parametrize(
    ("lines", "transparent"),
    [
        ((), False),
        (("TRANSP:TRANSPARENT",), True),
        (("TRANSP:transparent",), True),
        (("X-MICROSOFT-CDO-BUSYSTATUS:FREE",), True),
        (("X-MICROSOFT-CDO-BUSYSTATUS:OOF",), False),
        # The standard property wins: when in doubt, time is taken.
        (("TRANSP:OPAQUE", "X-MICROSOFT-CDO-BUSYSTATUS:FREE"), False),
    ],
)
def test_free_time_is_told_by_transp_or_else_by_outlook(lines, transparent):
    assert an_event(START, END, *lines).transparent is transparent


def test_properties_of_an_alarm_are_not_those_of_the_event():
    event = an_event(
        START, END, "BEGIN:VALARM", "SUMMARY:Alarm", "RRULE:FREQ=DAILY", "END:VALARM", "SUMMARY:Own"
    )

    assert (event.title, event.recurring) == ("Own", False)


def test_control_characters_are_read_over_and_nul_is_kept_nowhere():
    event = an_event(START, END, "SUMMARY:a\x00b\x07c\td\\ne", "X-A:\x00")

    assert event.title == "abc\td\ne"
    assert "\x00" not in event.body


def test_a_byte_order_mark_is_read_over():
    assert isinstance(read_event(REF, VERSION, "\ufeff" + a_body(START, END)), RemoteEvent)
    assert isinstance(
        read_event(REF, VERSION, b"\xef\xbb\xbf" + a_body(START).encode()), RemoteEvent
    )


def bombs() -> dict[str, tuple[str | bytes, str]]:
    body = a_body(START, END, "X-BOMB:@")
    nest = "BEGIN:X-A\r\n" * 5_000 + "END:X-A\r\n" * 5_000
    zone = a_body("DTSTART;TZID=Ours:20310303T090000", around=CUSTOM)
    return {
        "20 MB": (body.replace("@", "x" * 20_000_000), "larger than 1024 KiB"),
        "20 MB of octets": (body.replace("@", "x" * 20_000_000).encode(), "larger than 1024 KiB"),
        "many octets in few characters": (body.replace("@", "🦷" * 300_000), "larger than 1024"),
        "a large event": (body.replace("@", "x" * 300_000), "an event larger than 256 KiB"),
        "700,000 folds": (body.replace("@", "\r\n " * 300_000), "more than 40000 lines"),
        "deep": (body.replace("X-BOMB:@\r\n", nest), "too many or too deeply nested"),
        "nine deep": (
            body.replace("X-BOMB:@\r\n", "BEGIN:X-A\r\n" * 7 + "END:X-A\r\n" * 7),
            "too many or too deeply nested",
        ),
        "wide": (
            body.replace("X-BOMB:@\r\n", "BEGIN:X-A\r\nEND:X-A\r\n" * 5_000),
            "too many or too deeply nested",
        ),
        "quotes": (body.replace("X-BOMB:@", 'X-BOMB;A="' * 20_000), ""),
        "parameters": (body.replace("X-BOMB:@", "ATTENDEE" + ";A=1" * 50_000 + ":x"), ""),
        "backslashes": (body.replace("X-BOMB:@", "SUMMARY:" + "\\" * 200_000), ""),
        "a zone of every second": (
            zone.replace("YEARLY;BYMONTH=10;BYDAY=-1SU", "SECONDLY"),
            "a time zone rule that is not yearly",
        ),
        "a zone of 30 February": (
            zone.replace("BYMONTH=10;BYDAY=-1SU", "BYMONTH=2;BYMONTHDAY=30"),
            "a time zone rule that is not yearly",
        ),
        "a zone of many rules": (
            zone.replace("BEGIN:DAYLIGHT", RULES * 1_000 + "BEGIN:DAYLIGHT"),
            "a time zone without rules, or with too many",
        ),
        "a zone of many dates": (
            zone.replace(
                "BEGIN:DAYLIGHT\r\n", "BEGIN:DAYLIGHT\r\n" + "RDATE:20310101T000000\r\n" * 999
            ),
            "a time zone without rules, or with too many",
        ),
        "a zone in every year": (
            a_body(
                "DTSTART;TZID=Ours:20310303T090000",
                changed=tuple(
                    (f"RECURRENCE-ID:{year}0101T000000Z", f"DTSTART;TZID=Ours:{year}0101T000000")
                    for year in range(1000, 1999)
                ),
                around=CUSTOM.replace("BEGIN:DAYLIGHT", RULES * 22 + "BEGIN:DAYLIGHT", 1),
            ),
            "",
        ),
        "too many changes": (
            a_body(START, changed=(("RECURRENCE-ID:20310303T090000Z", START),) * 1_001),
            "more than 1000 changed occurrences",
        ),
        "a name of 200,000 letters": (
            a_body(f"DTSTART;TZID={'x' * 200_000}:20310303T090000"),
            "a time zone that is neither known nor described",
        ),
    }


@pytest.mark.parametrize("name", bombs())
def test_a_bomb_is_read_or_refused_at_once(name: str):
    body, reason = bombs()[name]
    begun = time.process_time()

    found = read_event(REF, VERSION, body, owner=ME)

    assert time.process_time() - begun < 3.0
    assert (getattr(found, "reason", "") or "").startswith(reason)
    assert bool(reason) is not isinstance(found, RemoteEvent)


def test_an_event_just_within_the_limits_is_read():
    event = an_event(START, END, "DESCRIPTION:" + "x" * 250_000)

    assert event.when == Timed(
        datetime(2031, 3, 3, 9, tzinfo=UTC), datetime(2031, 3, 3, 10, tzinfo=UTC)
    )
