"""Everything that can go wrong, as one tree. A name says what is wrong, never who noticed.

    SyncdError
    ├── Refused                 the caller can fix it; nothing was changed
    │   ├── NotAllowed          the action does not fit the appointment's state, role or moment
    │   │   ├── NotPermitted    whoever asks may not do this at all
    │   │   ├── TooEarly        not before the appointment's start
    │   │   ├── TooLate         clients do this before the appointment's start
    │   │   ├── OutsideCheckIn  not around its start
    │   │   └── HoldExpired     the time is not kept any more
    │   ├── SlotTaken           practitioner, client or room already has an appointment then
    │   ├── OutsideOpeningHours
    │   ├── NotOffered          clients are not offered this time: it is off the grid
    │   │   ├── NoticeTooShort
    │   │   ├── TooFarAhead
    │   │   ├── LimitReached    as many on that day or in that week as there may be
    │   │   ├── TooManyAhead    the client has as many appointments to come as they may
    │   │   ├── NoRelationship  the client is not with this practitioner
    │   │   ├── CalendarStale   a calendar was not read for too long, so nobody knows
    │   │   └── BookingOff      the practice takes no bookings at the moment
    │   ├── PastTime
    │   ├── ReasonRequired
    │   ├── Unknown             no such practitioner, activity, appointment, calendar …
    │   ├── Invalid             input with all its problems at once
    │   ├── AlreadyThere        there is one like it
    │   ├── KeptByFile          practice.toml says it, so only that file changes it
    │   ├── VersionConflict     the appointment changed since it was read
    │   ├── Unauthenticated     no credential, or one that lets nobody in
    │   ├── IdempotencyMismatch one key, and another request than the first time
    │   ├── PlanMoved           the world is not the one the plan was made for
    │   ├── NeedsLogin          a calendar wants (new) credentials
    │   ├── Forbidden           a calendar refuses us, or is not there any more
    │   ├── Rejected            a calendar refuses this one object
    │   └── Unsupported         a provider cannot do this at all
    ├── Unavailable             later, perhaps by itself: carries retry_after
    │   ├── TooOften            one client's bookings follow each other too fast
    │   ├── Transient           a calendar did not answer, or not sensibly
    │   ├── RateLimited         a calendar asked us to slow down
    │   ├── Locked              another process holds what we need
    │   ├── LeaseLost           another node took this calendar over
    │   └── LedgerAway          the database server cannot be reached
    └── Broken                  ours to mend: a person must look
        ├── SchemaMismatch      the database is newer, older or not ours
        ├── LedgerUnwritable    no right or no room to write the database
        └── LedgerDamaged       the ledger or its journal is not what it should be

HTTP statuses and exit codes are assigned at the doors; the core knows no numbers.
Messages never contain a client's name, a title, a token or a password.
"""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from syncd.core.problem import Problem


class SyncdError(Exception):
    """The root. `code` is stable and language-free; the message says what, which and what to do."""

    code: ClassVar[str] = "ERROR"


class Refused(SyncdError):
    """The caller can fix it. Nothing was changed."""

    code = "REFUSED"


class NotAllowed(Refused):
    """The action does not fit the appointment as it is now."""

    code = "INVALID_TRANSITION"


class NotPermitted(NotAllowed):
    """Whoever asks is known, and may not do this."""

    code = "NOT_PERMITTED"


class TooEarly(NotAllowed):
    """It can be said of an appointment only once it began."""

    code = "TOO_EARLY"


class TooLate(NotAllowed):
    """What began is the practice's to change."""

    code = "TOO_LATE"


class OutsideCheckIn(NotAllowed):
    """People arrive around the start."""

    code = "CHECKIN_WINDOW"


class HoldExpired(NotAllowed):
    """The time is not kept any more; somebody else may have it."""

    code = "HOLD_EXPIRED"


class SlotTaken(Refused):
    """The time is already held for `resource` ("practitioner", "client" or "room")."""

    code = "SLOT_UNAVAILABLE"

    def __init__(self, message: str, *, resource: str = "practitioner") -> None:
        super().__init__(message)
        self.resource = resource


class OutsideOpeningHours(Refused):
    """The whole interval must lie inside the practitioner's opening hours."""

    code = "OUTSIDE_BUSINESS_HOURS"


class NotOffered(Refused):
    """A rule about how the activity is offered keeps this time from clients."""

    code = "NOT_OFFERED"


class NoticeTooShort(NotOffered):
    """It would begin too soon."""

    code = "NOTICE_TOO_SHORT"


class TooFarAhead(NotOffered):
    """It would begin later than clients may book."""

    code = "TOO_FAR_AHEAD"


class LimitReached(NotOffered):
    """The day or the week has as many of these as it may have."""

    code = "LIMIT_REACHED"


