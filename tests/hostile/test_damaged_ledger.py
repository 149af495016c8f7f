"""Text in the ledger that syncd did not write: said to be damage, not a failure inside."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from syncd.cli.exits import Exit
from syncd.core.errors import LedgerDamaged
from syncd.ledger.columns import parsed_json

from .front_desk import FrontDesk

BROKEN = ("{broken", "", "[" * 100_000, "nul", '{"a": 1}{"b": 2}', "\udcff")


@pytest.mark.parametrize("text", BROKEN)
def test_what_is_no_json_is_damage(text: str):
    with pytest.raises(LedgerDamaged) as caught:
        parsed_json(text)

    assert "broken" not in str(caught.value)


@pytest.mark.parametrize(
    ("table", "column", "words"),
    [
        ("practitioners", "hours", ("plan",)),
        ("calendars", "settings", ("sync",)),
        ("journal", "via", ("journal", "verify")),
        ("journal", "via", ("journal", "tail")),
    ],
)
def test_a_ledger_whose_json_is_broken_is_damaged(
    desk: FrontDesk, table: str, column: str, words: tuple[str, ...]
):
    with closing(sqlite3.connect(desk.folder / "state/ledger.sqlite3")) as file:
        file.execute(f"UPDATE {table} SET {column} = '{{broken'")
        file.commit()

    said = desk.run(*words)

    assert said.code == Exit.LEDGER, said
    assert "inside" not in said.text
