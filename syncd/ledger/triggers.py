"""The refusal of overlaps, as triggers of the database: one definition, written out for both.

A flag that a check before the write could miss is no promise; here the database itself refuses.
Alembic's batch mode drops SQLite's triggers without a word, so they are made anew after each
migration and compared when the ledger is opened. ADR 0006.

The claim of a row is refused when another row of the practice holds overlapping time for the same
practitioner, client or room. Rows of one activity and practitioner that have a capacity share one
time, and its room, until there are as many as the new row's capacity says. An exempt row (flagged
as an overlap or overbooking) is not checked, but counts for others. An expired hold counts for
nothing: it is compared with `updated_at` of the row being written, so that the clock stays a value.
A change is checked only where it claims more than before: completing an appointment beside an
overbooked one is no new claim.
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
    "starts_at, ends_at, status, exempt, hold_expires_at, practitioner_id, client_id, room_id"
)
_TABLE_OF = {"practitioner": "practitioners", "client": "clients", "room": "rooms"}


@dataclass(frozen=True, slots=True)
class _Words:
    """What the two dialects call the same thing."""

    day: str
    same: str


_SQLITE = _Words(day=SQLITE_DAY, same="IS")
_POSTGRESQL = _Words(day=POSTGRESQL_DAY, same="IS NOT DISTINCT FROM")


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
    return (
        f"NOT ({_holds('OLD')} AND NOT OLD.exempt"
        f" AND OLD.{resource}_id {words.same} NEW.{resource}_id"
        f" AND OLD.starts_at <= NEW.starts_at AND OLD.ends_at >= NEW.ends_at{alone})"
    )


def _taken(resource: str, words: _Words) -> str:
    """Whether others hold overlapping time that NEW does not share with them, or share it and are
    as many as may. Two lookups by one index: what started within a day before, and the few that
    last longer than a day."""
    same = (
        "FROM appointments AS taken WHERE taken.practice_id = NEW.practice_id"
        f" AND taken.{resource}_id = NEW.{resource}_id AND taken.id <> NEW.id"
        " AND taken.starts_at < NEW.ends_at AND taken.ends_at > NEW.starts_at"
        f" AND {_holds('taken')}"
    )
    recent = f"taken.is_long = FALSE AND taken.starts_at >= NEW.starts_at - {words.day}"
    long = "taken.is_long = TRUE"
    alone = "" if resource == "client" else f" AND NOT ({_shares(words)})"
    found = [f"EXISTS (SELECT 1 {same} AND {each}{alone})" for each in (recent, long)]
    if alone:
        others = f"SELECT count(*) {same} AND taken.is_long = NEW.is_long AND {_shares(words)}"
        found.append(f"NEW.capacity > 1 AND ({others}) >= NEW.capacity")
    return " OR ".join(found)


def _shares(words: _Words, row: str = "taken") -> str:
    """Whether a row is one of those who share their time with NEW: `core.sharing`. Never NULL."""
    return (
        f"NEW.capacity > 1 AND {row}.capacity > 1"
        f" AND {row}.activity_id {words.same} NEW.activity_id"
        f" AND {row}.practitioner_id = NEW.practitioner_id"
        f" AND {row}.starts_at = NEW.starts_at AND {row}.ends_at = NEW.ends_at"
    )


def _sqlite_trigger(event: str) -> tuple[str, str]:
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


def _postgresql_body() -> str:
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
    for resource in RESOURCES:
        more = f"(TG_OP = 'INSERT' OR {_claims_more(resource, _POSTGRESQL)})"
        lines += [
            f"  IF NEW.{resource}_id IS NOT NULL AND {more}",
            f"    AND ({_taken(resource, _POSTGRESQL)}) THEN",
            f"    RAISE EXCEPTION '{MARK} {resource}' USING ERRCODE = 'exclusion_violation';",
            "  END IF;",
        ]
    return "\n".join(["", *lines, "  RETURN NEW;", "END", ""])


_SQLITE_TRIGGERS = dict(_sqlite_trigger(event) for event in ("insert", "update"))
_POSTGRESQL_TRIGGER = "appointments_refuse_overlap"
_POSTGRESQL_BODY = _postgresql_body()


def create_triggers(connection: Connection) -> None:
    """Make the triggers anew, inside the caller's transaction."""
    if connection.dialect.name == "sqlite":
        for name, definition in _SQLITE_TRIGGERS.items():
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")
            connection.exec_driver_sql(definition)
        return
    name = _POSTGRESQL_TRIGGER
    connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name} ON appointments")
    connection.exec_driver_sql(
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql"
        f" AS $body${_POSTGRESQL_BODY}$body$"
    )
    connection.exec_driver_sql(
        f"CREATE TRIGGER {name} BEFORE INSERT OR UPDATE OF {_WATCHED} ON appointments"
        f" FOR EACH ROW EXECUTE FUNCTION {name}()"
    )


def triggers_are_right(connection: Connection) -> bool:
    """Whether the database has exactly these triggers, switched on."""
    if connection.dialect.name == "sqlite":
        rows = connection.execute(
            text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name")
        )
        return {row.name: row.sql for row in rows} == _SQLITE_TRIGGERS
    found = connection.execute(
        text(
            "SELECT p.prosrc, t.tgenabled FROM pg_trigger AS t JOIN pg_proc AS p"
            " ON p.oid = t.tgfoid WHERE t.tgrelid = to_regclass('appointments')"
            " AND t.tgname = :name AND NOT t.tgisinternal"
        ),
        {"name": _POSTGRESQL_TRIGGER},
    ).one_or_none()
    return found is not None and (found.prosrc, found.tgenabled) == (_POSTGRESQL_BODY, "O")
