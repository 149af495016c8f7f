"""Histories that once broke a promise. Each is told again, and every promise holds."""

from pathlib import Path

import pytest

from syncd.testing.simulator import Scripted, from_text, tell

STORIES = sorted((Path(__file__).parent / "stories").glob("*.story"))


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_a_history_that_once_broke_a_promise_keeps_all(path, templates):
    steps = from_text(path.read_text())

    story = tell(Scripted(steps), templates)

    assert story.broken is None, "\n".join(story.trace)
    assert [step.name for step in story.steps] == [step.name for step in steps]
