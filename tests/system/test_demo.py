"""The demo as a person runs it: a process of its own, from an unrelated folder."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.server]


COMMAND = [sys.executable, "-m", "syncd", "demo"]


def environ(folder: Path) -> dict[str, str]:
    """What the watcher has set for a real installation, which must not be touched."""
    precious = f"sqlite:///{folder}/precious.sqlite3"
    return {**os.environ, "TMPDIR": str(folder), "SYNCD_DATABASE_URL": precious}


def demo(folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *more],
        cwd=folder,
        env=environ(folder),
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


def test_the_demo_keeps_what_it_claims_and_what_stays_can_be_looked_at_and_stopped(tmp_path):
    """One that leaves nothing behind after its last act is run from the wheel: .ci/smoke."""
    ended = demo(tmp_path, "--stay")

    stop = re.search(r"kill ([\d ]+); rm -r (\S+)", ended.stdout)
    assert stop is not None, ended.stdout + ended.stderr
    folder, servers = Path(stop[2]), [int(each) for each in stop[1].split()]
    try:
        again = subprocess.run(
            [sys.executable, "-m", "syncd", "sync"],
            cwd=folder,
            env={**os.environ, "SYNCD_CONFIG": ""},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        log = (folder / "syncd.log").read_text()
    finally:
        for server in servers:
            os.kill(server, signal.SIGTERM)

    assert ended.returncode == 0
    claims_hold(ended.stdout)
    assert "event=stopped status=0" in log
    assert not re.search(r"level=(error|critical)", log)
    assert again.returncode == 0, again.stderr
    for server in servers:
        _await_end(server)
    assert processes_in(tmp_path) == []


def claims_hold(shown: str) -> None:
    """As many as it says, and those that only hold where all three sides were really asked."""
    held = re.search(r"All (\d+) claims held", shown)
    assert held is not None, shown
    assert int(held[1]) == len(re.findall(r"(?m)^  ok  ", shown)) >= 19
    assert "FAILED" not in shown
    for each in (
        "$ syncd plan",
        "$ syncd sync",
        "$ syncd journal tail",
        "0 of them writes",
        "forged webhook was refused, and nothing of it is kept (status 403)",
        "Cal.com shows Rosa's booking at its new time, and not at the old one (AID-",
    ):
        assert each in shown
    told = re.findall(r"(?m)^[0-9a-f]{32}  peer .* (BOOKING_\w+) ", shown)
    assert sorted(told) == ["BOOKING_CREATED", "BOOKING_RESCHEDULED"]


def test_a_demo_that_is_stopped_takes_with_it_all_that_it_started(tmp_path):
    process = subprocess.Popen(
        COMMAND, cwd=tmp_path, env=environ(tmp_path), stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    with process.stdout as shown:
        first = next(line for line in shown if line.startswith("$ syncd"))
        process.terminate()
        shown.read()

    assert process.wait(30) == 128 + signal.SIGTERM
    assert first == "$ syncd practice apply\n"
    assert list(tmp_path.iterdir()) == []
    assert processes_in(tmp_path) == []


def test_without_a_server_to_start_the_demo_says_how_to_get_one(tmp_path):
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    program = (
        "import sys, importlib.util as u; real = u.find_spec\n"
        "u.find_spec = lambda name, *more: None if name == 'radicale' else real(name, *more)\n"
        "from syncd.cli import main; sys.argv = ['syncd', 'demo']; main()"
    )

    ended = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "TMPDIR": str(hidden)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ended.returncode == 1
    assert "pip install 'syncd[demo]'" in ended.stderr
    assert list(hidden.iterdir()) == []


def processes_in(folder: Path) -> list[str]:
    """The working directories of processes that stand in this folder, or did before it was gone."""
    found = []
    for each in Path("/proc").glob("[0-9]*/cwd"):
        with suppress(OSError):
            found.append(str(each.readlink()))
    return [each for each in found if each.startswith(f"{folder}/")]


def _await_end(pid: int) -> None:
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (ProcessLookupError, FileNotFoundError):
            return
        if state == "Z":  # ended; whoever adopted it has not asked yet
            return
        time.sleep(0.05)
    pytest.fail(f"process {pid} is still there")
