"""What syncd needs from the outside world: calendars, a clock, randomness. Protocols, no code.

A provider implements `ProviderKind` (found by the entry point group `syncd.providers`) and
`CalendarProvider` for each calendar; it inherits nothing. Design §6.

The only exceptions that cross the port are `Transient`, `RateLimited`, `NeedsLogin`, `Forbidden`,
`Rejected` and `Unsupported` of `syncd.core.errors`; a conflict is a return value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from zoneinfo import ZoneInfo

from syncd.accounts import AccountSetup
from syncd.core.events import Draft, Found, RemoteEvent, Unreadable
from syncd.core.ids import CalendarId, Cursor, EventRef, Version
from syncd.core.practice import Setting
from syncd.core.problem import Problem
from syncd.core.time import Interval


class Clock(Protocol):
    """The only source of time. `now` is aware UTC and may jump; `monotonic` never goes back."""

    def now(self) -> datetime: ...

    def monotonic(self) -> float: ...


class Randomness(Protocol):
    """The only source of randomness: ids, salts, jitter."""

    def token(self, size: int) -> bytes:
        """`size` unpredictable bytes."""
        ...


class Feed(StrEnum):
    MASTERS = "masters and exceptions"
    INSTANCES = "instances"
    IDS = "ids only"


class CreateIdempotency(StrEnum):
    """How a create that was sent twice stays one event."""

    CLIENT_ID = "client id"
    KEY = "idempotency key"
    SEARCH = "search by property"
    NONE = "none"


class ConditionalWrite(StrEnum):
    OBJECT = "object"
    COLLECTION = "collection"
    NONE = "none"


class Push(StrEnum):
    WEBHOOK = "webhook"
    STREAM = "stream"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a provider can do. A thing it cannot do is declared here, and the conformance suite
    checks the declaration. `trusts_cursor` is false for servers whose change feed is known to
    forget: they are listed in full each time. `keeps_identity`: a changed event keeps its uid
    (Cal.com's reschedule does not). `versions_are_unique` is false where a version may come back
    with another content (SOGo restarts its ETags). `edits_freely`: any field of a draft can be
    written. `keeps_cancelled`: a CANCELLED event can be there (Google's cancelling is deleting).
    `keeps_deleted`: a deleted event stays and is read as CANCELLED (Cal.com). `confirms`: a
    TENTATIVE event was asked for and waits for its host, who makes it CONFIRMED or CANCELLED
    (Cal.com); elsewhere that an event is tentative means nothing. `marks_absence`: an event can
    say, once it has begun, that whoever was expected did not come (Cal.com). `unstamped`: triggers
    of deliveries that tell of what `changes` never shows, so that only a listing does."""

    feed: Feed = Feed.MASTERS
    create_idempotency: CreateIdempotency = CreateIdempotency.CLIENT_ID
    conditional_write: ConditionalWrite = ConditionalWrite.OBJECT
    push: Push = Push.NONE
    has_cursor: bool = True
    trusts_cursor: bool = True
    private_properties: bool = True
    attendees: bool = False
    free_busy: bool = False
    versions_are_unique: bool = True
    keeps_identity: bool = True
    edits_freely: bool = True
    keeps_cancelled: bool = True
    keeps_deleted: bool = False
    confirms: bool = False
    marks_absence: bool = False
    unstamped: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One object that a change feed or listing reports. `item` is None when the answer carried no
    body: the caller fetches it if the version is new to it."""

    ref: EventRef
    version: Version
    item: RemoteEvent | Unreadable | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSet:
    """What a calendar reports. `complete` listings name every object, so that absence means
    something; even then a deletion needs a second proof (`get_many` answering Absent after
    `check`). `gone` are claims of deletion, not proofs. `cursor` resumes after all of this."""

    changed: tuple[Seen, ...] = ()
    gone: tuple[EventRef, ...] = ()
    cursor: Cursor | None = None
    complete: bool = False


@dataclass(frozen=True, slots=True)
class Rescan:
    """The cursor is no good (any more): list in full. Never a reason to forget anything."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A create or update that took effect. `version` is "" where the answer named none; `sent` is
    the raw text as sent, for comparison with what is read back."""

    ref: EventRef
    version: Version
    sent: str


@dataclass(frozen=True, slots=True)
class Adopted:
    """The event was there already under our identity: the answer to an earlier create was lost."""

    event: RemoteEvent


@dataclass(frozen=True, slots=True)
class KeyBurnt:
    """This identity cannot be used (again): create under the next generation."""

    reason: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """The event is not at the version that the write was based on. `event` is what is there now,
    when it could be read."""

    event: RemoteEvent | None = None


@dataclass(frozen=True, slots=True)
class Gone:
    """The event is not there (any more), with positive evidence."""


@dataclass(frozen=True, slots=True)
class Done:
    """A delete that took effect, or had already."""


CreateResult = Written | Adopted | KeyBurnt
UpdateResult = Written | Conflict | Gone
DeleteResult = Done | Conflict


class CalendarProvider(Protocol):
    """One calendar. Synchronous; used by one thread at a time; every call has a deadline."""

    @property
    def capabilities(self) -> Capabilities: ...

    @property
    def requests(self) -> int:
        """HTTP requests (or their like) sent since it was opened."""
        ...

    def check(self) -> None:
        """Return when the calendar exists and is a calendar. `Forbidden` when it answers that it is
        not there, `NeedsLogin`, or `Transient` when that cannot be told."""
        ...

    def changes(self, cursor: Cursor) -> ChangeSet | Rescan:
        """What happened since `cursor`. Nothing is lost by asking again with the same one."""
        ...

    def listing(self, *, bodies: bool) -> ChangeSet:
        """Every object with its version (`complete`), and a cursor taken not later than the
        listing. `bodies`: include them where one answer can carry both; it is a wish."""
        ...

    def get_many(self, refs: Iterable[EventRef]) -> Mapping[EventRef, Found]:
        """Each asked ref with what is there. A ref that the server leaves out of its answer is
        asked for again by itself; one about which nothing can be learnt is missing from the
        result."""
        ...

    def create(self, draft: Draft) -> CreateResult:
        """Create under the identity `draft.uid`, unless anything is there already. Idempotent. An
        ambiguous outcome is resolved by reading; `Transient(ambiguous=True)` if even that
        failed."""
        ...

    def update(self, before: RemoteEvent, draft: Draft) -> UpdateResult:
        """Change only the drafted fields of `before`, provided it is still at `before.version`."""
        ...

    def delete(self, ref: EventRef, version: Version) -> DeleteResult:
        """Delete the event, provided it is still at `version`. Already absent is `Done`."""
        ...

    def read(self, ref: EventRef, version: Version, body: str) -> RemoteEvent | Unreadable:
        """The event that a stored `body` stands for. Pure: asks nothing of the server."""
        ...

    def occurrences(self, body: str, horizon: Interval) -> tuple[Interval, ...]:
        """When a recurring event takes time within `horizon`, all exceptions honoured, floating and
        all-day ones in the practitioner's zone. `Rejected` beyond the limits on work. Pure."""
        ...

    def losses(self, sent: str, kept: str) -> tuple[str, ...]:
        """Names of properties in `sent` that the server dropped or changed in `kept`. Pure."""
        ...

    def close(self) -> None:
        """Release connections. The provider is not used afterwards."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What a provider is given to reach one calendar. `secret` resolves a reference such as
    `env:NAME` at the moment of use; `zone` is the practitioner's."""

    calendar_id: CalendarId
    settings: Mapping[str, Setting]
    secret: Callable[[str], str]
    zone: ZoneInfo
    clock: Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovered:
    """A calendar that an account has. `settings` are what practice.toml needs to name it."""

    name: str
    url: str
    settings: Mapping[str, Setting]
    writable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """What a delivery says of itself: where to look, never what is there. All of it may be empty.
    `id` is the sender's own name for the delivery, if what proves it genuine covers that; `about`
    names what it tells of; `sent_at` is aware UTC."""

    id: str = ""
    trigger: str = ""
    version: str = ""
    about: str = ""
    sent_at: datetime | None = None
    is_ping: bool = False


