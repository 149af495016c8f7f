"""Configuration files that nobody writes by hand: refused with a line, or read."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from syncd.core.errors import Invalid
from syncd.ledger.engine import parse_address
from syncd_config import load_settings, resolve_secret, sources, without_password
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


def test_the_home_of_nobody_is_a_problem_of_its_setting():
    with pytest.raises(Invalid) as caught:
        load_settings({"SYNCD_STATE_DIRECTORY": "~nobody-of-that-name/x"}, root=False)
    assert "SYNCD_STATE_DIRECTORY: names the home of somebody" in str(caught.value)

    with pytest.raises(Invalid, match="names the home of somebody"):
        resolve_secret("file:~nobody-of-that-name/secret", {})


def test_somebody_without_a_home_keeps_the_ledger_where_the_service_does(
    monkeypatch: pytest.MonkeyPatch,
):
    def homeless(path: Path) -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "expanduser", homeless)

    assert sources.default_state_directory({}, root=False) == sources.SERVICE_STATE


UNSEARCHABLE = Path("/" + "x" * 5000)
"""Nobody can tell whether it is there, as in a folder that one may not look into."""


def test_a_system_file_that_cannot_be_looked_for_is_said_to_be_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    """An ordinary user, where the admin keeps /etc/syncd to the service."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sources, "SYSTEM_FILE", UNSEARCHABLE)

    with pytest.raises(Invalid, match="cannot be read: file name too long"):
        load_settings({"HOME": "/root"}, root=False)


def test_credentials_that_cannot_be_looked_for_are_said_to_be_so():
    with pytest.raises(Invalid, match="cannot be read"):
        load_settings({"HOME": "/root", "CREDENTIALS_DIRECTORY": str(UNSEARCHABLE)}, root=False)


@pytest.mark.parametrize(
    "url", ["postgresql://syncd:pass", "postgresql://syncd:1pass/db", "postgresql://:pass:1/db"]
)
def test_a_password_whose_host_was_forgotten_is_not_repeated(url: str):
    with pytest.raises(Invalid) as caught:
        parse_address(url)

    assert "pa" not in str(caught.value).replace("path", "")
    assert caught.value.__cause__ is None
    assert "pa" not in without_password(url)


def test_what_is_no_password_is_shown():
    for url in ("postgresql://db:5432/x", "postgresql://db:5432", "sqlite:////x:y/z@a.db"):
        assert without_password(url) == url
