"""The process that expands odd rules: what it costs at most, what it survives, and how it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from syncd.core.errors import Rejected, Unavailable
from syncd_caldav.expander import CannotExpand
from syncd_caldav.worker import Worker

LOW, HIGH = datetime(2031, 1, 1), datetime(2031, 2, 1)  # noqa: DTZ001  walls
PATIENCE = 20.0


def a_text(rule: str) -> str:
    lines = ("BEGIN:VCALENDAR", "BEGIN:VEVENT", "UID:one", "X-CHANGE:0", "DTSTART:20310101T090000")
    return "\r\n".join((*lines, f"RRULE:{rule}", "END:VEVENT", "END:VCALENDAR", ""))


TWICE_A_DAY = a_text("FREQ=DAILY;BYHOUR=9,15;COUNT=6")
HANGING = a_text("FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30")


@pytest.fixture
def worker() -> Iterator[Worker]:
    made = Worker(budget=timedelta(seconds=1))
    yield made
    made.close()


def is_there(pid: int) -> bool:
    """Whether a process is there, and not only waiting to be reaped."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def ticks(pid: int) -> int:
    """Processor time that a process has used."""
    return sum(map(int, Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]))


def wait_until(claim: Callable[[], bool]) -> None:
    """Another process: there is nothing to wait on but the look of it."""
    deadline = time.monotonic() + PATIENCE
    while not claim():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_it_starts_when_it_is_first_asked_and_is_kept(worker: Worker):
    assert worker.pid is None

    first = worker.starts_between(TWICE_A_DAY, LOW, HIGH)
    pid = worker.pid
    second = worker.starts_between(TWICE_A_DAY, LOW, HIGH)

    assert [start.at.day for start in sorted(first)] == [1, 1, 2, 2, 3, 3]
    assert second == first
    assert worker.pid == pid


def test_a_hanging_expansion_costs_its_budget_and_nothing_else(worker: Worker):
    worker.starts_between(TWICE_A_DAY, LOW, HIGH)
    pid = worker.pid
    begun = time.perf_counter()

    with pytest.raises(Rejected, match="takes too long to expand"):
        worker.starts_between(HANGING, LOW, HIGH)

    assert 0.9 < time.perf_counter() - begun < 3.0
    assert pid is not None
    assert not Path(f"/proc/{pid}").exists()  # killed, and reaped
    assert len(worker.starts_between(TWICE_A_DAY, LOW, HIGH)) == 6


def test_a_killed_worker_is_replaced(worker: Worker):
    worker.starts_between(TWICE_A_DAY, LOW, HIGH)
    pid = worker.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)

    assert len(worker.starts_between(TWICE_A_DAY, LOW, HIGH)) == 6

    assert worker.pid != pid


def test_threads_take_turns_and_each_gets_its_own_answer(worker: Worker):
    def ask(count: int) -> int:
        rule = a_text(f"FREQ=DAILY;BYHOUR=9,15;COUNT={count}")
        return len(worker.starts_between(rule, LOW, HIGH))

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(ask, range(1, 41))) == list(range(1, 41))


def test_one_that_waits_behind_a_hanging_expansion_is_answered(worker: Worker):
    with ThreadPoolExecutor(2) as pool:
        hanging = pool.submit(worker.starts_between, HANGING, LOW, HIGH)
        honest = pool.submit(worker.starts_between, TWICE_A_DAY, LOW, HIGH)

        assert len(honest.result(PATIENCE)) == 6
        assert isinstance(hanging.exception(PATIENCE), Rejected)


def test_what_the_library_cannot_read_is_an_answer_too(worker: Worker):
    with pytest.raises(CannotExpand):
        worker.starts_between(a_text("FREQ=DAILY;BYHOUR=often"), LOW, HIGH)

    assert len(worker.starts_between(TWICE_A_DAY, LOW, HIGH)) == 6


def test_closing_leaves_no_process_and_does_no_harm_twice(worker: Worker):
    worker.starts_between(TWICE_A_DAY, LOW, HIGH)
    pid = worker.pid

    worker.close()
    worker.close()

    assert worker.pid is None
    assert not Path(f"/proc/{pid}").exists()


def test_it_knows_nothing_of_the_environment(worker: Worker, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("A_SECRET", "hunter2")

    worker.starts_between(TWICE_A_DAY, LOW, HIGH)

    assert b"hunter2" not in Path(f"/proc/{worker.pid}/environ").read_bytes()


@pytest.mark.parametrize("program", ["raise SystemExit", "print('{}', flush=True)"])
def test_a_program_that_ends_at_once_is_not_the_fault_of_the_event(program: str, tmp_path: Path):
    """The first never says that it is ready, the second always ends before it answers."""
    broken = tmp_path / "broken.py"
    broken.write_text(program)

    with pytest.raises((Unavailable, Rejected)) as caught:
        Worker(program=broken).starts_between(TWICE_A_DAY, LOW, HIGH)

    assert isinstance(caught.value, Unavailable) is program.startswith("raise")


PARENT = """
import sys
from datetime import datetime
from syncd_caldav.worker import Worker
worker = Worker()
worker.starts_between({text!r}, datetime(2031, 1, 1), datetime(2031, 2, 1))
print(worker.pid, flush=True)
if {hanging}:
    worker.starts_between({bomb!r}, datetime(2031, 1, 1), datetime(2031, 2, 1))
sys.stdin.read()
"""


def test_it_ends_with_its_parent_even_if_that_is_killed():
    with parent_of_a_worker() as (parent, pid):
        parent.kill()

    wait_until(lambda: not is_there(pid))


def test_it_ends_even_if_its_parent_is_killed_while_it_hangs():
    with parent_of_a_worker(is_hanging=True) as (parent, pid):
        before = ticks(pid)
        wait_until(lambda: ticks(pid) > before + os.sysconf("SC_CLK_TCK") // 5)
        parent.kill()

    assert is_there(pid)
    wait_until(lambda: not is_there(pid))


@contextmanager
def parent_of_a_worker(
    *, is_hanging: bool = False
) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    text = PARENT.format(text=TWICE_A_DAY, bomb=HANGING, hanging=is_hanging)
    with subprocess.Popen(
        [sys.executable, "-c", text], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert is_there(pid)
        yield parent, pid


def test_a_program_that_ends_by_itself_takes_it_along_without_a_word():
    text = PARENT.format(text=TWICE_A_DAY, bomb=HANGING, hanging=False)

    done = subprocess.run(
        [sys.executable, "-W", "error", "-X", "dev", "-c", text],
        input=b"",
        capture_output=True,
        timeout=60,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, b"")
    assert not Path(f"/proc/{int(done.stdout)}").exists()
