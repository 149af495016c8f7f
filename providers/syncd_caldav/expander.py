"""The typed door to recurring-ical-events, and the program that `worker` runs.

Takes an iCalendar text of syncd's own making, without time zones, and gives starts on its wall
clock. As a program it reads one JSON object a line and answers each with another, until its input
ends. It imports nothing else of syncd, so that it is small and starts quickly. Sets no limits on
what the library does; `series` does, and `worker`.
"""

from __future__ import annotations

import json
import resource
import signal
import sys
from contextlib import suppress
from datetime import datetime
from typing import NamedTuple

from icalendar import Calendar
from recurring_ical_events import CalendarQuery

LABEL = "X-CHANGE"
"""The property by which a VEVENT of the text is known in the answer: a number."""
MAX_MEMORY = 512 << 20
"""Octets of address space that the program may have."""


class Start(NamedTuple):
    """An occurrence: the label of the VEVENT that describes it, and when it begins."""

    label: int
    at: datetime


class CannotExpand(ValueError):
    """The library cannot make sense of the text."""


def starts_between(text: str, low: datetime, high: datetime) -> list[Start]:
    """The occurrences of `text` that lie in [low, high) or reach into it, in any order."""
    try:
        calendar = Calendar.from_ical(text)
        # The parser drops a line that it cannot read, and with a rule would go what it blocks.
        if any(event.errors for event in calendar.walk("VEVENT")):
            raise CannotExpand("a line that the library cannot read")
        found = CalendarQuery(calendar).between(low, high)
        return [Start(int(event[LABEL]), event["DTSTART"].dt) for event in found]
    except (ArithmeticError, LookupError, TypeError, ValueError) as problem:
        raise CannotExpand(type(problem).__name__) from problem


def main() -> None:
    """Answer until the input ends: when the parent closes it, or is gone."""
    # Where the sandbox forbids it, the limits of the unit have to do.
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    # A parent that was killed cannot end a worker that is busy: the alarm does.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGALRM})
    _write({"ready": True})
    for line in sys.stdin.buffer:
        request = json.loads(line)
        signal.alarm(request["seconds"])
        low, high = (datetime.fromisoformat(request[name]) for name in ("low", "high"))
        try:
            found = starts_between(request["text"], low, high)
        except CannotExpand as problem:
            _write({"problem": str(problem)})
        else:
            _write({"starts": [(label, at.isoformat()) for label, at in found]})
        signal.alarm(0)


def _write(answer: dict[str, object]) -> None:
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
