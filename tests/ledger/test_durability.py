"""Promise P6, as far as a process can die: what was acknowledged is there afterwards."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from booking_race import opened
from ledger_stores import Store, book, view, with_a_practice

from syncd.testing.builders import NINE

PROGRAM = """
import sys
from datetime import timedelta
from booking_race import opened
from ledger_stores import CAUSE, a_draft_of
from syncd.testing.builders import NINE

with opened(sys.argv[1]) as ledger:
    for hour in range(10_000):
        draft = a_draft_of(start=NINE + hour * timedelta(hours=1))
        print(ledger.write(lambda tx: tx.add_appointment(draft, CAUSE)).number, flush=True)
"""


@pytest.mark.slow
@pytest.mark.parametrize("after", [1, 17, 60])
def test_what_was_acknowledged_survives_a_kill_and_nothing_is_half_done(
    empty_store: Store, after: int
) -> None:
    with empty_store.open() as ledger:
        with_a_practice(ledger)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, empty_store.url],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    ) as writer:
        assert writer.stdout is not None
        acknowledged = [writer.stdout.readline().strip() for _ in range(after)]
        writer.send_signal(signal.SIGKILL)
        acknowledged += [line.strip() for line in writer.stdout]

    with opened(empty_store.url) as ledger:
        # Waits until PostgreSQL has noticed too, and shows that work goes on.
        last = book(ledger, start=NINE.replace(year=2040))
        stored = [each.number for each in view(ledger, lambda seen: seen.appointments())]
        report = view(ledger, lambda seen: seen.verify_journal())
    assert report.is_sound, report
    assert stored[: len(acknowledged)] == acknowledged
    assert len(stored) - len(acknowledged) in (1, 2)
    assert last.number == stored[-1]
    assert last.number.endswith(f"-{len(stored):04d}")
