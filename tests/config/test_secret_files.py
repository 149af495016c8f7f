"""A secret that syncd makes itself: written once, for its owner alone, and never shown."""

from __future__ import annotations

import stat

import pytest

from syncd.core.errors import Invalid
from syncd_config import secret_at, secret_files


def made():
    return "hunter2"


def never():
    raise AssertionError("another secret was made")


def test_a_file_that_is_not_there_is_made_for_its_owner_alone(tmp_path):
    path = tmp_path / "state/secrets/patel.webhook"

    found = secret_at(f"file:{path}", {}, made)

    assert found == ("hunter2", True)
    assert path.read_text() == "hunter2\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for folder in (path.parent, path.parent.parent):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [each.name for each in path.parent.iterdir()] == ["patel.webhook"]


def test_one_that_is_there_is_read_and_kept(tmp_path):
    path = tmp_path / "secret"
    path.write_text("theirs\n")

    assert secret_at(f"file:{path}", {}, never) == ("theirs", False)
    assert secret_at("env:HOOK", {"HOOK": "theirs"}, never) == ("theirs", False)


def test_of_two_who_make_it_at_once_the_first_one_stands(tmp_path):
    path = tmp_path / "secret"

    def slow():
        path.write_text("first\n")
        return "second"

    assert secret_at(f"file:{path}", {}, slow) == ("first", False)
    assert [each.name for each in tmp_path.iterdir()] == ["secret"]


@pytest.mark.parametrize(
    ("reference", "why"),
    [
        ("env:NO_SUCH", "is not set"),
        ("file:relative", "whole path"),
        ("file:{folder}/empty/secret", "cannot be made"),
        ("file:{folder}/empty", "is empty"),
        ("file:{folder}/dangling", "cannot be read"),
        ("s3cr3t", "not a reference"),
    ],
)
def test_what_cannot_be_had_or_made_is_told_and_nothing_is_left(tmp_path, reference, why):
    (tmp_path / "empty").write_text("")
    (tmp_path / "dangling").symlink_to(tmp_path / "elsewhere")
    before = sorted(tmp_path.iterdir())

    with pytest.raises(Invalid, match=why) as caught:
        secret_at(reference.format(folder=tmp_path), {}, made)

    assert sorted(tmp_path.iterdir()) == before
    assert "s3cr3t" not in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_made_by_root_it_is_of_whoever_the_folder_is_of(tmp_path, monkeypatch):
    """A person runs the command as root, the service as its own user."""
    given = []
    monkeypatch.setattr(secret_files.os, "geteuid", lambda: 0)
    monkeypatch.setattr(secret_files.os, "chown", lambda *owner: given.append(owner[1:]))
    owner = tmp_path.stat()

    secret_at(f"file:{tmp_path}/secrets/one", {}, made)

    assert given == [(owner.st_uid, owner.st_gid)] * 2
