"""Meaning apart from spelling: what servers rewrite is equal, what they destroy is not."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ical_bodies import REF, VERSION, a_body, corpus
from ical_strategies import foreign_bodies

from syncd.core.events import RemoteEvent
from syncd_caldav.ical import losses, read_event, semantic_digest

TIMES = ("DTSTART:20310303T090000Z", "DTEND:20310303T100000Z")

HARMLESS = [
    ("", "CLASS:PUBLIC"),
    ("", "TRANSP:OPAQUE"),
    ("", "PRIORITY:0"),
    ("", "LOCATION:"),
    ("", "CREATED:20310101T000000Z"),
    ("SEQUENCE:1", "SEQUENCE:2"),
    ("SUMMARY:a", "summary:a  "),
    ("SUMMARY:a\\,b\\;c\\nd", "SUMMARY:a,b;c\\Nd"),
    ("CATEGORIES:a,b", "CATEGORIES:b\r\nCATEGORIES:a"),
    (
        "EXDATE:20310303T090000Z,20310304T090000Z",
        "EXDATE:20310304T090000Z\r\nEXDATE:20310303T090000Z",
    ),
    ("GEO:52.1;4.3", "GEO:52.100000;4.300000"),
    ("GEO:52.1;4.3", "GEO:52.1\\;4.3"),
    ("X-A:a,b;c:d", "X-A:a\\,b\\;c:d"),
    ("X-A:trailing", "X-A:trailing  "),
    ("RRULE:FREQ=WEEKLY;BYDAY=MO,TU;INTERVAL=1", "RRULE:BYDAY=TU,MO;FREQ=WEEKLY;WKST=MO"),
    ("DURATION:PT60M", "DURATION:PT1H"),
    ("ATTENDEE;CN=A;PARTSTAT=ACCEPTED:mailto:a@b", 'ATTENDEE;PARTSTAT=accepted;CN="A":MAILTO:a@b'),
    ("ATTENDEE:mailto:a@b", "ATTENDEE;RSVP=FALSE;SCHEDULE-STATUS=1.2;CUTYPE=INDIVIDUAL:mailto:a@b"),
    ("RDATE;VALUE=DATE-TIME:20310303T090000Z", "RDATE:20310303T090000Z"),
    ("SUMMARY:long words in a line", "SUMMARY:long words\r\n  in a \r\n line"),
]
HARMFUL = [
    ("X-A:comma,semi;colon:x", "X-A:comma", ("X-A",)),
    ("X-A:geo:52.1,4.3", "", ("X-A",)),
    ("SUMMARY:a", "SUMMARY:b", ("SUMMARY",)),
    ("SUMMARY:a b", "SUMMARY:ab", ("SUMMARY",)),
    ("SUMMARY:a\\\\n", "SUMMARY:a\\n", ("SUMMARY",)),
    ("TRANSP:TRANSPARENT", "", ("TRANSP",)),
    ("CLASS:PRIVATE", "CLASS:PUBLIC", ("CLASS",)),
    ("CATEGORIES:a,b", "CATEGORIES:a", ("CATEGORIES",)),
    ("CATEGORIES:a\\,b", "CATEGORIES:a,b", ("CATEGORIES",)),
    ("EXDATE:20310303T090000Z,20310304T090000Z", "EXDATE:20310303T090000Z", ("EXDATE",)),
    ("GEO:52.1;4.3", "GEO:52.2;4.3", ("GEO",)),
    ("RRULE:FREQ=WEEKLY;COUNT=3", "RRULE:FREQ=WEEKLY", ("RRULE",)),
    ("ATTENDEE;PARTSTAT=ACCEPTED:mailto:a@b", "ATTENDEE:mailto:a@b", ("ATTENDEE",)),
    ("BEGIN:X-PART\r\nX-A:1\r\nEND:X-PART", "", ("X-PART",)),
    (
        "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT15M\r\nEND:VALARM",
        "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT10M\r\nEND:VALARM",
        ("VALARM/TRIGGER",),
    ),
    ("COMMENT:a\r\nCOMMENT:a", "COMMENT:a", ("COMMENT",)),
]


@pytest.mark.parametrize(("sent", "kept"), HARMLESS)
def test_a_harmless_rewriting_is_no_change(sent: str, kept: str):
    before, after = (a_body(*TIMES, *(line,) * bool(line)) for line in (sent, kept))

    assert semantic_digest(before) == semantic_digest(after)
    assert losses(before, after) == losses(after, before) == ()


@pytest.mark.parametrize(("sent", "kept", "names"), HARMFUL)
def test_a_harmful_rewriting_is_named(sent: str, kept: str, names: tuple[str, ...]):
    before, after = (a_body(*TIMES, *(line,) * bool(line)) for line in (sent, kept))

    assert semantic_digest(before) != semantic_digest(after)
    assert losses(before, after) == names


def test_a_body_that_became_literally_null_lost_everything():
    assert losses(a_body(*TIMES), "(null)") == ("VCALENDAR",)
    assert semantic_digest("(null)") == ""


def test_an_organizer_who_is_not_an_attendee_any_more_is_no_loss():
    own = ("ORGANIZER:mailto:a@b", "ATTENDEE:MAILTO:A@b", "ATTENDEE:mailto:c@d")

    assert losses(a_body(*TIMES, *own), a_body(*TIMES, own[0], own[2])) == ()
    assert losses(a_body(*TIMES, *own), a_body(*TIMES, *own[:2])) == ("ATTENDEE",)


def test_a_floating_time_that_became_utc_is_a_loss():
    sent, kept = (a_body(f"DTSTART{zone}:20310303T090000") for zone in ("", ";TZID=Etc/UTC"))

    assert losses(sent, kept) == ("DTSTART",)


def test_a_zone_of_the_objects_own_counts_as_far_as_it_says_when():
    body = corpus()["exchange-custom-zone"].decode()
    later = body.replace("TZOFFSETTO:+0330", "TZOFFSETTO:+0430")
    renamed = body.replace("BEGIN:DAYLIGHT\r\n", "BEGIN:DAYLIGHT\r\nTZNAME:Summer\r\n")

    assert semantic_digest(body) != semantic_digest(later)
    assert semantic_digest(body) == semantic_digest(renamed)


@given(foreign_bodies(), st.randoms(use_true_random=False))
def test_order_folding_and_stamps_do_not_matter(body: str, random):
    lines = re.sub(r"\r?\n[ \t]", "", body).splitlines()
    begin, end = (
        lines.index("BEGIN:VEVENT") + 1,
        min(lines.index(each) for each in ("BEGIN:VALARM", "END:VEVENT") if each in lines),
    )
    own = [*lines[begin:end], "CREATED:20000101T000000Z"]
    random.shuffle(own)
    folded = ["\r\n ".join(re.findall(".{1,7}", line)) for line in own]

    rewritten = "\r\n".join([*lines[:begin], *folded, *lines[end:], ""])

    assert semantic_digest(rewritten) == semantic_digest(body)
    assert losses(body, rewritten) == losses(rewritten, body) == ()


@given(foreign_bodies(), st.data())
def test_any_changed_letter_of_a_value_matters(body: str, data: st.DataObject):
    text = re.sub(r"\r?\n[ \t]", "", body)
    names = "DESCRIPTION|COMMENT|X-COLOR|URL|ATTACH|UID|DTSTART"
    spots = [
        line.start(1) + letter.start()
        for line in re.finditer(rf"^(?:{names})[^:\n]*:(.*)$", text, re.MULTILINE)
        for letter in re.finditer(r"(?<!\\)[a-z0-9]", line[1])
    ]
    spot = data.draw(st.sampled_from(spots))

    changed = text[:spot] + ("5" if text[spot] == "4" else "4") + text[spot + 1 :]

    assert semantic_digest(changed) != semantic_digest(body)
    assert losses(body, changed) != ()


@given(foreign_bodies())
def test_an_event_carries_the_digest_of_its_body(body: str):
    event = read_event(REF, VERSION, body)

    assert isinstance(event, RemoteEvent)
    assert event.digest == semantic_digest(body) != ""
    assert losses(body, body) == ()
