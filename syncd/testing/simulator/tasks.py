"""Several processes on one thread: each piece of work is a greenlet that yields where it could be
interrupted, and goes on when the history says so. No clock, no threads, no chance.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from greenlet import getcurrent, greenlet

if TYPE_CHECKING:
    from syncd.testing.simulator.intents import Intent


class Crash(BaseException):
    """The process is gone, at this very instant: nothing catches this, nothing runs after it."""


@dataclass(eq=False, slots=True)
class Task:
    """A piece of work of one process: the round of the calendar `about`, if it is one. `error` is
    what ended it, other than a crash. `is_writing`: a write to a calendar is on its way; `intent`:
    for what, and `answered` the appointments of which the calendar has said what became of that.
    `was_shown_old`: its calendar answered with what was no longer so."""

    name: str
    owner: object
    work: Callable[[], None]
    parent: greenlet
    about: str = ""
    is_writing: bool = False
    intent: Intent | None = None
    was_shown_old: bool = False
    answered: set[str] = field(default_factory=set)
    thread: greenlet = field(init=False)
    error: BaseException | None = None

    def __post_init__(self) -> None:
        self.thread = greenlet(self._run, self.parent)

    @property
    def is_done(self) -> bool:
        return bool(self.thread.dead)

    def _run(self) -> None:
        try:
            self.work()
        except Crash:
            pass
        except BaseException as exc:  # noqa: BLE001  raised where the task is watched
            self.error = exc


class Tasks:
    """All work under way. Only the main greenlet resumes; only a task yields."""

    def __init__(self) -> None:
        self._main = getcurrent()
        self.parked: list[Task] = []
        self.current: Task | None = None

    def new(self, name: str, owner: object, work: Callable[[], None]) -> Task:
        """A piece of work that has not begun."""
        return Task(name, owner, work, self._main)

    def run(self, task: Task) -> None:
        """Let it go on until it yields or ends. What it raised, it raises."""
        if task in self.parked:
            self.parked.remove(task)
        before, self.current = self.current, task
        try:
            task.thread.switch()
        finally:
            self.current = before
        if not task.is_done:
            self.parked.append(task)
        elif task.error is not None:
            raise task.error

    def yield_here(self) -> None:
        """Give way until somebody resumes us."""
        if self.current is not None:
            self._main.switch()

    def kill(self, owner: object) -> None:
        """The process of these tasks is gone."""
        for task in [each for each in self.parked if each.owner is owner]:
            self.parked.remove(task)
            before, self.current = self.current, task
            try:
                task.thread.throw(Crash)
            finally:
                self.current = before
