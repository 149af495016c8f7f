"""Recorded exchanges with a real Cal.com, from the folder that SYNCD_CONTRACTS names.

Nothing of them is in this repository; without the folder, what needs it is skipped.
"""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest

_ROOT = Path(__file__).parents[2]
CONTRACTS = Path(os.environ.get("SYNCD_CONTRACTS") or _ROOT.parent / "shared" / "contracts")
RECORDED = CONTRACTS / "calcom-recorded"
OPENAPI = CONTRACTS / "calcom-openapi.json"
SCENARIOS = sorted(path.stem for path in RECORDED.glob("*.json"))

needs_recordings = pytest.mark.skipif(
    not SCENARIOS, reason=f"no recordings in {RECORDED}; SYNCD_CONTRACTS names another folder"
)
needs_openapi = pytest.mark.skipif(
    not OPENAPI.exists(), reason=f"no {OPENAPI}; SYNCD_CONTRACTS names another folder"
)


@cache
def steps_of(scenario: str) -> list[dict[str, Any]]:
    return json.loads((RECORDED / f"{scenario}.json").read_text())["steps"]
