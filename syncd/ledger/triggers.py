"""The refusal of overlaps, as triggers of the database: one definition, written out for both.

A flag that a check before the write could miss is no promise; here the database itself refuses.
Alembic's batch mode drops SQLite's triggers without a word, so they are made anew after each
migration and compared when the ledger is opened. ADR 0006.

The claim of a row is refused when another row of the practice holds overlapping time for the same
practitioner, client or room, or for one who takes part beside the practitioner. These stand in
`attendances`, too, which the triggers keep in step, to be found by when it is like the others. Rows
of one activity and practitioner that have a capacity share one time, and its room, until there are
as many as the new row's capacity says. An exempt row (flagged as an overlap or overbooking) is not
checked, but counts for others. An expired hold counts for nothing: it is compared with `updated_at`
of the row being written, so that the clock stays a value. A change is checked only where it claims
more than before: completing an appointment beside an overbooked one is no new claim.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, text

from syncd.core.appointment import HOLDS_TIME, Status
from syncd.ledger.tables import POSTGRESQL_DAY, SQLITE_DAY

MARK = "syncd refuses an overlap of"
"""What the error of a refused row says, before the word for the resource."""

RESOURCES = ("practitioner", "client", "room")
_WATCHED = (
    "starts_at, ends_at, status, exempt, hold_expires_at, practitioner_id, client_id, room_id,"
    " also_with"
)
_SPREAD = "also_with, starts_at, is_long"
_NOBODY = "'[]'"
_TABLE_OF = {"practitioner": "practitioners", "client": "clients", "room": "rooms"}


@dataclass(frozen=True, slots=True)
class _Words:
    """What the two dialects call the same thing. `others` has one column, `value`: who takes part
    beside the practitioner."""

    day: str
    same: str
    others: str


_SQLITE = _Words(day=SQLITE_DAY, same="IS", others="FROM json_each(NEW.also_with) AS other")
_POSTGRESQL = _Words(
    day=POSTGRESQL_DAY,
    same="IS NOT DISTINCT FROM",
    others="FROM jsonb_array_elements_text(NEW.also_with::jsonb) AS other(value)",
)


def _holds(row: str) -> str:
    statuses = ", ".join(f"'{each}'" for each in sorted(HOLDS_TIME))
    return (
        f"{row}.status IN ({statuses}) AND ({row}.status <> '{Status.PROPOSED}'"
        f" OR {row}.hold_expires_at IS NULL OR {row}.hold_expires_at > NEW.updated_at)"
    )


def _claims_more(resource: str, words: _Words) -> str:
    """Whether NEW takes time of the resource that OLD did not have already. What OLD had together
    with others it has only as long as it begins and ends with them."""
    alone = "" if resource == "client" else f" AND (OLD.capacity = 1 OR ({_shares(words, 'OLD')}))"
    if resource == "practitioner":
        alone += " AND OLD.also_with = NEW.also_with"
    return (
        f"NOT ({_holds('OLD')} AND NOT OLD.exempt"
        f" AND OLD.{resource}_id {words.same} NEW.{resource}_id"
        f" AND OLD.starts_at <= NEW.starts_at AND OLD.ends_at >= NEW.ends_at{alone})"
    )


def _taken(resource: str, words: _Words) -> str:
    """Whether others hold overlapping time that NEW does not share with them, or share it and are
    as many as may."""
    found = [_overlapped(resource, f"NEW.{resource}_id", words)]
    if resource != "client":
        same = _same(resource, f"NEW.{resource}_id")
        others = f"SELECT count(*) {same} AND taken.is_long = NEW.is_long AND {_shares(words)}"
        found.append(f"NEW.capacity > 1 AND ({others}) >= NEW.capacity")
    if resource == "practitioner":
        found.append(_attended("NEW.practitioner_id", words))
        each = "other.value"
        is_taken = f"{_overlapped(resource, each, words)} OR {_attended(each, words)}"
        somebody = f"EXISTS (SELECT 1 {words.others} WHERE {is_taken})"
        found.append(f"NEW.also_with <> {_NOBODY} AND {somebody}")
    return " OR ".join(found)


def _overlapped(resource: str, which: str, words: _Words) -> str:
    """Whether another row has overlapping time of it, unshared. Two lookups by one index: what
    started within a day before, and the few that last longer than a day."""
    alone = "" if resource == "client" else f" AND NOT ({_shares(words)})"
    found = (
        f"EXISTS (SELECT 1 {_same(resource, which)} AND {each}{alone})"
        for each in _lengths("taken", words)
    )
    return " OR ".join(found)


def _same(resource: str, which: str) -> str:
    return (
        "FROM appointments AS taken WHERE taken.practice_id = NEW.practice_id"
        f" AND taken.{resource}_id = {which} AND {_OVERLAPS}"
    )


def _attended(who: str, words: _Words) -> str:
    """Whether this practitioner takes part in what overlaps with NEW, and is not shared with it."""
    found = (
        f"EXISTS (SELECT 1 {_ATTENDED} AND attendances.practitioner_id = {who}"
        f" AND {each} AND NOT ({_shares(words)}))"
        for each in _lengths("attendances", words)
    )
    return " OR ".join(found)


def _lengths(table: str, words: _Words) -> tuple[str, str]:
    return (
        f"{table}.is_long = FALSE AND {table}.starts_at >= NEW.starts_at - {words.day}",
        f"{table}.is_long = TRUE",
    )


def _shares(words: _Words, row: str = "taken") -> str:
    """Whether a row is one of those who share their time with NEW: `core.sharing`. Never NULL."""
    return (
        f"NEW.capacity > 1 AND {row}.capacity > 1"
        f" AND {row}.activity_id {words.same} NEW.activity_id"
        f" AND {row}.practitioner_id = NEW.practitioner_id"
        f" AND {row}.starts_at = NEW.starts_at AND {row}.ends_at = NEW.ends_at"
    )


_OVERLAPS = (
    "taken.id <> NEW.id AND taken.starts_at < NEW.ends_at AND taken.ends_at > NEW.starts_at"
    f" AND {_holds('taken')}"
)
# SQLite never turns a CROSS JOIN around: the history of appointments is not looked through.
_ATTENDED = (
    "FROM attendances CROSS JOIN appointments AS taken"
    " WHERE attendances.practice_id = NEW.practice_id AND attendances.starts_at < NEW.ends_at"
    " AND taken.practice_id = attendances.practice_id AND taken.id = attendances.appointment_id"
    f" AND {_OVERLAPS}"
)


def _sqlite_refusal(event: str) -> tuple[str, str]:
    name = f"appointments_refuse_overlap_{event}"
    when = "BEFORE INSERT" if event == "insert" else f"BEFORE UPDATE OF {_WATCHED}"
    lines = [
        f"CREATE TRIGGER {name} {when} ON appointments",
        f"WHEN NOT NEW.exempt AND {_holds('NEW')}",
        "BEGIN",
    ]
    for resource in RESOURCES:
        condition = f"NEW.{resource}_id IS NOT NULL AND ({_taken(resource, _SQLITE)})"
        if event == "update":
            condition = f"{_claims_more(resource, _SQLITE)} AND {condition}"
        lines.append(f"  SELECT RAISE(ABORT, '{MARK} {resource}') WHERE {condition};")
    return name, "\n".join([*lines, "END"])


def _sqlite_attendance(event: str) -> tuple[str, str]:
    name = f"appointments_attend_{event}"
    when = "AFTER INSERT" if event == "insert" else f"AFTER UPDATE OF {_SPREAD}"
    old = f" OR OLD.also_with <> {_NOBODY}" if event == "update" else ""
    lines = [
        f"CREATE TRIGGER {name} {when} ON appointments",
        f"WHEN NEW.also_with <> {_NOBODY}{old}",
        "BEGIN",
        *(f"  {each};" for each in _spread(_SQLITE)),
        "END",
    ]
    return name, "\n".join(lines)


def _spread(words: _Words) -> tuple[str, str]:
    """What keeps `attendances` in step with a row."""
    columns = "practice_id, appointment_id, practitioner_id, starts_at, is_long"
    values = "NEW.practice_id, NEW.id, other.value, NEW.starts_at, NEW.is_long"
    return (
        "DELETE FROM attendances WHERE practice_id = NEW.practice_id AND appointment_id = NEW.id",
        f"INSERT INTO attendances ({columns}) SELECT {values} {words.others}",
    )


def _postgresql_refusal() -> str:
    lines = [
        "BEGIN",
        f"  IF NEW.exempt OR NOT ({_holds('NEW')}) THEN",
        "    RETURN NEW;",
        "  END IF;",
    ]
    # Whoever claims the same resource waits here, and then sees what was claimed meanwhile.
    # NO KEY: foreign key checks of other rows do not have to wait.
    lines += [
        f"  PERFORM 1 FROM {_TABLE_OF[resource]} WHERE practice_id = NEW.practice_id"
        f" AND id = NEW.{resource}_id FOR NO KEY UPDATE;"
        for resource in RESOURCES
    ]
    others = f"SELECT other.value {_POSTGRESQL.others}"
    lines += [
        f"  IF NEW.also_with <> {_NOBODY} THEN",
        "    PERFORM 1 FROM practitioners WHERE practice_id = NEW.practice_id",
        f"    AND id IN ({others}) FOR NO KEY UPDATE;",
        "  END IF;",
    ]
    for resource in RESOURCES:
        more = f"(TG_OP = 'INSERT' OR {_claims_more(resource, _POSTGRESQL)})"
        lines += [
            f"  IF NEW.{resource}_id IS NOT NULL AND {more}",
            f"    AND ({_taken(resource, _POSTGRESQL)}) THEN",
            f"    RAISE EXCEPTION '{MARK} {resource}' USING ERRCODE = 'exclusion_violation';",
            "  END IF;",
        ]
    return "\n".join(["", *lines, "  RETURN NEW;", "END", ""])


def _postgresql_attendance() -> str:
    had_others = f"TG_OP = 'UPDATE' AND OLD.also_with <> {_NOBODY}"
    lines = [
        "BEGIN",
        f"  IF NEW.also_with <> {_NOBODY} OR ({had_others}) THEN",
        *(f"    {each};" for each in _spread(_POSTGRESQL)),
        "  END IF;",
        "  RETURN NULL;",
        "END",
    ]
    return "\n".join(["", *lines, ""])


_EVENTS = ("insert", "update")
_SQLITE_TRIGGERS = dict(
    make(event) for make in (_sqlite_refusal, _sqlite_attendance) for event in _EVENTS
)
_POSTGRESQL_TRIGGERS = {
    "appointments_refuse_overlap": (
        f"BEFORE INSERT OR UPDATE OF {_WATCHED}",
        _postgresql_refusal(),
    ),
    "appointments_attend": (f"AFTER INSERT OR UPDATE OF {_SPREAD}", _postgresql_attendance()),
}
"""Each with when it fires, and the body of the function that it calls, which is named like it."""


def create_triggers(connection: Connection) -> None:
    """Make the triggers anew, inside the caller's transaction."""
    if connection.dialect.name == "sqlite":
        for name, definition in _SQLITE_TRIGGERS.items():
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")
            connection.exec_driver_sql(definition)
        return
    for name, (when, body) in _POSTGRESQL_TRIGGERS.items():
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name} ON appointments")
        connection.exec_driver_sql(
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql"
            f" AS $body${body}$body$"
        )
        connection.exec_driver_sql(
            f"CREATE TRIGGER {name} {when} ON appointments FOR EACH ROW EXECUTE FUNCTION {name}()"
        )


def triggers_are_right(connection: Connection) -> bool:
    """Whether the database has exactly these triggers, switched on."""
    if connection.dialect.name == "sqlite":
        rows = connection.execute(
            text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name")
        )
        return {row.name: row.sql for row in rows} == _SQLITE_TRIGGERS
    rows = connection.execute(
        text(
            "SELECT t.tgname, p.prosrc, t.tgenabled FROM pg_trigger AS t JOIN pg_proc AS p"
            " ON p.oid = t.tgfoid WHERE t.tgrelid = to_regclass('appointments')"
            " AND NOT t.tgisinternal"
        )
    )
    there = {row.tgname: (row.prosrc, row.tgenabled) for row in rows}
    return (
        there.items()
        >= {name: (body, "O") for name, (_, body) in _POSTGRESQL_TRIGGERS.items()}.items()
    )
