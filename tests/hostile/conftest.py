"""A front desk for the tests that need a whole practice; examples in bounded numbers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from chance import BY_CHANCE
from hypothesis import HealthCheck, settings

from syncd.ledger import open_ledger
from syncd.wiring import SystemClock, SystemRandomness

from .front_desk import FrontDesk, front_desk

settings.register_profile(
    "hostile",
    deadline=None,
    max_examples=60,
    derandomize=not BY_CHANCE,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("hostile")


@pytest.fixture(scope="session")
def empty_ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ledger") / "ledger.sqlite3"
    with open_ledger(
        f"sqlite:///{path}", clock=SystemClock(), randomness=SystemRandomness()
    ) as ledger:
        ledger.migrate()
    return path


@pytest.fixture
def desk(tmp_path: Path, empty_ledger: Path) -> Iterator[FrontDesk]:
    with front_desk(tmp_path, empty_ledger) as found:
        yield found
