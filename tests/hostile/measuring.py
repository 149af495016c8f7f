"""Set the bombs off, each in a process of its own, and print what each cost as a JSON line.

The kernel holds each process to its limits of memory and CPU: a bomb that goes off kills itself.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from pathlib import Path

from syncd_caldav import worker

from .bombs import BOMBS, Bomb
from .bounds import MEMORY, SECONDS
from .seeds import TARGETS

_SLACK = 256 << 20
"""Address space that is mapped and never used: threads' stacks, the worker's start."""


def main() -> None:
    """All bombs, or those of `sys.argv`."""
    for name in sys.argv[1:] or BOMBS:
        sys.stdout.write(json.dumps({"name": name, **_outcome(BOMBS[name])}) + "\n")
        sys.stdout.flush()


def _outcome(bomb: Bomb) -> dict[str, object]:
    """What the process said of itself, or how it died."""
    readable, writable = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(readable)
        try:
            os.write(writable, json.dumps(_set_off(bomb)).encode())
        finally:
            os._exit(0)
    os.close(writable)
    with os.fdopen(readable, "rb") as pipe:
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    if said:
        answer: dict[str, object] = json.loads(said)
        return answer
    return {"problem": f"ended by signal {-os.waitstatus_to_exitcode(status)}"}


def _set_off(bomb: Bomb) -> dict[str, object]:
    item = bomb.made()
    target = TARGETS[bomb.target]
    target(b"")  # what is imported and remembered once is not the item's cost
    Path("/proc/self/clear_refs").write_text("5")  # forget how large the process was before
    mapped, resident = _memory("VmSize"), _memory("VmHWM")
    before = resource.getrusage(resource.RUSAGE_SELF)
    used = int(before.ru_utime + before.ru_stime)
    space = mapped + MEMORY[bomb.size] + _SLACK
    resource.setrlimit(resource.RLIMIT_AS, (space, space))
    resource.setrlimit(resource.RLIMIT_CPU, (used + SECONDS[bomb.size] + 2, resource.RLIM_INFINITY))
    try:
        target(item)
        problem = ""
    except BaseException as exc:  # noqa: BLE001  whatever it is, it is the finding
        problem = f"{type(exc).__name__}: {exc}"[:300]
    worker.KEPT.close()
    after = resource.getrusage(resource.RUSAGE_SELF)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "problem": problem,
        "seconds": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        "worker": children.ru_utime + children.ru_stime,
        "grown": _memory("VmHWM") - resident,
    }


def _memory(name: str) -> int:
    """Octets of what /proc says under that name: VmSize is mapped, VmHWM the most there ever was."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition(f"{name}:")[2].split(maxsplit=1)[0]) * 1024


if __name__ == "__main__":
    main()
