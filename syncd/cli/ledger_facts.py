"""What a person should know about the database beneath the ledger."""

from __future__ import annotations

from typing import Any

from syncd.ledger import Ledger
from syncd.ledger.engine import sqlite_module
from syncd.ledger.schema import HEAD

_DAMAGING = ((3, 7, 0), (3, 51, 2))
"""The versions of SQLite, first and last, that can damage a WAL which two connections use."""


def ledger_facts(ledger: Ledger) -> dict[str, Any]:
    """Where it is (without a password), the schema of this release, SQLite's version, and a warning
    where that version is a risk."""
    facts: dict[str, Any] = {"database": str(ledger.address), "schema": HEAD}
    if ledger.address.is_sqlite:
        version: str = sqlite_module().sqlite_version
        facts["sqlite"] = version
        first, last = _DAMAGING
        if first <= tuple(map(int, version.split("."))) <= last:
            facts["warning"] = (
                f"SQLite {version} can damage a ledger that two processes use at once; "
                "install the pysqlite3 package, or SQLite 3.51.3 or newer"
            )
    return facts
