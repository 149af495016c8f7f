"""APScheduler as an alarm clock, and nothing else: it rings, it does not know what is due.

Its jobs hold no work and are kept nowhere. It goes by the wall clock, which may be set back under
it; whoever waits for a ring waits with a limit of his own and winds the clock up again.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.executors.debug import DebugExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

Ring = Callable[[str], None]


class Alarm:
    """Calls `ring` with the name of each alarm, in a thread of its own, as often as was asked."""

    def __init__(self, ring: Ring, **every: timedelta) -> None:
        """`every`: the alarms by name, such as `look=timedelta(seconds=1)`."""
        self._ring = ring
        self._every = every
        self._scheduler: Any = None

    def wind(self) -> None:
        """Start; or start anew, from the time that the wall clock shows now."""
        self.stop()
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": DebugExecutor()},  # in the clock's own thread: a ring is quick
            job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1},
        )
        for name, period in self._every.items():
            self._scheduler.add_job(
                self._ring,
                _Every(period),
                args=(name,),
                id=name,
            )
        self._scheduler.start()

    def stop(self) -> None:
        """No ring comes after this. Idempotent."""
        scheduler, self._scheduler = self._scheduler, None
        if scheduler is not None:
            scheduler.shutdown(wait=True)


class _Every(BaseTrigger):  # type: ignore[misc]  # the library has no types
    """Always so long after now. The library's own interval counts every ring that was missed, one
    by one: a clock that is set years ahead then costs minutes and gigabytes."""

    def __init__(self, period: timedelta) -> None:
        self._period = period

    def get_next_fire_time(self, _previous: datetime | None, now: datetime) -> datetime:
        return now + self._period
