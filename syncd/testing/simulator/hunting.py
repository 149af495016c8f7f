"""Many histories, on several cores, until the seeds or the time are used up.

A hunt adds up what its histories say: which promises were broken by which seeds, how often each
moment passed and each mishap struck, and a digest of all that happened.
"""

from __future__ import annotations

import os
import signal
import tempfile
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import islice
from multiprocessing import get_context
from multiprocessing.util import Finalize
from pathlib import Path

from syncd.testing.simulator.profile import Profile, Templates
from syncd.testing.simulator.story import Story, from_seed
from syncd.wiring import SystemClock

MEMORY = Path("/dev/shm")  # noqa: S108  a folder of our own is made in it
BUNCH = 5
"""How many seeds a worker is given at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A seed whose history broke a promise."""

    seed: int
    invariant: str
    evidence: str
    server: str
    practice: str


@dataclass(slots=True)
class Hunt:
    """What came of many histories. `seconds` is wall-clock time, `cpu_seconds` of all workers."""

    seeds: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    findings: list[Finding] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    digests: dict[int, str] = field(default_factory=dict)

    def add(self, other: Hunt) -> None:
        """Take in what another hunt found."""
        self.seeds += other.seeds
        self.cpu_seconds += other.cpu_seconds
        self.findings += other.findings
        most = max(self.counts[MOST_POLLS], other.counts[MOST_POLLS])
        self.counts += other.counts
        self.counts[MOST_POLLS] = most
        self.digests.update(other.digests)

    @property
    def digest(self) -> str:
        """Tells two hunts over the same seeds apart."""
        told = "\n".join(f"{seed} {self.digests[seed]}" for seed in sorted(self.digests))
        return sha256(told.encode()).hexdigest()

    @property
    def moments(self) -> int:
        """At how many instants something could have happened to a process."""
        return sum(n for name, n in self.counts.items() if name.startswith("moment: "))

    def crashes(self) -> dict[str, int]:
        """How often a process ended at each kind of moment."""
        before = "crash at "
        return {
            name.removeprefix(before): count
            for name, count in sorted(self.counts.items())
            if name.startswith(before)
        }


MOST_POLLS = "most polls to rest"


def hunt(
    seeds: Iterator[int],
    *,
    workers: int = 1,
    seconds: float = float("inf"),
    twice: bool = False,
    stop_at_first: bool = False,
    profile: Profile | None = None,
    tell: Callable[[Hunt], None] = lambda _: None,
) -> Hunt:
    """Live through the histories of `seeds` for about so many seconds. `twice`: each of them again,
    to see that it is the same. `tell` hears of the hunt so far now and then."""
    clock = SystemClock()
    began, whole = clock.monotonic(), Hunt()

    def is_over() -> bool:
        found = bool(whole.findings) and stop_at_first
        return found or clock.monotonic() - began >= seconds

    parts = _parts(seeds, workers=workers, twice=twice, profile=profile, is_over=is_over)
    with suppress(KeyboardInterrupt):  # Ctrl-C ends a hunt, and keeps what it found
        for part in parts:
            whole.add(part)
            whole.seconds = round(clock.monotonic() - began, 1)
            tell(whole)
    parts.close()
    return whole


@contextmanager
def templates_in_memory() -> Iterator[Templates]:
    """A place for ledgers, gone afterwards."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        yield Templates(Path(folder))


def live_through(
    seeds: list[int], *, twice: bool, profile: Profile | None, templates: Templates | None = None
) -> Hunt:
    """The histories of these seeds, one after the other, in this process."""
    found = Hunt()
    templates = templates or _worker[0]
    cpu_before = os.times()
    for seed in seeds:
        _end_with_the_hunter()
        story = from_seed(seed, templates, profile=profile)
        part = Hunt(seeds=1, counts=story.counts, digests={seed: story.digest})
        if story.broken is not None:
            broken = story.broken
            part.findings.append(_finding(seed, broken.invariant, broken.evidence, story))
        if twice and from_seed(seed, templates, profile=profile).digest != story.digest:
            part.findings.append(_finding(seed, "determinism", "two runs of it differ", story))
        found.add(part)
    cpu_after = os.times()
    found.cpu_seconds = round(
        cpu_after.user - cpu_before.user + cpu_after.system - cpu_before.system, 2
    )
    return found


def _parts(
    seeds: Iterator[int],
    *,
    workers: int,
    twice: bool,
    profile: Profile | None,
    is_over: Callable[[], bool],
) -> Generator[Hunt]:
    if workers == 1:
        with templates_in_memory() as templates:
            for seed in seeds:
                yield live_through([seed], twice=twice, profile=profile, templates=templates)
                if is_over():
                    return
        return
    with ProcessPoolExecutor(workers, get_context("spawn"), initializer=_begin_work) as pool:
        waiting: set[Future[Hunt]] = set()
        while True:
            while len(waiting) < 2 * workers and not is_over():
                bunch = list(islice(seeds, BUNCH))
                if not bunch:
                    break
                waiting.add(pool.submit(live_through, bunch, twice=twice, profile=profile))
            if not waiting:
                return
            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            for each in done:
                yield each.result()


_worker: list[Templates] = []
"""The ledgers of this process, if it is a worker."""
_hunter: list[tuple[int, ExitStack]] = []
"""Whose worker this process is, and what it leaves behind."""


def _begin_work() -> None:
    """Ctrl-C is the hunter's, not the workers'; what a worker leaves behind goes with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    place = ExitStack()
    _worker.append(place.enter_context(templates_in_memory()))
    _hunter.append((os.getppid(), place))
    Finalize(None, place.close, exitpriority=10)


def _end_with_the_hunter() -> None:
    """A worker whose hunter was killed would live through the rest for nobody."""
    for hunter, place in _hunter:
        if os.getppid() != hunter:
            place.close()
            os._exit(1)


def _finding(seed: int, invariant: str, evidence: str, story: Story) -> Finding:
    return Finding(
        seed=seed,
        invariant=invariant,
        evidence=evidence[:2000],
        server=story.profile.server,
        practice=story.profile.practice,
    )
