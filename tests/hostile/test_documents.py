"""Configuration files that nobody writes by hand: refused with a line, or read."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from syncd.core.errors import Invalid
from syncd_config.document import MAX_PARTS, read_document


def problem_with(tmp_path: Path, text: str) -> str:
    path = tmp_path / "syncd.toml"
    path.write_text(text)
    with pytest.raises(Invalid) as caught:
        read_document(path)
    return str(caught.value)


def test_a_number_that_python_does_not_read_is_a_problem_of_the_file(tmp_path: Path):
    assert "a number is too long" in problem_with(tmp_path, "workers = " + "1" * 5000)


@pytest.mark.parametrize(
    "text",
    [
        f"{'a.' * 100_000}a = 1",
        f"ok = 1\n[{'a.' * 100_000}a]",
        f"ok = 1\n[[{'a . ' * 100_000}a]]",
        f"ok = 1\nx = {{ {'a.' * 100_000}a = 1 }}",
        "ok = 1\nx = { y = 1, " + r'"\"".' * 50_000 + "a = 1 }",
        f"{chr(39)}a{chr(39)}" + ".'a'" * 50_000 + " = 1",
    ],
    ids=["key", "table", "list", "inline", "quoted", "literal"],
)
def test_a_key_of_very_many_parts_is_refused_at_once(tmp_path: Path, text: str):
    """Each part costs as much as all before it: 15,000 took ten seconds, 100,000 all memory."""
    begun = time.process_time()

    said = problem_with(tmp_path, text)

    assert f"more than {MAX_PARTS} parts" in said
    assert time.process_time() - begun < 1


def test_a_key_of_as_many_parts_as_there_may_be_is_read(tmp_path: Path):
    path = tmp_path / "syncd.toml"
    path.write_text(f"{'a.' * (MAX_PARTS - 1)}a = 'x, y.example.org'")

    assert read_document(path).values
