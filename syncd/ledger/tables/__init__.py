"""The tables. The practice comes first in every key, so that a sharded database can distribute by
it. Rows stay in the ledger: the modules that use these turn them into values of the core.
"""

from syncd.ledger.tables.appointments import (
    ATTENDED,
    IS_HOLD,
    POSTGRESQL_DAY,
    SQLITE_DAY,
    appointments,
    attendances,
    numbers,
)
from syncd.ledger.tables.books import journal, journal_heads, journal_texts
from syncd.ledger.tables.people import (
    activities,
    calendars,
    clients,
    guardianships,
    practices,
    practitioners,
    relationships,
    rooms,
)
from syncd.ledger.tables.requests import IS_WAITING, answers, deliveries, tokens
from syncd.ledger.tables.sync import (
    IS_AWAITED,
    IS_DIRTY,
    IS_MIRROR,
    IS_QUARANTINED,
    IS_RECURRING,
    busy_blocks,
    calendar_states,
    conflicts,
    links,
    nodes,
    plans,
    remote_events,
)
from syncd.ledger.tables.words import metadata

__all__ = [
    "ATTENDED",
    "IS_AWAITED",
    "IS_DIRTY",
    "IS_HOLD",
    "IS_MIRROR",
    "IS_QUARANTINED",
    "IS_RECURRING",
    "IS_WAITING",
    "POSTGRESQL_DAY",
    "SQLITE_DAY",
    "activities",
    "answers",
    "appointments",
    "attendances",
    "busy_blocks",
    "calendar_states",
    "calendars",
    "clients",
    "conflicts",
    "deliveries",
    "guardianships",
    "journal",
    "journal_heads",
    "journal_texts",
    "links",
    "metadata",
    "nodes",
    "numbers",
    "plans",
    "practices",
    "practitioners",
    "relationships",
    "remote_events",
    "rooms",
    "tokens",
]
