"""`syncd run` as a process: from the settings to the exit code.

Opens the ledger, wires clock, signals and systemd to the loop, and cleans up behind it. What the
loop does is `loop`'s business.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event
from types import FrameType

import structlog

from syncd.core.errors import (
    Broken,
    Invalid,
    LedgerAway,
    LedgerUnwritable,
    Locked,
    SyncdError,
    Unavailable,
)
from syncd.core.problem import Problem
from syncd.daemon.alarm import Alarm
from syncd.daemon.door import door_beside
from syncd.daemon.loop import DAMAGED, LOOK, RELOAD, STOP, UPKEEP, Loop
from syncd.daemon.notify import Notifier
from syncd.flows.surroundings import Surroundings
from syncd.ledger import Ledger
from syncd.log import configure
from syncd.wiring import furnish
from syncd_config import Settings, load_settings

LOOK_EVERY = timedelta(seconds=1)
UPKEEP_EVERY = timedelta(minutes=1)
OPEN_WITHIN = timedelta(seconds=90)
"""How long a ledger that is locked or away is waited for at the start; then systemd tries again."""
OPEN_AGAIN = timedelta(seconds=2)
LOCKED, FAILED = 11, 1
"""Exit codes; see also `DAMAGED`."""
PARTS = ("web", "worker")
NEEDS_RESTART = (
    *("state_directory", "database_url", "listen"),
    *("allowed_origins", "trusted_proxies", "requests_per_minute"),
    *("jwt_issuer", "jwt_audience", "jwt_algorithm", "jwt_jwks_url", "jwt_secret"),
)
"""Settings that a reload cannot change."""

log = structlog.get_logger(__name__)

LoadSettings = Callable[[], Settings]


def run(
    settings: Settings,
    environ: Mapping[str, str],
    *,
    only: str | None = None,
    load: LoadSettings | None = None,
) -> int:
    """Keep the practice's calendars in sync until told to stop; the exit code.

    0 after SIGTERM or SIGINT, once everything under way has ended; a second one ends the process at
    once. SIGHUP reads the settings again, by `load`. 10: the ledger is of another release or
    damaged; 11: locked by another process; 1: it cannot be reached or written. Raises Invalid for
    settings that cannot be used. To be called from the main thread.
    """
    if only not in (None, *PARTS):
        raise Invalid(f"there is no part {only!r} to run; say `--only web`, `--only worker`")
    if only == "web":
        settings = settings.model_copy(update={"workers": 0})
    if only == "worker":
        settings = settings.model_copy(update={"listen": "off"})
    configure(settings.log_level, settings.log_format)
    around = furnish(settings, environ)
    notifier = Notifier(environ, around.clock)
    try:
        failed = open_up(around, notifier)
        if failed is not None:
            return failed
        loop = Loop(around, settings, notifier)
        load = load or _loader(environ)
        loop.reload = Reload(loop, notifier, load, around=around, settings=settings)
        alarm = Alarm(loop.ring, **{LOOK: LOOK_EVERY, UPKEEP: UPKEEP_EVERY})
        with signals_for(loop), door_beside(loop, settings, environ, around) as door:
            log.info("started", node=around.node, workers=settings.workers, address=door.address)
            notifier.ready("started")
            alarm.wind()
            try:
                code = loop.serve(alarm.wind)
            finally:
                alarm.stop()
        code = FAILED if door.broke else code
        log.info("stopped", status=code)
    except Unavailable as exc:
        return _refuse(notifier, exc, FAILED)
    else:
        return code
    finally:
        around.ledger.close()
        notifier.close()


def open_up(around: Surroundings, notifier: Notifier) -> int | None:
    """Bring the ledger up to date; the exit code if that is impossible. Waits for a while where
    others hold it."""
    deadline = around.clock.monotonic() + OPEN_WITHIN.total_seconds()
    with notifier.patience():
        while True:
            try:
                copy = _migrate(around.ledger, notifier)
            except (Locked, LedgerAway) as exc:
                if around.clock.monotonic() < deadline:
                    _pause(notifier, exc)
                    continue
                return _refuse(notifier, exc, LOCKED if isinstance(exc, Locked) else FAILED)
            except Broken as exc:
                unwritable = isinstance(exc, LedgerUnwritable)
                return _refuse(notifier, exc, FAILED if unwritable else DAMAGED)
            if copy is not None:
                log.info("ledger_upgraded", path=str(copy))
            return None


class Reload:
    """Reads the settings again, when the loop says so. Wrong ones change nothing."""

    def __init__(
        self,
        loop: Loop,
        notifier: Notifier,
        load: LoadSettings,
        *,
        around: Surroundings,
        settings: Settings,
    ) -> None:
        self._loop, self._notifier, self._load = loop, notifier, load
        self._around, self._settings = around, settings

    def __call__(self) -> None:
        self._notifier.reloading()
        settings, problems = self._read()
        if settings is None:
            for problem in problems:
                log.error("setting_refused", error=str(problem))
            log.error("reload_refused", advice="mend the settings; the old ones stay in force")
            self._notifier.ready(f"{self._loop.status()}; reload refused, see the log")
            return
        self._apply(settings)
        log.info("reloaded")
        self._notifier.ready(self._loop.status())

    def _read(self) -> tuple[Settings | None, tuple[Problem, ...]]:
        try:
            return self._load(), ()
        except Invalid as exc:
            return None, exc.problems

    def _apply(self, settings: Settings) -> None:
        fixed = {key: getattr(self._settings, key) for key in NEEDS_RESTART}
        for key in NEEDS_RESTART:
            if getattr(settings, key) != fixed[key]:
                log.warning("needs_restart", property=key)
        self._settings = settings.model_copy(update=fixed)
        configure(settings.log_level, settings.log_format)
        self._around = replace(
            self._around,
            limits=settings.brake_limits,
            full_listing_every=settings.full_listing_every,
        )
        self._loop.change_terms(self._around, self._settings)


@contextmanager
def signals_for(loop: Loop) -> Iterator[None]:
    """SIGTERM and SIGINT drain, and end the process at once when sent again; SIGHUP reloads."""
    asked = False

    def stop(number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            os._exit(128 + number)
        asked = True
        loop.ring(STOP)

    def reload(_number: int, _frame: FrameType | None) -> None:
        loop.ring(RELOAD)

    handlers = {signal.SIGTERM: stop, signal.SIGINT: stop, signal.SIGHUP: reload}
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _loader(environ: Mapping[str, str]) -> LoadSettings:
    return lambda: load_settings(environ).settings


def _migrate(ledger: Ledger, notifier: Notifier) -> Path | None:
    notifier.status("opening the ledger")
    return ledger.migrate()


def _pause(notifier: Notifier, exc: SyncdError) -> None:
    log.warning("ledger_away", code=exc.code, error=str(exc))
    notifier.status(f"waiting for the ledger: {exc}")
    Event().wait(OPEN_AGAIN.total_seconds())


def _refuse(notifier: Notifier, exc: SyncdError, code: int) -> int:
    log.critical("cannot_start", code=exc.code, error=str(exc))
    notifier.status(f"cannot start: {exc}")
    return code
