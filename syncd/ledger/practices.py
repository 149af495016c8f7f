"""The practice, its practitioners, activities and calendars: read and written whole.

Saving is idempotent: an unchanged value is not written and leaves no journal entry.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, time, timedelta
from typing import Any

from sqlalchemy import Table, bindparam, select, update

from syncd.core.details import Money
from syncd.core.errors import Unknown
from syncd.core.ids import ActivityId, CalendarId, PracticeId, PractitionerId
from syncd.core.journal import Cause
from syncd.core.practice import (
    Activity,
    Adopt,
    Calendar,
    Disclosure,
    Keeper,
    Mode,
    OnOutage,
    OnRemoteDelete,
    Practice,
    Practitioner,
    StalePolicy,
)
from syncd.core.schedule import OpeningHours, ScheduleException, Weekday, WeeklyWindow, Window
from syncd.ledger.journal import JournalWrites
from syncd.ledger.offerings import closures_json, closures_of, offering_json, offering_of
from syncd.ledger.tables import activities, calendar_states, calendars, practices, practitioners
from syncd.ledger.unit import Unit

_CALENDARS_OF = (
    select(calendars)
    .where(
        calendars.c.practice_id == bindparam("at_practice"),
        calendars.c.practitioner_id.in_(bindparam("who", expanding=True)),
        calendars.c.active,
    )
    .order_by(calendars.c.id)
)
_PRACTICE = select(practices).where(practices.c.id == bindparam("at_practice"))


class PracticeReads(Unit):
    def practices(self) -> list[Practice]:
        """All practices of this ledger, by id."""
        return [practice_of(row) for row in self._read(select(practices).order_by(practices.c.id))]

    def practice(self) -> Practice | None:
        """This unit's practice; None when nothing was ever applied to the ledger."""
        try:
            practice_id = self.practice_id
        except Unknown:
            return None
        row = self._read(_PRACTICE, {"at_practice": practice_id}).one_or_none()
        return practice_of(row) if row else None

    def is_booking_on(self) -> bool:
        """Whether clients may book at all."""
        row = self._read(_PRACTICE, {"at_practice": self.practice_id}).one_or_none()
        return row is None or row.booking_off_at is None

    def booking_secret(self) -> str | None:
        """What the keys to single appointments are made of; None while there are none."""
        row = self._read(_PRACTICE, {"at_practice": self.practice_id}).one_or_none()
        return row.booking_secret if row is not None else None

    def practitioners(self, *, active_only: bool = False) -> list[Practitioner]:
        return [practitioner_of(row) for row in self._all(practitioners, active_only=active_only)]

    def practitioner(self, practitioner_id: PractitionerId) -> Practitioner:
        """Raises Unknown."""
        return practitioner_of(self._one(practitioners, "practitioner", practitioner_id))

    def activities(self, *, active_only: bool = False) -> list[Activity]:
        return [activity_of(row) for row in self._all(activities, active_only=active_only)]

    def activity(self, activity_id: ActivityId) -> Activity:
        """Raises Unknown."""
        return activity_of(self._one(activities, "activity", activity_id))

    def calendars(self, *, active_only: bool = True) -> list[Calendar]:
        return [_calendar(row) for row in self._all(calendars, active_only=active_only)]

    def calendars_of(self, practitioner_ids: Iterable[PractitionerId]) -> list[Calendar]:
        """Those in use of these practitioners, by id."""
        who = {"at_practice": self.practice_id, "who": list(practitioner_ids)}
        return [_calendar(row) for row in self._read(_CALENDARS_OF, who)]

    def calendar(self, calendar_id: CalendarId) -> Calendar:
        """Raises Unknown."""
        return _calendar(self._one(calendars, "calendar", calendar_id))

    def _all(self, table: Table, *, active_only: bool) -> list[Any]:
        statement = (
            select(table).where(table.c.practice_id == self.practice_id).order_by(table.c.id)
        )
        if active_only:
            statement = statement.where(table.c.active)
        return list(self._read(statement))

    def _one(self, table: Table, what: str, which: str) -> Any:
        statement = select(table).where(
            table.c.practice_id == self.practice_id, table.c.id == which
        )
        row = self._read(statement).one_or_none()
        if row is None:
            known = tuple(row.id for row in self._all(table, active_only=True))
            raise Unknown(what, which, known=known[:20])
        return row


