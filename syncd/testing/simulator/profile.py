"""What kind of world a history takes place in: which servers, which practice, how many nodes."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from syncd.core.appointment import Appointment
from syncd.core.ids import CalendarId, PractitionerId
from syncd.core.journal import Cause
from syncd.core.offering import Offering
from syncd.core.practice import Adopt, Calendar, Mode, OnOutage, OnRemoteDelete
from syncd.core.schedule import OpeningHours, Weekday, WeeklyWindow, Window
from syncd.flows.practice import Roster, apply_roster
from syncd.flows.surroundings import Surroundings
from syncd.ledger import open_ledger
from syncd.ports import CalendarProvider
from syncd.testing.builders import a_calendar, a_practice, a_practitioner, an_activity
from syncd.testing.clock import FrozenClock, SeededRandomness
from syncd.testing.quirks import OUTLAWS, PROFILES, Quirks
from syncd.testing.simulator.choices import Choices, Option

PATEL, BERG = BOTH = PractitionerId("dr-patel"), PractitionerId("dr-berg")
STAFF = Cause(actor="simulator:staff")


def _daily(opens: int, closes: int) -> OpeningHours:
    window = Window(time(opens), time(closes))
    return OpeningHours(weekly=tuple(WeeklyWindow(day=day, window=window) for day in Weekday))


HOURS = {
    "always": OpeningHours(),
    "from 8 to 18": _daily(8, 18),
    "from 1 to 6": _daily(1, 6),
}
"""When the practice is open; at night clocks are changed."""


def _calendar(name: str = "main", **changes: object) -> Calendar:
    return a_calendar(id=CalendarId(name), poll_every=timedelta(seconds=60), **changes)


PRACTICES: dict[str, tuple[Calendar, ...]] = {
    "two-way": (_calendar(),),
    "restores what is removed": (_calendar(on_remote_delete=OnRemoteDelete.RESTORE),),
    "asks about what is removed": (_calendar(on_remote_delete=OnRemoteDelete.ASK),),
    "publishes": (_calendar(mode=Mode.PUBLISH),),
    "imports": (_calendar(mode=Mode.IMPORT),),
    "busy only": (_calendar(mode=Mode.BUSY),),
    "adopts nothing": (_calendar(adopt=Adopt.NONE),),
    "two calendars": (_calendar(), _calendar("second")),
    "two practitioners": (_calendar(), _calendar("berg", practitioner_id=BERG)),
    "two calendars, one to show": (_calendar(), _calendar("public", mode=Mode.PUBLISH)),
    "five calendars": (
        _calendar(),
        _calendar("second"),
        *(_calendar(f"busy-{number}", mode=Mode.BUSY) for number in range(1, 4)),
    ),
    "one has the last word": (_calendar(write_through=OnOutage.REFUSE), _calendar("second")),
    "two have the last word": (
        _calendar(write_through=OnOutage.ACCEPT),
        _calendar("berg", practitioner_id=BERG, write_through=OnOutage.REFUSE),
    ),
}
ZONES = ("Europe/Berlin", "Australia/Lord_Howe", "Europe/Dublin", "Africa/Casablanca")


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """`server`: one of `PROFILES` or `OUTLAWS`; `batch`: how many changes share a transaction;
    `skew`: how far the clocks of nodes are apart; `lags`: the servers' answers may be some changes
    old."""

    server: str = "caldav"
    practice: str = "two-way"
    zone: str = "Europe/Berlin"
    hours: str = "always"
    batch: int = 200
    nodes: int = 1
    skew: timedelta = timedelta(0)
    knows_the_dead: bool = True
    lags: bool = False

    @property
    def open_hours(self) -> tuple[int, int] | None:
        """From which hour to which the practice is open each day; None for always."""
        if self.hours == "always":
            return None
        opens, closes = (int(each) for each in self.hours.split()[1::2])
        return opens, closes

    @property
    def picks(self) -> dict[str, str]:
        """How a story tells of such a world: what differs from the calm one."""
        calm = _told(Profile())
        return {label: word for label, word in _told(self).items() if word != calm[label]}

    @property
    def quirks(self) -> Quirks:
        return (PROFILES | OUTLAWS)[self.server]

    @property
    def calendars(self) -> tuple[Calendar, ...]:
        return PRACTICES[self.practice]

    @property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    def roster(
        self, calendars: tuple[Calendar, ...] | None = None, *, activity_name: str | None = None
    ) -> Roster:
        """The practice as its file would say it."""
        hours = HOURS[self.hours]
        return Roster(
            practice=a_practice(timezone=self.zone),
            practitioners=(
                a_practitioner(hours=hours, timezone=self.zone),
                a_practitioner(id=BERG, name="Dr. Kim Berg", hours=hours, timezone=self.zone),
            ),
            activities=(
                an_activity(name=activity_name or an_activity().name),
                an_activity(id="request", name="Request", needs_confirmation=True),
                an_activity(
                    id="together",
                    name="Talk",
                    offering=Offering(practitioners=BOTH, collective=True),
                ),
            ),
            calendars=self.calendars if calendars is None else calendars,
        )


def _told(profile: Profile) -> dict[str, str]:
    """What `choose_profile` would have picked for it, by label."""
    return {
        "server": profile.server,
        "practice": profile.practice,
        "zone": profile.zone,
        "open": profile.hours,
        "batch": str(profile.batch),
        "nodes": str(profile.nodes),
        "skew": str(int(profile.skew.total_seconds())),
        "the dead": "known" if profile.knows_the_dead else "unknown",
        "answers": "sometimes old" if profile.lags else "new",
    }


def is_open(profile: Profile, wanted: Appointment) -> bool:
    """Whether the practice is open for all of an appointment."""
    if profile.open_hours is None:
        return True
    opens, closes = profile.open_hours
    walls = [each.astimezone(profile.tz) for each in (wanted.start, wanted.end)]
    minutes = [each.hour * 60 + each.minute for each in walls]
    same_day = walls[0].date() == walls[1].date()
    return same_day and opens * 60 <= minutes[0] and minutes[1] <= closes * 60


def choose_profile(choices: Choices, fixed: Profile | None = None) -> Profile:
    """The first step of every history. What `fixed` says is not asked for. An outlaw is a server
    only where somebody names it."""
    choices.step([Option("world")])
    if fixed is not None:
        choices.is_given(fixed.picks)
        return fixed

    def one_of(label: str, *options: Option | str) -> str:
        return choices.pick(label, options)

    rest = [each for each in PROFILES if each != "caldav"]
    servers = [Option("caldav", len(rest) / 2)]
    servers += [Option(each, 3 if PROFILES[each].confirms else 1) for each in rest]
    servers += [Option(each, 0) for each in OUTLAWS]
    others = [each for each in PRACTICES if each != "two-way"]
    practices = [Option("two-way", len(others) / 2), *(Option(each) for each in others)]
    return Profile(
        server=one_of("server", *servers),
        practice=one_of("practice", *practices),
        zone=one_of("zone", *(Option(each, 3 if at == 0 else 1) for at, each in enumerate(ZONES))),
        hours=one_of("open", Option("always", 2), *(each for each in HOURS if each != "always")),
        batch=int(one_of("batch", Option("200", 2), "2")),
        nodes=int(one_of("nodes", "1", "2")),
        skew=timedelta(seconds=int(one_of("skew", Option("0", 4), "-90", "45"))),
        knows_the_dead=one_of("the dead", "known", "unknown") == "known",
        lags=one_of("answers", Option("new", 4), "sometimes old") != "new",
    )


class Templates:
    """Migrated ledgers with a practice in them, one a kind of practice, to be copied."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._made: dict[tuple[str, str, str], Path] = {}

    def copy(self, profile: Profile, target: Path) -> None:
        """A fresh ledger for one history at `target`."""
        key = (profile.practice, profile.zone, profile.hours)
        if key not in self._made:
            self._made[key] = self._make(profile, self.folder / f"template-{len(self._made)}")
        shutil.copy(self._made[key], target)

    def _make(self, profile: Profile, path: Path) -> Path:
        clock, randomness = FrozenClock(), SeededRandomness("template")
        blank = self.folder / "blank"
        if not blank.exists():
            empty = open_ledger(
                f"sqlite:///{blank}", clock=clock, randomness=randomness, inline=True
            )
            empty.migrate()
            empty.close()
        shutil.copy(blank, path)
        ledger = open_ledger(f"sqlite:///{path}", clock=clock, randomness=randomness, inline=True)
        around = Surroundings(
            ledger=ledger, clock=clock, randomness=randomness, open_provider=_nobody
        )
        apply_roster(around, profile.roster(), STAFF)
        ledger.close()
        return path


def _nobody(*_: object) -> CalendarProvider:
    raise AssertionError("nothing is opened while a practice is applied")
