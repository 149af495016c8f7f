"""What a server may find wrong with an object that it is asked to keep.

Only names faults: which of them a server minds, and how, is a switch. RFC 4791 §4.1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .rewriting import unfolded
from .switches import Fault

_RULE = re.compile(
    r"RRULE[^:]*:(?:.*;)?FREQ=(?:SECONDLY|MINUTELY|HOURLY|DAILY|WEEKLY|MONTHLY|YEARLY)"
)
_TIME = re.compile(r"(?m)^(DTSTART|DTEND)((?:;[^:\r\n]*)?):([^\r\n]*)")


def uid_of(text: str) -> str:
    return next(iter(uids_of(text)), "")


def uids_of(text: str) -> list[str]:
    found = (line.partition(":")[2] for line in unfolded(text) if line.startswith("UID"))
    return list(dict.fromkeys(found))


def faults_of(body: bytes) -> Iterator[Fault]:
    """Everything that may be minded, worst first."""
    text = body.decode(errors="replace")
    if b"\0" in body or "\ufffd" in text:
        yield Fault.ODD_BYTES
    if not re.search(r"(?s)BEGIN:VCALENDAR.*BEGIN:V(?:EVENT|TODO|JOURNAL).*END:VCALENDAR", text):
        yield Fault.GARBAGE
        return
    lines = unfolded(text)
    uids = len(uids_of(text))
    minded = {
        Fault.METHOD: any(line.startswith("METHOD:") for line in lines),
        Fault.TWO_UIDS: uids > 1,
        Fault.NO_UID: uids == 0,
        Fault.BAD_RULE: any(line.startswith("RRULE") and not _RULE.match(line) for line in lines),
        Fault.X_COMPONENT: any(line.startswith("BEGIN:X-") for line in lines),
        Fault.JOURNAL: "BEGIN:VJOURNAL" in lines,
    }
    yield from (fault for fault, is_so in minded.items() if is_so)
    times = {found[0]: found[1:] for found in _TIME.findall(text)}
    if len(times) == 2:
        start, end = times["DTSTART"], times["DTEND"]
        if start[0] == end[0] and end[1] <= start[1]:
            yield Fault.BACKWARDS
