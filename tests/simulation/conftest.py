"""Ledgers for simulated worlds."""

import pytest

from syncd.testing.simulator import Templates


@pytest.fixture(scope="session")
def templates(tmp_path_factory):
    return Templates(tmp_path_factory.mktemp("worlds"))
