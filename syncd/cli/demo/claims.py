"""What the demo says that syncd does, each held against what really is there."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from syncd.cli import render
from syncd.cli.render import Cell

OWNED = ("DTSTART", "DTEND", "SEQUENCE", "DTSTAMP", "LAST-MODIFIED")
"""What writing a new time may change (RFC 5545 §3.8.7.4 for the sequence)."""


@dataclass(slots=True)
class Claims:
    """The claims so far."""

    broken: list[str] = field(default_factory=list)
    count: int = 0

    def check(self, claim: str, *, holds: bool, detail: str = "") -> None:
        """Show a claim with whether it holds."""
        self.count += 1
        if not holds:
            self.broken.append(claim)
        mark = Cell("  ok   ", "good") if holds else Cell("  FAILED", "bad")
        render.show_line(mark, claim, *([Cell(f"({detail})", "dim")] if detail else []))

    def check_nothing_lost(self, claim: str, before: str, after: str) -> None:
        """That every content line of `before`, but for the time's, is in `after` as often."""
        kept, now = content_lines(before), content_lines(after)
        missing = kept - now
        detail = f"{kept.total()} content lines, equal"
        if missing:
            detail = "missing: " + "; ".join(sorted(missing))
        self.check(claim, holds=not missing and bool(kept), detail=detail)


def content_lines(text: str) -> Counter[str]:
    """The unfolded content lines of an iCalendar object (RFC 5545 §3.1) that are nobody's time."""
    unfolded = re.sub(r"\r?\n[ \t]", "", text)
    lines = (line.strip("\r") for line in unfolded.split("\n"))
    return Counter(
        line for line in lines if line and re.split("[;:]", line, maxsplit=1)[0] not in OWNED
    )