class TooManyAhead(NotOffered):
    """The client has as many appointments to come as the practice allows."""

    code = "MAX_APPTS_PER_PATIENT"


class NoRelationship(NotOffered):
    """Only clients of this practitioner may book it."""

    code = "NO_RELATIONSHIP"


class CalendarStale(NotOffered):
    """A calendar was not read for too long: what it takes is not known."""

    code = "CALENDAR_STALE"


class BookingOff(NotOffered):
    """Clients cannot book at the moment, whatever is free."""

    code = "MODULE_DISABLED"


class PastTime(Refused):
    """An appointment cannot be booked or moved into the past."""

    code = "PAST_DATETIME"


class ReasonRequired(Refused):
    """This action must say why."""

    code = "REASON_REQUIRED"


class Unknown(Refused):
    """No `what` with the id `which`. `known` holds near names, for a suggestion."""

    code = "NOT_FOUND"

    def __init__(self, what: str, which: str, *, known: tuple[str, ...] = ()) -> None:
        hint = f"; known: {', '.join(known)}" if known else ""
        super().__init__(f"no {what} {which!r}{hint}")
        self.what = what
        self.which = which


class Invalid(Refused):
    """Input that cannot be used, with every problem found, not only the first."""

    code = "VALIDATION_ERROR"

    def __init__(self, problems: tuple[Problem, ...] | list[Problem] | str) -> None:
        if isinstance(problems, str):
            problems = (Problem(where="", what=problems),)
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class AlreadyThere(Refused):
    """What shall be made is there, or what is changed would be like another."""

    code = "ALREADY_EXISTS"


class KeptByFile(Refused):
    """practice.toml says it: `syncd practice apply` would undo what was changed elsewhere."""

    code = "KEPT_BY_FILE"


class VersionConflict(Refused):
    """The appointment is not at the version the caller saw."""

    code = "VERSION_CONFLICT"


class Unauthenticated(Refused):
    """No credential, or one that lets nobody in."""

    code = "UNAUTHENTICATED"


class IdempotencyMismatch(Refused):
    """An idempotency key belongs to one request."""

    code = "IDEMPOTENCY_MISMATCH"


class PlanMoved(Refused):
    """A plan is applied only to the world it was made for."""

    code = "PLAN_MOVED"


class NeedsLogin(Refused):
    """The calendar does not accept our credentials (any more)."""

    code = "NEEDS_LOGIN"


class Forbidden(Refused):
    """The calendar refuses us, or its collection is not there. Never evidence of a deletion."""

    code = "CALENDAR_FORBIDDEN"


class Rejected(Refused):
    """The calendar refuses this one object; the others go on."""

    code = "EVENT_REJECTED"


class Unsupported(Refused):
    """The provider declared that it cannot do this."""

    code = "UNSUPPORTED"


class Unavailable(SyncdError):
    """Later, perhaps by itself. `retry_after` is the least wait that makes sense, if known."""

    code = "UNAVAILABLE"

    def __init__(self, message: str, *, retry_after: timedelta | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class TooOften(Unavailable):
    """One client books faster than a person does."""

    code = "TOO_OFTEN"


class Transient(Unavailable):
    """The calendar did not answer, or not sensibly. `ambiguous`: a write may have had its
    effect."""

    code = "CALENDAR_UNAVAILABLE"

    def __init__(
        self, message: str, *, retry_after: timedelta | None = None, ambiguous: bool = False
    ) -> None:
        super().__init__(message, retry_after=retry_after)
        self.ambiguous = ambiguous


class RateLimited(Unavailable):
    """The calendar asked us to slow down."""

    code = "RATE_LIMITED"


class Locked(Unavailable):
    """Another process holds the ledger or the calendar's lease."""

    code = "LOCKED"


class LeaseLost(Unavailable):
    """Another node holds this calendar now: whatever this one still wanted to write is dropped."""

    code = "LEASE_LOST"


class LedgerAway(Unavailable):
    """The database server cannot be reached, or broke off. `ambiguous`: it broke off while
    committing, so that the change may or may not be stored; read before doing it again."""

    code = "LEDGER_UNAVAILABLE"

    def __init__(self, message: str, *, ambiguous: bool = False) -> None:
        super().__init__(message)
        self.ambiguous = ambiguous


class Broken(SyncdError):
    """Ours to mend: a person must look."""

    code = "BROKEN"


class SchemaMismatch(Broken):
    """The database is newer or older than this release, or is not a syncd ledger."""

    code = "SCHEMA_MISMATCH"


class LedgerUnwritable(Broken):
    """The database, its folder or its disk does not let us write. Nothing was changed."""

    code = "LEDGER_UNWRITABLE"


class LedgerDamaged(Broken):
    """The ledger, or its journal, is not what it should be."""

    code = "LEDGER_DAMAGED"
