"""The unit files, as systemd itself reads them."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

UNITS = Path(__file__).parents[2] / "systemd"
SERVICE = UNITS / "syncd.service"

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd is not installed here"
)


def run(*words):
    return subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)


@needs_systemd
def test_systemd_understands_every_line(tmp_path):
    """It only warns about keys that it does not know, so what it says counts, not its exit code."""
    unit = tmp_path / "syncd.service"
    unit.write_text(SERVICE.read_text().replace("/opt/syncd/bin/syncd", "/bin/true"))

    said = run("systemd-analyze", "verify", "--man=no", "--recursive-errors=no", str(unit))

    assert [line for line in said.stderr.splitlines() if "syncd.service" in line] == []


@needs_systemd
def test_what_it_may_do_is_little():
    """Exposure is 0 (nothing) to 10; what is left is the network and the local sockets."""
    said = run(
        "systemd-analyze",
        "security",
        "--offline=true",
        "--threshold=15",
        "--no-pager",
        str(SERVICE),
    )

    assert said.returncode == 0, said.stdout.splitlines()[-1:]


@needs_systemd
@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a folder to another user")
def test_the_user_and_the_places_are_made(tmp_path):
    (tmp_path / "etc").mkdir()
    users = run("systemd-sysusers", "--root", str(tmp_path), str(UNITS / "syncd.sysusers"))
    files = run(
        "systemd-tmpfiles", "--create", "--root", str(tmp_path), str(UNITS / "syncd.tmpfiles")
    )

    assert (users.returncode, files.returncode) == (0, 0), users.stderr + files.stderr
    assert "syncd:" in (tmp_path / "etc" / "passwd").read_text()
    assert (tmp_path / "var/lib/syncd").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "etc/syncd").stat().st_mode & 0o777 == 0o750


def test_every_line_has_its_reason():
    """Or shares the one of the lines directly above it."""
    unexplained = []
    above = ""
    for line in SERVICE.read_text().splitlines():
        if re.match(r"[A-Z]\w+=", line) and not above:
            unexplained.append(line)
        above = line
    own_words = {"Description", "Type", "ExecStart", "WantedBy"}

    assert [each for each in unexplained if each.split("=")[0] not in own_words] == []


def test_the_exit_codes_of_a_hopeless_start_are_not_repeated():
    assert "\nRestartPreventExitStatus=78 10\n" in SERVICE.read_text()
