"""docs/api.md keeps what it says: its tests, its routes and its codes are there."""

import re
from pathlib import Path

from syncd.core.actions import Action
from syncd.web.problems import Broken, code_of
from syncd_calcom.hooks import HOOK_SETTINGS, CalComWebhooks

from .test_problems import all_errors, made
from .test_roles import routes

TESTS = Path(__file__).parents[1]
TEXT = (TESTS.parent / "docs" / "api.md").read_text()
NEVER_MET = {
    *("BROKEN", "ERROR", "PLAN_MOVED", "REFUSED", "UNAVAILABLE", "UNSUPPORTED", "LEASE_LOST"),
}
"""Codes of roots of the tree, and of what HTTP does not do."""


def test_every_test_that_proves_something_exists():
    named = set(re.findall(r"`((?:\w+/)+test_\w+\.py)::(test_\w+)`", TEXT))

    assert len(named) > 60
    missing = [
        f"{file}::{name}"
        for file, name in sorted(named)
        if f"def {name}(" not in (TESTS / file.removeprefix("tests/")).read_text()
    ]
    assert missing == []


def test_every_route_is_told_of(door):
    told = TEXT.replace("{id or number}", "{which}").replace("….ics", "/appointments/{which}.ics")
    missing = [path for _, path in routes(door) if re.sub(r"\{\w+_id\}", "{id}", path) not in told]

    assert missing == []


def test_the_addresses_of_webhooks_are_told_of():
    told = TEXT.split("## Webhooks")[1].split("## Actions")[0]
    source = CalComWebhooks()

    assert "`POST /webhooks/calcom/{calendar}`" in told
    assert f"`POST /webhooks/{source.alias}`" in told
    assert all(key in told for key in HOOK_SETTINGS)


def test_every_code_that_a_caller_can_meet_is_told_of_and_no_other():
    told = set(re.findall(r"`([A-Z][A-Z_]{3,})`", TEXT.split("## Codes")[1].split("## Coming")[0]))
    ours = {code_of(made(each)) for each in all_errors()} | {
        "CLIENT_BUSY",
        "PRACTITIONER_NOT_FOUND",
    }

    assert ours - NEVER_MET == told


def test_every_action_is_told_of():
    told = TEXT.split("## Actions")[1].split("## Codes")[0]

    assert all(f"| `{each}` |" in told for each in Action if each is not Action.HOLD)
    assert Broken.code in NEVER_MET