class PracticeWrites(PracticeReads, JournalWrites):
    def save_practice(self, practice: Practice, cause: Cause) -> bool:
        """Create or change the practice, and make it this unit's. True when anything changed."""
        row = {
            "id": practice.id,
            "name": practice.name,
            "timezone": practice.timezone,
            "locale": practice.locale,
            "number_prefix": practice.number_prefix,
            "holidays": practice.holidays,
            "closures": closures_json(practice.closures),
            "most_ahead": practice.most_ahead,
            "public_booking": practice.public_booking,
        }
        self.scope.practice_id = PracticeId(practice.id)
        self.scope.remembered.pop("practice", None)
        kept = [practices.c[key] for key in row]
        found = self._read(select(*kept).where(practices.c.id == practice.id)).mappings()
        before = next((dict(each) for each in found), None)
        if before == row:
            return False
        self._upsert(practices, [row])
        self._record("save", "practice", practice.id, cause=cause, before=before, after=row)
        return True

    def switch_booking(self, cause: Cause, *, on: bool) -> bool:
        """Let clients book, or not. True when that changed anything."""
        before = self.is_booking_on()
        if before == on:
            return False
        moment = None if on else self.now
        mine = practices.c.id == self.practice_id
        self._write(update(practices).where(mine).values(booking_off_at=moment))
        told = [{"bookingEnabled": each} for each in (before, on)]
        self._record(
            "switch", "practice", self.practice_id, cause=cause, before=told[0], after=told[1]
        )
        return True

    def make_booking_secret(self, secret: str, cause: Cause) -> str:
        """Keep this one, unless there is one already; the one that is kept."""
        kept = self.booking_secret()
        if kept is not None:
            return kept
        mine = practices.c.id == self.practice_id
        self._write(update(practices).where(mine).values(booking_secret=secret))
        self._record(
            "make-keys", "practice", self.practice_id, cause=cause, before=None, after=None
        )
        return secret

    def save_practitioner(self, practitioner: Practitioner, cause: Cause) -> bool:
        """True when anything changed."""
        return self._save(practitioners, "practitioner", _practitioner_row(practitioner), cause)

    def save_activity(self, activity: Activity, cause: Cause) -> bool:
        """True when anything changed."""
        return self._save(activities, "activity", _activity_row(activity), cause)

    def save_calendar(self, calendar: Calendar, cause: Cause) -> bool:
        """True when anything changed. A new calendar has a state that was never read."""
        changed = self._save(calendars, "calendar", _calendar_row(calendar), cause)
        key = {"practice_id": self.practice_id, "calendar_id": calendar.id}
        if changed:
            self._upsert(calendar_states, [key])
        return changed

    def _save(self, table: Table, kind: str, row: dict[str, Any], cause: Cause) -> bool:
        found = self._read(
            select(table).where(table.c.practice_id == self.practice_id, table.c.id == row["id"])
        ).mappings()
        before = next(({key: each[key] for key in row} for each in found), None)
        if before == row:
            return False
        self._upsert(table, [{"practice_id": self.practice_id, **row}])
        self._record("save", kind, row["id"], cause=cause, before=before, after=row)
        return True


def practice_of(row: Any) -> Practice:
    """The practice that a row of its table stands for; so below."""
    return Practice(
        id=row.id,
        name=row.name,
        timezone=row.timezone,
        locale=row.locale,
        number_prefix=row.number_prefix,
        holidays=row.holidays,
        closures=closures_of(row.closures),
        most_ahead=row.most_ahead,
        public_booking=bool(row.public_booking),
    )


def practitioner_of(row: Any) -> Practitioner:
    return Practitioner(
        id=row.id,
        name=row.name,
        timezone=row.timezone,
        hours=_hours(row.hours),
        hours_kept_by=_keeper(row.hours_kept_by),
        active=row.active,
    )


