"""What every verb starts from: the settings, the ledger, who is asking."""

from __future__ import annotations

import difflib
import os
import pwd
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

from syncd.cli import render
from syncd.core.errors import NotAllowed, Refused, Unknown
from syncd.core.ids import CalendarId, PractitionerId
from syncd.core.journal import Cause
from syncd.core.practice import Calendar, Practice, Practitioner
from syncd.flows.rounds import Terms
from syncd.flows.surroundings import Surroundings
from syncd.ledger import Standing, View
from syncd.wiring import furnish
from syncd_config import LoadedSettings, Settings, load_settings

config_file: ContextVar[Path | None] = ContextVar("config_file", default=None)
"""The file of `--config`, once the command line is read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """One invocation's settings and surroundings."""

    settings: Settings
    around: Surroundings

    def terms(self, *, in_full: bool = False) -> Terms:
        """How rounds are done, by these settings."""
        workers, lease_ttl = self.settings.workers, self.settings.lease_ttl
        return Terms(workers=workers, lease_ttl=lease_ttl, in_full=in_full)

    def practice(self) -> Practice:
        """The practice. Raises Refused, with what to do, before there is one."""
        with self.around.ledger.read() as view:
            return practice_of(view)


def loaded_settings() -> LoadedSettings:
    """The settings that hold, with their origins. Raises Invalid with every problem."""
    return load_settings(os.environ, path=config_file.get())


@contextmanager
def open_desk(*, creates: bool = False, reads_only: bool = False) -> Iterator[Desk]:
    """The ledger of these settings. `creates`: make or upgrade it first where that is needed."""
    settings = loaded_settings().settings
    around = furnish(settings, os.environ, read_only=reads_only)
    with around.ledger as ledger:
        if creates and ledger.standing() is not Standing.CURRENT:
            copy = ledger.migrate()
            if copy is not None:
                render.say(f"the ledger was upgraded; a copy from before is {copy}")
        yield Desk(settings=settings, around=around)


def practice_of(view: View) -> Practice:
    """The practice of the ledger. Raises Refused, with what to do, before there is one."""
    practices = view.practices()
    if not practices:
        raise Refused("the ledger is empty; run `syncd practice apply practice.toml` first")
    return view.practice() or practices[0]


def chosen_calendars(view: View, wanted: Sequence[str]) -> list[Calendar]:
    """The calendars of these ids, or all in use. Raises Unknown with near names; NotAllowed for one
    that practice.toml does not name any more."""
    practice_of(view)
    known = {each.id: each for each in view.calendars(active_only=False)}
    if not wanted:
        return [each for each in known.values() if each.active]
    chosen = []
    for each in dict.fromkeys(wanted):
        calendar = known.get(CalendarId(each))
        if calendar is None:
            raise Unknown("calendar", each, known=near_names(each, known))
        if not calendar.active:
            raise NotAllowed(
                f"calendar {each} is switched off: practice.toml does not name it any more"
            )
        chosen.append(calendar)
    return chosen


def practitioner_of(view: View, wanted: str) -> Practitioner:
    """The practitioner of this id. Raises Unknown with near names."""
    known = {each.id: each for each in view.practitioners(active_only=True)}
    found = known.get(PractitionerId(wanted))
    if found is None:
        raise Unknown("practitioner", wanted, known=near_names(wanted, known))
    return found


def near_names(wanted: str, known: Iterable[str]) -> tuple[str, ...]:
    """The names that could have been meant, else the first few that there are."""
    names = list(known)
    return tuple(difflib.get_close_matches(wanted, names, n=3, cutoff=0.5) or names[:5])


def asker(command: str, why: str = "") -> Cause:
    """Who asks, for the journal: the person's name on this machine, behind sudo too."""
    try:
        name = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        name = str(os.getuid())
    via = {"command": command}
    if sudo := os.environ.get("SUDO_USER"):
        via["sudo"] = sudo
    return Cause(actor=f"cli:{name}", via=via, why=why)
