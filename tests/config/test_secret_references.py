"""Secrets are fetched from where they are, and never shown."""

import sys

import pytest
import structlog

from syncd.core.errors import Invalid
from syncd.provider_settings import is_secret_reference
from syncd_config import resolve_secret, secret_references


@pytest.fixture
def kept(tmp_path):
    path = tmp_path / "secret"
    path.write_text("hunter2\n")
    path.chmod(0o600)
    return path


def test_each_kind_of_reference_gives_its_secret_without_the_last_line_break(kept):
    environ = {"PATEL": "hunter2", "CREDENTIALS_DIRECTORY": str(kept.parent), "PATH": ""}

    assert resolve_secret("env:PATEL", environ) == "hunter2"
    assert resolve_secret(f"file:{kept}", environ) == "hunter2"
    assert resolve_secret("credential:secret", environ) == "hunter2"
    assert resolve_secret(f"command:{sys.executable} -c 'print(\"hunter2\")'", environ) == "hunter2"


def test_only_the_last_line_break_is_taken_away(kept):
    kept.write_text(" two\nlines \r\n")

    assert resolve_secret(f"file:{kept}", {}) == " two\nlines "


@pytest.mark.parametrize(
    ("reference", "environ", "fragment"),
    [
        ("hunter2", {}, "not a reference to a secret; write env:NAME"),
        ("env:", {}, "not a reference"),
        ("env:NONE", {}, "the environment variable NONE is not set"),
        ("env:EMPTY", {"EMPTY": ""}, "the secret is empty"),
        ("file:relative", {}, "beginning with /"),
        ("file:/nowhere/at/all", {}, "no such file or directory"),
        ("file:/", {}, "must be a file"),
        ("file:/dev/zero", {}, "must be a file"),
        ("credential:x", {}, "add LoadCredential=x:/path"),
        ("credential:../x", {"CREDENTIALS_DIRECTORY": "/tmp"}, "a name, not a path"),
        ("command:/nowhere/program hunter2", {}, "command:/nowhere/program: no such file"),
        ("command:/bin/false hunter2", {}, "command:/bin/false: failed with exit status 1"),
        ("command:/bin/echo 'hunter2", {}, "quotes do not match"),
    ],
)
def test_what_cannot_be_fetched_says_why_and_quotes_nothing(reference, environ, fragment):
    with pytest.raises(Invalid) as caught:
        resolve_secret(reference, environ)

    assert fragment in str(caught.value).lower() or fragment in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert "hunter2" not in str(caught.value.__context__ and caught.value.__cause__)


def test_a_command_is_not_given_to_a_shell(tmp_path):
    assert resolve_secret("command:/bin/echo $HOME; true", {"HOME": "x"}) == "$HOME; true"


def test_a_command_that_hangs_is_given_up(monkeypatch):
    monkeypatch.setattr(secret_references, "COMMAND_SECONDS", 0.05)

    with pytest.raises(Invalid, match="gave no secret within"):
        resolve_secret("command:/bin/sleep 30", {})


def test_a_file_for_its_group_is_used_in_silence(kept):
    """The service's user reads root's file through its group."""
    kept.chmod(0o640)

    with structlog.testing.capture_logs() as lines:
        assert resolve_secret(f"file:{kept}", {}) == "hunter2"

    assert lines == []


def test_a_file_that_everybody_may_read_is_used_with_a_warning(kept):
    kept.chmod(0o604)

    with structlog.testing.capture_logs() as lines:
        assert resolve_secret(f"file:{kept}", {}) == "hunter2"

    assert [each["event"] for each in lines] == ["secret_readable_by_everybody"]
    assert "hunter2" not in str(lines)


@pytest.mark.parametrize("text", ["env:X", "file:/x", "credential:x", "command:pass show x"])
def test_references_are_told_from_secrets(text):
    assert is_secret_reference(text)
    assert not is_secret_reference(text.replace(":", "", 1))