class WebhookSource(Protocol):
    """How a provider's deliveries are understood. Pure: no I/O and no clock, and whatever was sent,
    nothing is raised. Names of headers are in lower case; one that was sent twice is left out."""

    @property
    def alias(self) -> str:
        """A shorter address, `/webhooks/ALIAS`, for a practice with one such calendar; "": none."""
        ...

    @property
    def secret_setting(self) -> str:
        """The setting that says where the secret is kept: a reference."""
        ...

    def secrets(self, settings: Mapping[str, Setting]) -> tuple[str, ...]:
        """References to the secrets that a calendar's deliveries are proven with, several while one
        takes the place of another; none where it expects no deliveries."""
        ...

    def is_genuine(self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str]) -> bool:
        """Whether one of the secrets proves the delivery, in a time that tells nothing about them.
        An empty secret proves nothing. The body is as it came: nothing of it was parsed."""
        ...

    def read(self, headers: Mapping[str, str], body: bytes) -> Hint:
        """What a genuine delivery says. What is not understood is left empty; texts are short and
        printable."""
        ...


class ProviderKind(Protocol):
    """A provider as the registry finds it: an object under the entry point group
    `syncd.providers`, named like the `provider = "…"` of practice.toml."""

    @property
    def name(self) -> str: ...

    @property
    def webhooks(self) -> WebhookSource | None:
        """How its deliveries to `/webhooks/NAME/CALENDAR` are understood; None: it sends none."""
        ...

    def check_settings(self, settings: Mapping[str, object]) -> list[Problem]:
        """All problems of a calendar's own settings, each under its key; no I/O."""
        ...

    def open(self, access: Access) -> CalendarProvider:
        """A provider for one calendar; connects lazily."""
        ...

    def discover(self, access: Access) -> list[Discovered]:
        """The calendars of the account that `access.settings` name."""
        ...

    def set_up(self, access: Access) -> AccountSetup | None:
        """The account that `access.settings` name, to be set up by a person; connects lazily. None:
        there is nothing to set up."""
        ...