def _practitioner_row(practitioner: Practitioner) -> dict[str, Any]:
    return {
        "id": practitioner.id,
        "name": practitioner.name,
        "timezone": practitioner.timezone,
        "hours": _hours_json(practitioner.hours),
        "hours_kept_by": practitioner.hours_kept_by.value,
        "active": practitioner.active,
    }


def activity_of(row: Any) -> Activity:
    return Activity(
        id=row.id,
        name=row.name,
        duration=timedelta(seconds=row.duration_seconds),
        needs_confirmation=row.needs_confirmation,
        price=_price(row.price),
        color=row.color,
        kept_by=_keeper(row.kept_by),
        active=row.active,
        offering=offering_of(row.offering),
    )


def _keeper(stored: str | None) -> Keeper:
    return Keeper(stored) if stored else Keeper.FILE


def _price(stored: str | None) -> Money | None:
    """None for the free words that a release before this one took for a price."""
    try:
        return Money.parse(stored) if stored else None
    except ValueError:
        return None


def _activity_row(activity: Activity) -> dict[str, Any]:
    return {
        "id": activity.id,
        "name": activity.name,
        "duration_seconds": activity.duration // timedelta(seconds=1),
        "needs_confirmation": activity.needs_confirmation,
        "price": str(activity.price) if activity.price is not None else None,
        "color": activity.color,
        "kept_by": activity.kept_by.value,
        "active": activity.active,
        "offering": offering_json(activity.offering),
    }


def _calendar(row: Any) -> Calendar:
    return Calendar(
        id=row.id,
        provider=row.provider,
        practitioner_id=row.practitioner_id,
        mode=Mode(row.mode),
        adopt=Adopt(row.adopt),
        on_remote_delete=OnRemoteDelete(row.on_remote_delete) if row.on_remote_delete else None,
        disclosure=Disclosure(row.disclosure) if row.disclosure else None,
        activity_id=row.activity_id,
        poll_every=timedelta(seconds=row.poll_seconds),
        stale_after=timedelta(seconds=row.stale_seconds),
        stale_policy=StalePolicy(row.stale_policy),
        write_through=OnOutage(row.write_through) if row.write_through else None,
        settings=row.settings,
        active=row.active,
    )


def _calendar_row(calendar: Calendar) -> dict[str, Any]:
    return {
        "id": calendar.id,
        "provider": calendar.provider,
        "practitioner_id": calendar.practitioner_id,
        "mode": calendar.mode.value,
        "adopt": calendar.adopt.value,
        "on_remote_delete": calendar.on_remote_delete and calendar.on_remote_delete.value,
        "disclosure": calendar.disclosure and calendar.disclosure.value,
        "activity_id": calendar.activity_id,
        "poll_seconds": calendar.poll_every // timedelta(seconds=1),
        "stale_seconds": calendar.stale_after // timedelta(seconds=1),
        "stale_policy": calendar.stale_policy.value,
        "write_through": calendar.write_through and calendar.write_through.value,
        "settings": dict(calendar.settings),
        "active": calendar.active,
    }


def _hours_json(hours: OpeningHours) -> dict[str, Any]:
    return {
        "weekly": [{"day": int(each.day), **_window_json(each.window)} for each in hours.weekly],
        "exceptions": [
            {
                "day": each.day.isoformat(),
                "windows": [_window_json(window) for window in each.windows],
                "reason": each.reason,
            }
            for each in hours.exceptions
        ],
    }


def _hours(stored: Mapping[str, Any]) -> OpeningHours:
    return OpeningHours(
        weekly=tuple(
            WeeklyWindow(day=Weekday(each["day"]), window=_window(each))
            for each in stored["weekly"]
        ),
        exceptions=tuple(
            ScheduleException(
                day=date.fromisoformat(each["day"]),
                windows=tuple(_window(window) for window in each["windows"]),
                reason=each["reason"],
            )
            for each in stored["exceptions"]
        ),
    )


def _window_json(window: Window) -> dict[str, str]:
    return {"start": window.start.isoformat(), "end": window.end.isoformat()}


def _window(stored: Mapping[str, str]) -> Window:
    return Window(time.fromisoformat(stored["start"]), time.fromisoformat(stored["end"]))
