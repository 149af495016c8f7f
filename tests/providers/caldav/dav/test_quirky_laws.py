"""The conformance suite against the stand-in: as each server that we know, and with each switch.

The servers run all laws each time. Each single switch does with `WHOLE_MATRIX=1` in the
environment; without it, it runs the laws that `docs/caldav-servers.md` names for it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from quirky_caldav import SERVERS, SINGLE

from syncd.testing.provider_laws import ProviderLaws

from .standin import StandIn

TRIED = SERVERS | (SINGLE if "WHOLE_MATRIX" in os.environ else {})


@pytest.mark.parametrize("server", TRIED)
class TestStandIn(ProviderLaws):
    @pytest.fixture
    def calendar(self, server: str) -> Iterator[StandIn]:
        standin = StandIn(TRIED[server])
        yield standin
        standin.close()
