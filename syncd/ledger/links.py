"""Links between appointments and events. The dirty ones are the queue of what is to be written.

`wanted_version` repeats the appointment's version in the link, so that a partial index holds the
dirty links alone and a round without changes costs the same however many links there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Select, bindparam, func, or_, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from syncd.core.appointment import (
    Agreed,
    Appointment,
    Awaited,
    Link,
    LinkState,
    Origin,
    Status,
)
from syncd.core.ids import AppointmentId, CalendarId, EventRef, PractitionerId, Uid
from syncd.ledger.appointments import (
    CLIENT_OF_APPOINTMENT,
    COLUMNS,
    WITH_CLIENT,
    AppointmentReads,
    appointment_of,
    takes_part,
)
from syncd.ledger.awaited import awaited_anywhere
from syncd.ledger.tables import IS_DIRTY, IS_MIRROR, appointments, clients, links, remote_events
from syncd.ledger.unit import Unit, by_index, chunks

_MARK = ("awaited", "awaited_until")
"""Put by `set_awaited` alone: what a round planned with is no news about it."""
_OVER = (Status.CANCELLED.value, Status.ENTERED_IN_ERROR.value)
_LINKED = (appointments.c.practice_id == links.c.practice_id) & (
    appointments.c.id == links.c.appointment_id
)


class LinkReads(AppointmentReads):
    def link(self, calendar_id: CalendarId, appointment_id: AppointmentId) -> Link | None:
        """The appointment's link in this calendar, if it has one."""
        row = self._read(
            self._of(calendar_id).where(links.c.appointment_id == appointment_id)
        ).one_or_none()
        return _link(row) if row else None

    def links_of(self, appointment_ids: Iterable[AppointmentId]) -> dict[AppointmentId, list[Link]]:
        """The links of each appointment, by calendar; an empty list where there is none."""
        wanted = list(appointment_ids)
        found: dict[AppointmentId, list[Link]] = {each: [] for each in wanted}
        for chunk in chunks(wanted):
            statement = (
                select(links)
                .where(links.c.practice_id == self.practice_id, links.c.appointment_id.in_(chunk))
                .order_by(links.c.calendar_id)
            )
            for row in self._read(statement):
                found[row.appointment_id].append(_link(row))
        return found

    def links_by_ref(
        self, calendar_id: CalendarId, refs: Iterable[EventRef]
    ) -> dict[EventRef, Link]:
        found: dict[EventRef, Link] = {}
        for chunk in chunks(list(refs)):
            rows = self._read(self._of(calendar_id).where(links.c.ref.in_(chunk)))
            found |= {row.ref: _link(row) for row in rows}
        return found

    def links_by_uid(self, calendar_id: CalendarId, uids: Iterable[Uid]) -> dict[Uid, list[Link]]:
        """This calendar's links with these uids; usually one each."""
        found: dict[Uid, list[Link]] = {}
        for chunk in chunks(list(uids)):
            rows = self._read(
                by_index(self._of(calendar_id), links, "ix_links_uid")
                .where(links.c.uid.in_(chunk))
                .order_by(links.c.appointment_id)
            )
            for row in rows:
                found.setdefault(row.uid, []).append(_link(row))
        return found

    def mirrors(
        self, calendar_id: CalendarId, uids: Iterable[Uid], *, practitioner_id: PractitionerId
    ) -> dict[Uid, tuple[Link, Appointment]]:
        """Links of *other* calendars with these uids, and their appointments, all of this
        practitioner's: an event with such a uid here is a mirror. One that is not over comes
        first."""
        found: dict[Uid, tuple[Link, Appointment]] = {}
        for chunk in chunks(list(uids)):
            rows = self._read(
                by_index(_PAIRS, links, "ix_links_uid")
                .where(
                    links.c.practice_id == self.practice_id,
                    links.c.calendar_id != calendar_id,
                    links.c.uid.in_(chunk),
                    takes_part(self.practice_id, practitioner_id),
                )
                .order_by(
                    appointments.c.status.in_(_OVER), links.c.calendar_id, links.c.appointment_id
                )
            )
            for row in rows:
                found.setdefault(row.link_uid, (_link(row, "link_"), appointment_of(row)))
        return found

    def stale_mirrors(
        self, calendar_id: CalendarId, practitioner_id: PractitionerId
    ) -> list[EventRef]:
        """Mirrors whose appointment is over, or takes place at another time than they show."""
        r = remote_events.c
        shown = (
            select(links.c.appointment_id)
            .join(appointments, _LINKED)
            .where(
                links.c.practice_id == r.practice_id,
                links.c.calendar_id != r.calendar_id,
                links.c.uid == r.uid,
                takes_part(self.practice_id, practitioner_id),
                appointments.c.status.not_in(_OVER),
                appointments.c.starts_at == r.starts_at,
                appointments.c.ends_at == r.ends_at,
            )
        )
        statement = select(r.ref).where(
            r.practice_id == self.practice_id,
            r.calendar_id == calendar_id,
            IS_MIRROR,
            ~shown.exists(),
        )
        return list(
            self._read(by_index(statement, remote_events, "ix_remote_events_mirrors")).scalars()
        )

    def dirty_links(
        self, calendar_id: CalendarId, *, limit: int | None = None
    ) -> list[tuple[Link, Appointment]]:
        """What this calendar must still be told, with the appointments, by their start. Holds are
        left out: they are not written; so is what another calendar has yet to decide about."""
        rows = self._read(
            _by_dirt(_PAIRS)
            .where(
                links.c.practice_id == self.practice_id,
                links.c.calendar_id == calendar_id,
                appointments.c.status != Status.PROPOSED.value,
                or_(links.c.awaited.is_not(None), ~awaited_anywhere(self.practice_id)),
            )
            .order_by(appointments.c.starts_at, appointments.c.number)
            .limit(limit)
        )
        return [(_link(row, "link_"), appointment_of(row)) for row in rows]

    def unlinked_appointments(
        self, calendar_id: CalendarId, practitioner_id: PractitionerId, *, ending_after: datetime
    ) -> list[Appointment]:
        """The practitioner's appointments that end later than that and have no link here: neither
        holds, nor cancelled."""
        linked = select(links.c.appointment_id).where(
            links.c.practice_id == self.practice_id,
            links.c.calendar_id == calendar_id,
            links.c.appointment_id == appointments.c.id,
        )
        rows = self._read(
            select(*COLUMNS)
            .select_from(WITH_CLIENT)
            .where(
                appointments.c.practice_id == self.practice_id,
                takes_part(self.practice_id, practitioner_id),
                appointments.c.ends_at > ending_after,
                appointments.c.status.not_in([*_OVER, Status.PROPOSED.value]),
                ~linked.exists(),
            )
            .order_by(appointments.c.starts_at, appointments.c.number)
        )
        return [appointment_of(row) for row in rows]

    def live_link_count(self, calendar_id: CalendarId, now: datetime) -> int:
        """How many events this calendar should have that have not ended, of appointments that are
        not over: what the brake on mass deletions is measured against."""
        return int(
            self._read(
                select(func.count())
                .select_from(links)
                .join(appointments, _LINKED)
                .where(
                    links.c.practice_id == self.practice_id,
                    links.c.calendar_id == calendar_id,
                    links.c.ref.is_not(None),
                    links.c.state != LinkState.GONE.value,
                    appointments.c.ends_at > now,
                    appointments.c.status.not_in(_OVER),
                )
            ).scalar_one()
        )

    def refused_count(self, calendar_id: CalendarId) -> int:
        """How many events this calendar refused to take, and still must be told of."""
        return int(
            self._read(
                _by_dirt(select(func.count()).select_from(links)).where(
                    links.c.practice_id == self.practice_id,
                    links.c.calendar_id == calendar_id,
                    links.c.attempts > 0,
                )
            ).scalar_one()
        )

    def _of(self, calendar_id: CalendarId) -> Select[Any]:
        return select(links).where(
            links.c.practice_id == self.practice_id, links.c.calendar_id == calendar_id
        )


