"""Make a failing history short: drop steps, then mishaps, as long as the same promise breaks.

Delta debugging over steps by name: what no longer makes sense without a dropped step falls back to
its calm course by itself, so that every cut gives a whole history again.
"""

from __future__ import annotations

from collections.abc import Sequence

from syncd.testing.simulator.choices import Scripted, Step
from syncd.testing.simulator.profile import Profile, Templates
from syncd.testing.simulator.story import Story, tell


def shrink(
    story: Story, templates: Templates, *, fixed: Profile | None = None, most: int = 600
) -> Story:
    """The shortest history found, in at most so many attempts, that breaks the same invariant."""
    if story.broken is None:
        return story
    attempt = _Attempts(story, templates, fixed, most)
    attempt.cut_steps()
    attempt.calm_picks()
    attempt.cut_steps()
    return attempt.best


class _Attempts:
    """What was tried, and the best of it."""

    def __init__(
        self, story: Story, templates: Templates, fixed: Profile | None, most: int
    ) -> None:
        assert story.broken is not None
        self.best = story
        self._invariant = story.broken.invariant
        self._templates, self._fixed, self._left = templates, fixed, most

    def cut_steps(self) -> None:
        """Leave out steps: halves, quarters, at last single ones."""
        size = max(1, len(self.best.steps) // 2)
        while size:
            at = 1  # the first step makes the world
            while at < len(self.best.steps):
                if not self._try([*self.best.steps[:at], *self.best.steps[at + size :]]):
                    at += size
            size //= 2

    def calm_picks(self) -> None:
        """Let each step take its calm course where it can."""
        for at in range(len(self.best.steps)):
            for key in list(self.best.steps[at].picks) if at < len(self.best.steps) else ():
                steps = [Step(each.name, dict(each.picks)) for each in self.best.steps]
                if steps[at].picks.pop(key, None) is not None:
                    self._try(steps)

    def _try(self, steps: Sequence[Step]) -> bool:
        if self._left <= 0:
            return False
        self._left -= 1
        story = tell(Scripted(steps), self._templates, fixed=self._fixed)
        found = story.broken is not None and story.broken.invariant == self._invariant
        if found and len(_told(story)) <= len(_told(self.best)):
            self.best = story
            return len(story.steps) <= len(steps)
        return False


def _told(story: Story) -> str:
    return "\n".join(str(step) for step in story.steps)
