"""What syncd leaves in the metadata of a booking that it makes: whose it is, and what was asked.

Cal.com keeps metadata over every move and lets nobody change it later. Its own titles are made of
the event type's name and those of the people, so the title that the practice chose stands here,
too, with the little that Cal.com has no place for. Keys have at most 40 characters and values 500
(UTF-16). Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from syncd.core.events import Draft

APPOINTMENT = "syncd_appointment"
"""The appointment's id: by this a booking whose creation was not heard of is found again."""
NUMBER = "syncd_number"
"""The appointment's number, where its title shows it to this calendar at all."""
TITLE = "syncd_title"
FREE = "syncd_free"
MINUTES = "syncd_minutes"
"""How long it is in the practice, and in Cal.com: `20/30`. Counts while the second holds."""

LONGEST_VALUE = 500
_NUMBER_SHOWN = re.compile(r"(?<![A-Za-z0-9])[A-Z][A-Z0-9]{0,15}-\d{8}-\d{4,6}(?!\d)", re.ASCII)
_MINUTES_WRITTEN = re.compile(r"(\d{1,5})/(\d{1,5})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """What metadata says: `appointment` is None where the booking is not ours."""

    appointment: str | None = None
    title: str = ""
    is_free: bool = False
    local: timedelta | None = None
    remote: timedelta | None = None

    def length(self, remote: timedelta) -> timedelta | None:
        """How long a booking of `remote` length is in the practice, if it was made for that."""
        return self.local if self.remote == remote else None


def metadata_for(draft: Draft, remote: timedelta) -> dict[str, str]:
    """The metadata of a new booking of `remote` length."""
    title, local = cut(draft.title or ""), draft.end - draft.start
    found = {APPOINTMENT: draft.mark} if draft.mark else {}
    shown = _NUMBER_SHOWN.search(title)
    found |= {NUMBER: shown.group()} if shown else {}
    found |= {TITLE: title} if title else {}
    found |= {FREE: "1"} if draft.transparent else {}
    if local != remote:
        found[MINUTES] = f"{_minutes(local)}/{_minutes(remote)}"
    return found


def marks_in(metadata: Mapping[str, str]) -> Marks:
    """What syncd left in `metadata`."""
    appointment = metadata.get(APPOINTMENT) or None
    if appointment is None:
        return Marks()
    lengths = _MINUTES_WRITTEN.fullmatch(metadata.get(MINUTES, ""))
    return Marks(
        appointment=appointment,
        title=metadata.get(TITLE, ""),
        is_free=metadata.get(FREE) == "1",
        local=timedelta(minutes=int(lengths[1])) if lengths else None,
        remote=timedelta(minutes=int(lengths[2])) if lengths else None,
    )


def cut(text: str) -> str:
    """As much of `text` as a value may have, without what no JSON text of Cal.com's survives."""
    clean = text.replace("\0", " ")
    units = clean.encode("utf-16-le", errors="replace")[: 2 * LONGEST_VALUE]
    return units.decode("utf-16-le", errors="ignore")


def _minutes(length: timedelta) -> int:
    return int(length.total_seconds() // 60)