class LinkWrites(Unit):
    def put_links(self, changed: Sequence[Link]) -> None:
        """Store the links as they are given, new or changed, in one statement; whether they are
        `awaited` stays as it is stored."""
        if changed:
            statement = _PUT_ON_SQLITE if self.scope.is_sqlite else _PUT_ON_POSTGRESQL
            self._write(statement, [self._link_row(each) for each in changed])

    def _link_row(self, link: Link) -> dict[str, Any]:
        return {
            "practice_id": self.practice_id,
            "calendar_id": link.calendar_id,
            "appointment_id": link.appointment_id,
            "uid": link.uid,
            "origin": link.origin.value,
            "generation": link.generation,
            "ref": link.ref,
            "version": link.version,
            "digest": link.digest,
            "base": _agreed_json(link.base),
            "state": link.state.value,
            "pushed_version": link.pushed_version,
            "intended": [_agreed_json(each) for each in link.wishes] or None,
            "attempts": link.attempts,
            "problem": link.problem,
            "meeting_link": link.meeting_link,
        }


def _by_dirt(statement: Select[Any]) -> Select[Any]:
    return by_index(statement.where(IS_DIRTY), links, "ix_links_dirty")


def _putting(insert: Any) -> Any:
    wanted = (
        select(appointments.c.version)
        .where(
            appointments.c.practice_id == bindparam("practice_id"),
            appointments.c.id == bindparam("appointment_id"),
        )
        .scalar_subquery()
    )
    names = [name for name in links.c.keys() if name not in ("wanted_version", *_MARK)]  # noqa: SIM118  a collection of columns
    statement = insert(links).values(
        {**{name: bindparam(name) for name in names}, "wanted_version": wanted}
    )
    keys = [column.name for column in links.primary_key]
    return statement.on_conflict_do_update(
        index_elements=keys,
        set_={
            column.name: statement.excluded[column.name]
            for column in links.c
            if column.name not in (*keys, *_MARK)
        },
    )


