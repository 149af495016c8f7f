"""Where a history's every choice comes from: a seed, a script, or Hypothesis; and its record.

A history is a list of steps; each begins with who does what, and takes further picks on its way.
The first option of a pick is the calm one, and only what differs from it is recorded: so a script
reads as a story, and still means something after a step was taken out of it.
"""

from __future__ import annotations

import random  # noqa: TID251  seeded: the simulator has no other entropy
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

STORY = "# syncd story 1"
"""The first line of a story's file."""


@dataclass(frozen=True, slots=True)
class Option:
    """One way to go on, and how often a seed takes it, relative to the others."""

    name: str
    weight: float = 1.0


@dataclass(slots=True)
class Step:
    """Who did what, and where the history left its calm course meanwhile."""

    name: str
    picks: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return "\n".join(
            [self.name, *(f"    {key} = {value}" for key, value in self.picks.items())]
        )


class Source(Protocol):
    """Decides; is asked for steps and picks in the order in which they come up."""

    def step(self, options: Sequence[Option]) -> str | None:
        """The next step, or None when there is none."""
        ...

    def pick(self, label: str, options: Sequence[Option]) -> str:
        """One of the options; `label` is unique within the step."""
        ...

    def word(self, label: str) -> str | None:
        """Any word, or None where there is none to say."""
        ...


class Choices:
    """Asks a source, and keeps what it said."""

    def __init__(self, source: Source) -> None:
        self.steps: list[Step] = []
        self._source = source
        self._asked: Counter[str] = Counter()

    def step(self, options: Sequence[Option]) -> str | None:
        name = self._source.step(options)
        if name is not None:
            self.steps.append(Step(name))
            self._asked.clear()
        return name

    def pick(self, label: str, options: Iterable[Option | str]) -> str:
        """One of the options, of which the first is the calm one."""
        offered = [each if isinstance(each, Option) else Option(each) for each in options]
        if len(offered) == 1:
            return offered[0].name
        self._asked[label] += 1
        count = self._asked[label]
        key = label if count == 1 else f"{label} #{count}"
        chosen = self._source.pick(key, offered)
        if chosen != offered[0].name and self.steps:
            self.steps[-1].picks[key] = chosen
        return chosen

    def is_given(self, picks: Mapping[str, str]) -> None:
        """Somebody else chose for this step; `picks` are what differs from the calm ones."""
        for step in self.steps[-1:]:
            step.picks.update(picks)

    def word(self, label: str, default: str) -> str:
        """A word that is no choice but makes a difference."""
        word = self._source.word(label) or default
        if word != default and self.steps:
            self.steps[-1].picks[label] = word
        return word


class Seeded:
    """Everything follows from one number. Ends after `length` steps."""

    def __init__(self, seed: int, length: int) -> None:
        self._chance = random.Random(seed)  # noqa: S311
        self._seed = seed
        self._left = length

    def step(self, options: Sequence[Option]) -> str | None:
        self._left -= 1
        return self._draw(options) if self._left >= 0 else None

    def word(self, label: str) -> str | None:  # noqa: ARG002
        return str(self._seed)

    def pick(self, label: str, options: Sequence[Option]) -> str:  # noqa: ARG002
        return self._draw(options)

    def _draw(self, options: Sequence[Option]) -> str:
        at = self._chance.random() * sum(each.weight for each in options)
        for each in options:
            at -= each.weight
            if at < 0:
                return each.name
        return options[0].name


class Scripted:
    """A recorded story, told again as far as it is still possible: a step that cannot be taken is
    left out, a pick that is not offered is the calm one."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self._steps = list(steps)
        self._at = -1

    def step(self, options: Sequence[Option]) -> str | None:
        names = {each.name for each in options}
        while self._at + 1 < len(self._steps):
            self._at += 1
            if self._steps[self._at].name in names:
                return self._steps[self._at].name
        return None

    def pick(self, label: str, options: Sequence[Option]) -> str:
        wanted = self._steps[self._at].picks.get(label) if self._at >= 0 else None
        return wanted if any(each.name == wanted for each in options) else options[0].name  # type: ignore[return-value]

    def word(self, label: str) -> str | None:
        return self._steps[self._at].picks.get(label) if self._at >= 0 else None


class Drawn:
    """Hypothesis decides, and shrinks: `draw(names)` is `data.draw(sampled_from(names))`."""

    def __init__(self, draw: Callable[[Sequence[str]], str], length: int) -> None:
        self._draw = draw
        self._left = length

    def step(self, options: Sequence[Option]) -> str | None:
        self._left -= 1
        return self._draw([each.name for each in options]) if self._left >= 0 else None

    def pick(self, label: str, options: Sequence[Option]) -> str:  # noqa: ARG002
        return self._draw([each.name for each in options if each.weight > 0] or [options[0].name])

    def word(self, label: str) -> str | None:  # noqa: ARG002
        return None


def to_text(steps: Iterable[Step], *comments: str) -> str:
    """A story as its file."""
    told = [f"# {line}".rstrip() for comment in comments for line in comment.splitlines()]
    return "\n".join([STORY, *told, "", *(str(step) for step in steps), ""])


def from_text(text: str) -> list[Step]:
    """The steps of a story's file. Raises ValueError for another text, with the line."""
    lines = text.splitlines()
    if not lines or lines[0].strip() != STORY:
        raise ValueError(f"not a story: its first line must be {STORY!r}")
    steps: list[Step] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.startswith("#"):
            continue
        if not line.startswith(" "):
            steps.append(Step(line.strip()))
            continue
        key, equals, value = line.strip().partition(" = ")
        if not equals or not steps:
            raise ValueError(f"line {number}: expected `    what = how` below a step")
        steps[-1].picks[key] = value
    return steps
