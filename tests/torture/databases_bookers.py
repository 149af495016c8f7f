"""Many bookers in one process, whose writes share commits; each says at once what it was told.

`python databases_bookers.py DESK FIRST LAST BOOKERS` books the slots from FIRST up to LAST for the
desk (its environment as JSON), and writes a line for each: `slot number`, or `slot ! code` for an
error.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from torture.databases import Desk, book_slot, with_tests

from syncd.core.errors import SyncdError
from syncd.flows.surroundings import Surroundings
from syncd.wiring import furnish
from syncd_config import Settings


@dataclass(slots=True)
class Told:
    """What bookers were told: numbers and errors by slot. A slot without either was under way."""

    numbers: dict[int, str] = field(default_factory=dict)
    errors: dict[int, str] = field(default_factory=dict)

    def hear(self, lines: Iterable[str]) -> None:
        for each in lines:
            slot, _, said = each.strip().partition(" ")
            told = self.errors if said.startswith("!") else self.numbers
            told[int(slot)] = said.removeprefix("! ")


def bookers(desk: Desk, slots: range, *, at_once: int = 16) -> list[str]:
    """The command of a process that books the slots."""
    environment = json.dumps(desk.environment())
    words = [environment, str(slots.start), str(slots.stop), str(at_once)]
    return [sys.executable, __file__, *words]


def start_bookers(
    desk: Desk, slots: range, *, at_once: int = 16, before: Iterable[str] = ()
) -> subprocess.Popen[str]:
    """The process at work; its standard output is what the bookers say."""
    environment = with_tests(desk.environment())
    command = [*before, *bookers(desk, slots, at_once=at_once)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)


def _book_and_tell(around: Surroundings, slot: int) -> None:
    try:
        said = book_slot(around, slot).number
    except SyncdError as exc:
        said = f"! {exc.code}{' ambiguous' if getattr(exc, 'ambiguous', False) else ''}"
    os.write(1, f"{slot} {said}\n".encode())  # in one call: never half a line


def _main() -> None:
    environ: dict[str, str] = json.loads(sys.argv[1])
    first, last, at_once = (int(word) for word in sys.argv[2:])
    settings = Settings(
        state_directory=Path(environ["STATE_DIRECTORY"]),
        database_url=environ["SYNCD_DATABASE_URL"],
    )
    around = furnish(settings, environ)
    with around.ledger, ThreadPoolExecutor(at_once) as pool:
        list(pool.map(partial(_book_and_tell, around), range(first, last)))


if __name__ == "__main__":
    _main()
