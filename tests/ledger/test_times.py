"""Instants are aware UTC from door to row, and the database refuses anything else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledger_stores import book, view
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import StatementError

from syncd.ledger import Ledger
from syncd.ledger.columns import UtcDateTime, from_micros, to_micros
from syncd.ledger.tables import appointments
from syncd.testing.builders import NINE

INSTANTS = st.datetimes(timezones=st.just(UTC))
OTHERS = st.one_of(
    st.datetimes(),
    st.datetimes(timezones=st.just(ZoneInfo("Asia/Kolkata"))),
    st.datetimes(timezones=st.just(timezone(timedelta(hours=-3)))),
)


@given(instant=INSTANTS)
def test_microseconds_keep_every_instant_and_their_order(instant: datetime) -> None:
    assert from_micros(to_micros(instant)) == instant
    assert from_micros(to_micros(instant)).tzinfo is UTC
    assert (to_micros(instant) < to_micros(NINE)) is (instant < NINE)


@pytest.mark.parametrize("dialect", [sqlite.dialect(), postgresql.dialect()])
@given(value=OTHERS)
def test_a_naive_or_local_time_is_refused(dialect: object, value: datetime) -> None:
    with pytest.raises(ValueError, match="not an aware UTC time"):
        UtcDateTime().process_bind_param(value, dialect)  # type: ignore[arg-type]


def test_no_naive_time_reaches_a_row(ledger: Ledger) -> None:
    booked = book(ledger)
    naive = datetime(2031, 3, 3, 9)  # noqa: DTZ001  the point

    with pytest.raises((ValueError, StatementError), match="not an aware UTC time"):
        ledger.write(
            lambda tx: tx.scope.write(
                appointments.update().where(appointments.c.id == booked.id).values(updated_at=naive)
            )
        )


def test_times_come_back_as_they_were_to_the_microsecond(ledger: Ledger) -> None:
    start = NINE + timedelta(microseconds=1)
    booked = book(ledger, start=start, end=start + timedelta(days=40, microseconds=2))

    stored = view(ledger, lambda seen: seen.appointment(booked.id))

    assert stored == booked
    assert stored.start.tzinfo is UTC
