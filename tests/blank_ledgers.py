"""Ledgers that are migrated by copying one that was: a test of anything else need not wait for it."""

from __future__ import annotations

import atexit
import shutil
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from syncd.ledger import Ledger, open_ledger
from syncd.testing.clock import FrozenClock, SeededRandomness


def migrate(ledger: Ledger) -> None:
    """Like `ledger.migrate()`, which then has nothing left to do in a file that was not there."""
    path = ledger.address.path
    if path is not None and not path.exists():
        shutil.copy(blank(), path)
    ledger.migrate()


@cache
def blank() -> Path:
    """An empty ledger of this release. Never opened again, only copied."""
    folder = Path(mkdtemp(prefix="syncd-blank-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    made = SeededRandomness("blank")
    with open_ledger(
        f"sqlite:///{folder / 'blank'}", clock=FrozenClock(), randomness=made
    ) as ledger:
        ledger.migrate()
    return folder / "blank"
