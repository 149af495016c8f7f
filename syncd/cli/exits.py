"""Exit codes: what each means, and which one an error or a set of rounds ends with. Design §8."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from enum import IntEnum

from syncd.cli.times import Malformed
from syncd.core.errors import (
    Broken,
    LeaseLost,
    LedgerAway,
    Locked,
    NeedsLogin,
    RateLimited,
    SyncdError,
    Transient,
)
from syncd.flows.sync import Report


class Exit(IntEnum):
    """Documented in docs/cli.md; numbers are never given another meaning."""

    OK = 0
    ERROR = 1
    USAGE = 2
    PARTLY = 3
    CONFLICTS = 4
    BRAKE = 5
    LEDGER = 10
    LOCKED = 11
    CREDENTIALS = 12
    REMOTE_DOWN = 13
    CONFIG = 78
    INTERRUPTED = 130
    PIPE_CLOSED = 141


STALE = "STALE"
"""The code of a calendar that was not read for too long."""

_BY_CODE = {
    STALE: Exit.PARTLY,
    "BRAKE": Exit.BRAKE,
    NeedsLogin.code: Exit.CREDENTIALS,
    Transient.code: Exit.REMOTE_DOWN,
    RateLimited.code: Exit.REMOTE_DOWN,
    LedgerAway.code: Exit.REMOTE_DOWN,
    Locked.code: Exit.LOCKED,
    LeaseLost.code: Exit.LOCKED,
}


def of_error(exc: SyncdError) -> Exit:
    """The code of an invocation that ended with this error."""
    if isinstance(exc, Broken):
        return Exit.LEDGER
    if isinstance(exc, Malformed):
        return Exit.USAGE
    return of_code(exc.code)


def of_code(code: str) -> Exit:
    """The code for a calendar's or a refusal's stable code."""
    return _BY_CODE.get(code, Exit.ERROR)


def of_reports(reports: Iterable[Report]) -> Exit:
    """The code for several rounds: the brake before conflicts before failures."""
    reports = list(reports)
    return of_findings(
        [each.code for each in reports if each.code],
        asked=len(reports),
        conflicts=sum(each.conflicts for each in reports),
    )


def of_findings(codes: Collection[str], *, asked: int, conflicts: int = 0) -> Exit:
    """The code when, of `asked` calendars, those with `codes` failed. If all of them failed for one
    reason the code is that reason's; else they are partly done."""
    exits = {of_code(code) for code in codes}
    if Exit.BRAKE in exits:
        return Exit.BRAKE
    if conflicts:
        return Exit.CONFLICTS
    if not exits:
        return Exit.OK
    if len(codes) == asked and len(exits) == 1:
        return exits.pop()
    return Exit.PARTLY
