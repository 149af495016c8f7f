"""What a practice is made of: practitioners, activities, calendars, and the choices made for each.

Values only; how they are written in practice.toml is `syncd_config`'s business, how they are stored
the ledger's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from syncd.core.agenda import Terms
from syncd.core.details import Money
from syncd.core.ids import ActivityId, CalendarId, PracticeId, PractitionerId, RoomId
from syncd.core.offering import Closure, Offering
from syncd.core.schedule import OpeningHours
from syncd.core.time import Interval, zone

Setting = str | int | bool | None


class Mode(StrEnum):
    """Which way a calendar and the ledger are kept alike."""

    TWO_WAY = "two-way"
    PUBLISH = "publish"
    IMPORT = "import"
    BUSY = "busy"

    @property
    def writes(self) -> bool:
        """Appointments are written to the calendar."""
        return self in (Mode.TWO_WAY, Mode.PUBLISH)

    @property
    def adopts(self) -> bool:
        """Foreign events may become appointments."""
        return self in (Mode.TWO_WAY, Mode.IMPORT)

    @property
    def blocks(self) -> bool:
        """Foreign events that are not adopted take time."""
        return self is not Mode.PUBLISH


class Adopt(StrEnum):
    """Which foreign events become appointments; the others only take time."""

    ALL = "all"
    MARKED = "marked"
    NONE = "none"


class OnRemoteDelete(StrEnum):
    """What follows when somebody removes an appointment's event in the calendar."""

    CANCEL = "cancel"
    RESTORE = "restore"
    ASK = "ask"


class Disclosure(StrEnum):
    """What a calendar is told about an appointment, beside its time."""

    NOTHING = "nothing"
    BUSY = "busy"
    NUMBER = "number"
    INITIALS = "initials"
    FULL = "full"


class OnOutage(StrEnum):
    """What becomes of a booking whose calendar has the last word, and gives none in time."""

    REFUSE = "refuse"
    ACCEPT = "accept"


class StalePolicy(StrEnum):
    """What becomes of slots whose calendar has not been read for too long."""

    WITHHELD = "withheld"
    TENTATIVE = "tentative"


class Keeper(StrEnum):
    """Where something is said, and so changed: in practice.toml, or by HTTP."""

    FILE = "file"
    HTTP = "http"


@dataclass(frozen=True, slots=True, kw_only=True)
class Practice:
    """One practice. `number_prefix` begins every appointment number. `holidays` names the country,
    and perhaps its part (ISO 3166: "DE-BY"), whose public holidays close the practice.
    `most_ahead` is how many appointments to come a client may book; None without a limit.
    `public_booking`: anybody may book, without a credential."""

    id: PracticeId
    name: str
    timezone: str
    locale: str = "en"
    number_prefix: str = "AID"
    holidays: str | None = None
    closures: tuple[Closure, ...] = ()
    most_ahead: int | None = None
    public_booking: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Practitioner:
    """Who treats. `hours` are in `timezone`, and said where `hours_kept_by` says; `active` is false
    once removed from practice.toml."""

    id: PractitionerId
    name: str
    timezone: str
    hours: OpeningHours = field(default_factory=OpeningHours)
    hours_kept_by: Keeper = Keeper.FILE
    active: bool = True

    def is_outside_hours(self, interval: Interval) -> bool:
        """Whether not all of it lies inside opening hours; nothing does where none were given."""
        return bool(self.hours.weekly) and not self.hours.is_open(interval, zone(self.timezone))


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """Where one appointment is at a time, or what only one can use. `active` is false once removed
    from practice.toml."""

    id: RoomId
    name: str
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """What is booked. `needs_confirmation`: a booking starts pending, not booked. `duration` is
    what it lasts unless another one is chosen. `active` is false once it is offered no more."""

    id: ActivityId
    name: str
    duration: timedelta
    needs_confirmation: bool = False
    price: Money | None = None
    color: str | None = None
    kept_by: Keeper = Keeper.FILE
    active: bool = True
    offering: Offering = field(default_factory=Offering)

    @property
    def terms(self) -> Terms:
        """What it asks of a slot."""
        return self.offering.terms(self.id, self.duration)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """One external calendar as configured. `settings` are the provider's own (an address, a user
    name, references to secrets), never a secret itself. `on_remote_delete` and
    `disclosure` are None where the mode's own default applies. `stale_after`: the age of the last
    good read beyond which its slots follow `stale_policy`. `write_through`: a booking is answered
    for only once it stands there; None: it has no say."""

    id: CalendarId
    provider: str
    practitioner_id: PractitionerId
    mode: Mode = Mode.TWO_WAY
    adopt: Adopt = Adopt.ALL
    on_remote_delete: OnRemoteDelete | None = None
    disclosure: Disclosure | None = None
    activity_id: ActivityId | None = None
    poll_every: timedelta = timedelta(minutes=5)
    stale_after: timedelta = timedelta(hours=1)
    stale_policy: StalePolicy = StalePolicy.WITHHELD
    write_through: OnOutage | None = None
    settings: Mapping[str, Setting] = field(default_factory=dict)
    active: bool = True

    @property
    def has_last_word(self) -> bool:
        return self.active and self.mode.writes and self.write_through is not None

    @property
    def deletion_policy(self) -> OnRemoteDelete:
        """What a removal in the calendar means: a publish calendar only shows, so it is
        restored."""
        if self.on_remote_delete is not None:
            return self.on_remote_delete
        publish = self.mode is Mode.PUBLISH
        return OnRemoteDelete.RESTORE if publish else OnRemoteDelete.CANCEL

    @property
    def shows(self) -> Disclosure:
        """What its events tell: a publish calendar is for others to see, so only that it is
        busy."""
        if self.disclosure is not None:
            return self.disclosure
        return Disclosure.BUSY if self.mode is Mode.PUBLISH else Disclosure.INITIALS
