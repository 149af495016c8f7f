"""Column types: times that are aware UTC or refused, and JSON kept as the exact text written.

SQLite has no time type: there, times are integers of microseconds since 1970, so that triggers
compare and subtract them exactly. PostgreSQL keeps timestamptz.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Dialect, Text
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.types import TypeDecorator, TypeEngine

from syncd.core.errors import LedgerDamaged
from syncd.core.journal import canonical_json
from syncd.core.time import require_utc

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_micros(value: datetime) -> int:
    """Microseconds since 1970 of an aware UTC time; ValueError for any other."""
    return (require_utc(value) - _EPOCH) // _MICROSECOND


def from_micros(value: int) -> datetime:
    """The aware UTC time of so many microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=value)


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC in, aware UTC out. ValueError for a naive time or one of another zone."""

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(TIMESTAMP(timezone=True))
        return dialect.type_descriptor(BigInteger())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        return require_utc(value) if dialect.name == "postgresql" else to_micros(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if dialect.name == "postgresql":
            stored: datetime = value
            return stored.astimezone(UTC)
        return from_micros(value)

    def coerce_compared_value(self, op: Any, value: Any) -> TypeEngine[Any]:  # noqa: ARG002  SQLAlchemy's
        return self


def parsed_json(text: str) -> Any:
    """The JSON value that was stored as `text`; LedgerDamaged where it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as exc:
        raise LedgerDamaged(
            "the ledger holds a value that syncd did not write; "
            "see `syncd journal verify`, or restore a backup"
        ) from exc


class JsonText(TypeDecorator[Any]):
    """A JSON value as canonical text: what was written is what a digest can be checked against."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002  SQLAlchemy's
        return None if value is None else canonical_json(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ARG002  SQLAlchemy's
        return None if value is None else parsed_json(value)