_PUT_ON_SQLITE = _putting(sqlite_insert)
_PUT_ON_POSTGRESQL = _putting(postgresql_insert)
_PAIRS = select(*[column.label(f"link_{column.name}") for column in links.c], *COLUMNS).select_from(
    links.join(appointments, _LINKED).outerjoin(clients, CLIENT_OF_APPOINTMENT)
)


def _link(row: Any, prefix: str = "") -> Link:
    wishes = _wishes(getattr(row, f"{prefix}intended"))
    return Link(
        appointment_id=getattr(row, f"{prefix}appointment_id"),
        calendar_id=getattr(row, f"{prefix}calendar_id"),
        uid=getattr(row, f"{prefix}uid"),
        origin=Origin(getattr(row, f"{prefix}origin")),
        generation=getattr(row, f"{prefix}generation"),
        ref=getattr(row, f"{prefix}ref"),
        version=getattr(row, f"{prefix}version"),
        digest=getattr(row, f"{prefix}digest"),
        base=_agreed(getattr(row, f"{prefix}base")),
        state=LinkState(getattr(row, f"{prefix}state")),
        pushed_version=getattr(row, f"{prefix}pushed_version"),
        intended=wishes[0] if wishes else None,
        unanswered=wishes[1:],
        attempts=getattr(row, f"{prefix}attempts"),
        problem=getattr(row, f"{prefix}problem"),
        meeting_link=getattr(row, f"{prefix}meeting_link"),
        awaited=_awaited(getattr(row, f"{prefix}awaited"), getattr(row, f"{prefix}awaited_until")),
    )


def _awaited(becomes: str | None, until: datetime | None) -> Awaited | None:
    return Awaited(becomes=Status(becomes), until=until) if becomes else None


def _agreed_json(agreed: Agreed | None) -> dict[str, Any] | None:
    if agreed is None:
        return None
    return {
        "start": agreed.start.isoformat(),
        "end": agreed.end.isoformat(),
        "title": agreed.title,
        "draftedTitle": agreed.drafted_title,
        "cancelled": agreed.cancelled,
        "tentative": agreed.tentative,
        "absent": agreed.absent,
    }


def _wishes(stored: list[dict[str, Any]] | dict[str, Any] | None) -> tuple[Agreed, ...]:
    """All that is intended. One alone was stored by itself until schema 0003."""
    rows = [stored] if isinstance(stored, dict) else stored or []
    return tuple(each for row in rows if (each := _agreed(row)) is not None)


def _agreed(stored: dict[str, Any] | None) -> Agreed | None:
    if stored is None:
        return None
    return Agreed(
        start=datetime.fromisoformat(stored["start"]).astimezone(UTC),
        end=datetime.fromisoformat(stored["end"]).astimezone(UTC),
        title=stored["title"],
        drafted_title=stored["draftedTitle"],
        cancelled=stored["cancelled"],
        tentative=stored["tentative"],
        absent=stored.get("absent", False),
    )
