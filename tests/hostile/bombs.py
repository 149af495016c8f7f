"""Input made to cost as much as it can. What it does cost, `measuring` says."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from typing import NamedTuple

HEAD = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n"
TIMES = b"UID:1\r\nDTSTART:20310303T090000Z\r\nDTEND:20310303T100000Z\r\n"
KIB, MIB = 1 << 10, 1 << 20
MULTISTATUS = b'<d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">'
LAUGHS = b'<!DOCTYPE m [<!ENTITY a "haha">' + b"".join(
    b'<!ENTITY %c "%s">' % (ord("b") + at, b"&%c;" % (ord("a") + at) * 10) for at in range(9)
)


class Bomb(NamedTuple):
    """The target that it is for, how it is made, and by which bounds it is judged. The heavy ones
    are left to `make fuzz`: they are within their bounds, and take long all the same."""

    target: str
    made: Callable[[], bytes]
    size: str = "item"
    heavy: bool = False


def event(*lines: bytes, around: bytes = b"", times: bytes = TIMES) -> bytes:
    inner = b"".join(line + b"\r\n" for line in lines)
    return HEAD + around + b"BEGIN:VEVENT\r\n" + times + inner + b"END:VEVENT\r\nEND:VCALENDAR\r\n"


def changed(count: int, scope: bytes = b"") -> bytes:
    """A daily event and so many changed occurrences."""
    parts = [
        b"BEGIN:VEVENT\r\nUID:1\r\nRECURRENCE-ID%s:2031%02d%02dT%02d0000Z\r\n"
        b"DTSTART:20310310T%02d3000Z\r\nDURATION:PT5M\r\nEND:VEVENT\r\n"
        % (scope, at // 576 + 1, at // 24 % 24 + 1, at % 24, at % 24)
        for at in range(count)
    ]
    return event(b"RRULE:FREQ=HOURLY;BYMINUTE=0").replace(
        b"END:VCALENDAR", b"".join(parts) + b"END:VCALENDAR"
    )


def zone(*lines: bytes, times: int = 1) -> bytes:
    block = b"BEGIN:STANDARD\r\n" + b"".join(each + b"\r\n" for each in lines) + b"END:STANDARD\r\n"
    rules = b"BEGIN:VTIMEZONE\r\nTZID:Own\r\n" + block * times + b"END:VTIMEZONE\r\n"
    there = b"UID:1\r\nDTSTART;TZID=Own:20310303T090000\r\nDTEND;TZID=Own:20310303T100000\r\n"
    return event(around=rules, times=there)


OFFSETS = (b"DTSTART:19000101T000000", b"TZOFFSETFROM:+0100", b"TZOFFSETTO:+0200")
YEARS = b"RRULE:FREQ=YEARLY;BYMONTH=%d;BYMONTHDAY=29;BYDAY=SU"
DATES = [
    b"2031%02d%02dT%02d%02d00Z" % (m, d, h, s)
    for m in range(1, 13)
    for d in range(1, 29)
    for h in range(24)
    for s in (0, 30)
]

BOMBS = {
    "a line of a megabyte": Bomb("calendar", lambda: event(b"X-A:" + b"x" * 200 * KIB)),
    "a body of more than a megabyte": Bomb("calendar", lambda: event(b"X-A:" + b"x" * 2 * MIB)),
    "a line of quotes": Bomb("calendar", lambda: event(b'X-A;B="' + b'"' * 200 * KIB + b":x")),
    "a line of parameters": Bomb("calendar", lambda: event(b"X-A" + b";B=c" * 60 * KIB + b":x")),
    "a line of open quotes": Bomb("calendar", lambda: event(b"X-A" + b';B="c' * 50 * KIB + b":x")),
    "a line of colons": Bomb("calendar", lambda: event(b'X-A;"' + b":" * 200 * KIB)),
    "a title of backslashes": Bomb("calendar", lambda: event(b"SUMMARY:" + b"\\" * 200 * KIB)),
    "a category of commas": Bomb("calendar", lambda: event(b"CATEGORIES:" + b"," * 200 * KIB)),
    "a uid of 200 KiB": Bomb("calendar", lambda: event(times=TIMES.replace(b"UID:1", b"UID:" + b"x" * 200 * KIB))),
    "folds": Bomb("calendar", lambda: event(b"X-A:x" + b"\r\n x" * 39_000)),
    "more folds than lines may be": Bomb("calendar", lambda: event(b"X-A:x" + b"\n x" * 300_000)),
    "empty lines": Bomb("calendar", lambda: event(b"\r\n" * 39_000)),
    "nested components": Bomb("calendar", lambda: HEAD + b"BEGIN:VEVENT\r\n" * 20_000),
    "alarms": Bomb("calendar", lambda: event(b"BEGIN:VALARM\r\nEND:VALARM\r\n" * 3_900)),
    "attendees": Bomb("calendar", lambda: event(b"ORGANIZER:mailto:x@y", *[b"ATTENDEE;PARTSTAT=DECLINED:mailto:p@y"] * 6_000)),
    "an attachment": Bomb("calendar", lambda: event(b"ATTACH;ENCODING=BASE64;VALUE=BINARY:" + b"QUJD" * 50 * KIB)),
    "every second": Bomb("calendar", lambda: event(b"RRULE:FREQ=SECONDLY")),
    "every hour": Bomb("calendar", lambda: event(b"RRULE:FREQ=HOURLY")),
    "a February of 30 days": Bomb("calendar", lambda: event(b"RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30")),
    "never, by week": Bomb("calendar", lambda: event(b"RRULE:FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6")),
    "never, by position": Bomb("calendar", lambda: event(b"RRULE:FREQ=DAILY;BYHOUR=1;BYSETPOS=9")),
    "all there is": Bomb("calendar", lambda: event(b"RRULE:FREQ=YEARLY;BYYEARDAY=" + b",".join(b"%d" % each for each in range(1, 367)) + b";BYHOUR=1,2,3;BYSETPOS=300")),
    "an interval of ages": Bomb("calendar", lambda: event(b"RRULE:FREQ=DAILY;INTERVAL=9999999999")),
    "since the year 1": Bomb("calendar", lambda: event(b"RRULE:FREQ=DAILY;BYHOUR=1,2,3,4", times=TIMES.replace(b"2031", b"0001", 1))),
    "eight rules": Bomb("calendar", lambda: event(*[b"RRULE:FREQ=MONTHLY;BYDAY=5MO;BYSETPOS=2"] * 8)),
    "10,000 excluded dates": Bomb("calendar", lambda: event(b"RRULE:FREQ=HOURLY", b"EXDATE:" + b",".join(DATES[:10_000]))),
    "more dates than there may be": Bomb("calendar", lambda: event(b"RDATE:" + b",".join(DATES[:10_001]))),
    "long periods": Bomb("calendar", lambda: event(b"RDATE;VALUE=PERIOD:" + b",".join(each + b"/P365D" for each in DATES[:5_000]))),
    "1,000 changed occurrences": Bomb("calendar", lambda: changed(999)),
    "1,000 changes of all that follows": Bomb("calendar", lambda: changed(999, b";RANGE=THISANDFUTURE")),
    "zones": Bomb("calendar", lambda: event(around=b"BEGIN:VTIMEZONE\r\nTZID:a\r\nEND:VTIMEZONE\r\n" * 3_000)),
    "a zone of many rules": Bomb("calendar", lambda: zone(*OFFSETS, YEARS % 2, times=24)),
    "a zone of many dates": Bomb("calendar", lambda: zone(*OFFSETS, b"RDATE:" + b",".join(DATES[:499]))),
    "a zone of many blocks": Bomb("calendar", lambda: zone(*OFFSETS, times=500)),
    "a rule of digits": Bomb("rule", lambda: b"RRULE:FREQ=DAILY;COUNT=" + b"9" * 200 * KIB),
    "a retry of digits": Bomb("date", lambda: b"9" * 60 * KIB),
    "a date of digits": Bomb("date", lambda: b"Mon, 3 Mar " + b"9" * 60 * KIB + b" 09:00:00 GMT"),
    "a date of brackets": Bomb("date", lambda: b"(" * 60 * KIB),
    "a date of blanks": Bomb("date", lambda: b"1" + b" " * 60 * KIB + b"x"),
    "a login of commas": Bomb("headers", lambda: b"401\nWWW-Authenticate: Digest " + b"a=b, " * 12 * KIB + b"\n\n"),
    "a login of quotes": Bomb("headers", lambda: b"401\nWWW-Authenticate: Digest a=" + b'\\"' * 30 * KIB + b"\n\n"),
    "a tag of 60 KiB": Bomb("headers", lambda: b'200\nETag: "' + b"-gzip" * 12 * KIB + b'"\n\n'),
    "a place of 60 KiB": Bomb("headers", lambda: b"301\nLocation: " + b"/.." * 20 * KIB + b"\n\n"),
    "a body packed a thousand times": Bomb("headers", lambda: b"207\nContent-Encoding: gzip\n\n" + gzip.compress(b" " * 200 * MIB, 9)),
    "a word of a megabyte": Bomb("words", lambda: b"2031-03-03T" + b"0" * MIB),
    "a number of a megabyte": Bomb("words", lambda: b"AID-20310303-" + b"1" * MIB + b"x"),
    "an address of a megabyte": Bomb("words", lambda: b"postgresql://" + b"a:" * 500 * KIB),
    "mailboxes of a megabyte": Bomb("words", lambda: b"a@" * 500 * KIB),
    "laughs": Bomb("multistatus", lambda: LAUGHS + b"]><m>&j;</m>"),
    "depth": Bomb("multistatus", lambda: MULTISTATUS + b"<d:response>" * 200_000),
    "an attribute of 9 MB": Bomb("multistatus", lambda: b'<m a="' + b"x" * 9_000_000 + b'"/>', "answer"),
    "a text of 60 MiB": Bomb("multistatus", lambda: MULTISTATUS + b"x" * 60 * MIB, "answer"),
    "60 MiB of tags": Bomb("multistatus", lambda: MULTISTATUS + b"<a/>" * 15 * MIB + b"</d:multistatus>", "answer"),
    "as many tags as may be": Bomb("multistatus", lambda: MULTISTATUS + b"<a/>" * 1_990_000 + b"</d:multistatus>", "answer", heavy=True),
    "as many rows as may be": Bomb("multistatus", lambda: MULTISTATUS + b"<d:response><d:href>/cal/work/1</d:href></d:response>" * 490_000 + b"</d:multistatus>", "answer", heavy=True),
    "as many attributes as may be": Bomb("multistatus", lambda: MULTISTATUS + (b"<a " + b" ".join(b"a%d=''" % at for at in range(99)) + b"/>") * 20_000 + b"</d:multistatus>", "answer", heavy=True),
    "tags in a code of seven bits": Bomb("multistatus", lambda: b'<?xml version="1.0" encoding="utf-7"?><m>' + b"+ADwAYQAvAD4-" * 4 * MIB + b"</m>", "answer"),
    "a list of a megabyte": Bomb("toml", lambda: b"a = [" + b"1," * 500 * KIB + b"]", "document", heavy=True),
    "tables of a megabyte": Bomb("toml", lambda: b"[[a]]\n" * 170 * KIB, "document", heavy=True),
    "keys of a megabyte": Bomb("toml", lambda: b"".join(b"[a%d.a.a.a.a.a.a.a]\n" % at for at in range(40_000)), "document", heavy=True),
    "a deep list": Bomb("toml", lambda: b"a = " + b"[" * 500_000, "document"),
    "a text of a megabyte": Bomb("toml", lambda: b'a = "' + b"\\t" * 500 * KIB + b'"', "document"),
    "blanks of a megabyte": Bomb("toml", lambda: b" " * 900 * KIB + b"a = 1" + b"#" * 100 * KIB, "document"),
    "practitioners of a megabyte": Bomb("practice", lambda: b"[[practitioners]]\nid=1\nx=1\n" * 38_000, "document", heavy=True),
}  # fmt: skip
