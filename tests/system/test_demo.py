"""The demo as a person runs it: a process of its own, from an unrelated folder."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
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


def test_the_demo_keeps_what_it_claims_and_leaves_nothing_behind(tmp_path):
    ended = demo(tmp_path)

    assert ended.returncode == 0, ended.stdout + ended.stderr
    held = re.search(r"All (\d+) claims held", ended.stdout)
    assert held is not None
    assert int(held[1]) == len(re.findall(r"(?m)^  ok  ", ended.stdout)) >= 10
    assert "FAILED" not in ended.stdout
    for shown in ("$ syncd plan", "$ syncd sync", "$ syncd journal tail", "0 of them writes"):
        assert shown in ended.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_demo_that_stays_can_be_looked_at_and_stopped(tmp_path):
    ended = demo(tmp_path, "--stay")

    stop = re.search(r"kill (\d+); rm -r (\S+)", ended.stdout)
    assert stop is not None, ended.stdout + ended.stderr
    server = int(stop[1])
    try:
        again = subprocess.run(
            [sys.executable, "-m", "syncd", "sync"],
            cwd=stop[2],
            env={**os.environ, "SYNCD_CONFIG": ""},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    finally:
        os.kill(server, signal.SIGTERM)
    assert ended.returncode == 0
    assert again.returncode == 0, again.stderr
    _await_end(server)


def test_a_demo_that_is_stopped_takes_its_server_with_it(tmp_path):
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
