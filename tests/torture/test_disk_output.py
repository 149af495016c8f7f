"""The disk below standard output is full: what was done is not passed off as an error inside."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from torture.databases import a_desk, look, start_of

pytestmark = pytest.mark.slow
FULL = Path("/dev/full")


@pytest.mark.skipif(not FULL.exists(), reason="there is no /dev/full here")
def test_a_booking_that_cannot_be_told_says_that_it_may_have_been_made(tmp_path: Path) -> None:
    desk = a_desk(tmp_path)

    with FULL.open("wb") as output:
        ended = subprocess.run(
            desk.command(*desk.words_to_book(3)),
            env=desk.environment(),
            stdout=output,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )

    assert ended.returncode == 1
    assert ended.stderr == (
        "error: standard output cannot be written: no space left on device; what was asked for "
        "may have been done: look before doing it again\n"
    )
    assert [each.start for each in look(desk, lambda view: view.appointments())] == [start_of(3)]
