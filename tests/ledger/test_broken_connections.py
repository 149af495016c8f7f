"""A database server that was restarted while nobody looked: connections are kept, and break."""

from __future__ import annotations

import pytest
from ledger_stores import CAUSE, Store

from syncd.core.errors import LedgerAway

pytestmark = pytest.mark.postgresql

EVERYBODY = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


def test_a_write_after_it_begins_on_a_new_connection(postgresql_store: Store) -> None:
    """Nothing had begun on the old one: nobody needs to hear of it."""
    ledger = postgresql_store.open()
    ledger.write(lambda _: None)

    postgresql_store.sql(EVERYBODY)

    ledger.write(lambda tx: tx.find_or_add_client(name="Jane", email="j@example.org", cause=CAUSE))
    with ledger.read() as view:
        assert [each.name for each in view.clients()] == ["Jane"]


def test_a_reading_that_was_over_when_it_broke_stands(postgresql_store: Store) -> None:
    ledger = postgresql_store.open()

    with ledger.read() as view:
        calendars = view.calendars()
        postgresql_store.sql(EVERYBODY)

    assert [each.id for each in calendars] == ["patel-main"]
    with ledger.read() as view:
        assert view.calendars() == calendars
    assert ledger._reading.pool.checkedout() == 0  # the broken one was not kept


def test_a_reading_that_breaks_in_the_middle_says_so_and_the_next_one_works(
    postgresql_store: Store,
) -> None:
    ledger = postgresql_store.open()

    def read() -> None:
        with ledger.read() as view:
            view.calendars()
            postgresql_store.sql(EVERYBODY)
            view.calendars()

    with pytest.raises(LedgerAway):
        read()

    with ledger.read() as view:
        assert len(view.calendars()) == 1
