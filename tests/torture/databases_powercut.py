"""What a disk holds after the power was cut: what was synced, and of the rest nothing, all, or some.

Replays the writes that `strace` saw. Knows nothing of ledgers. What a file held before is durable;
a write is from the moment on when an fsync that began after it has ended; removing a file is at
once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

TRACED = "pwrite64,fsync,fdatasync,ftruncate,unlink,write"
OPTIONS = ["strace", "-f", "-y", "-xx", "-s", "70000", "-e", f"trace={TRACED}"]
"""How the trace is made."""
_LINE = re.compile(
    r"(?P<thread>\d+) +(?:<\.\.\. (?P<resumed>\w+) resumed>.*|(?P<call>\w+)\((?P<rest>.*))"
)
_FILE = re.compile(r"(\d+)<((?:\\x..)*|[^>]*)>(.*)")
_WRITE = re.compile(r', "((?:\\x[0-9a-f]{2})*)", \d+(?:, (\d+))?')


class Unsynced(Enum):
    """What became of the writes that no fsync covered, in their order."""

    LOST = "lost"
    KEPT = "kept"
    EVERY_OTHER = "every other one kept"
    LAST_TORN = "kept, but for half of the last"


@dataclass(frozen=True, slots=True)
class Event:
    """One call as it began, or an fsync as it ended."""

    thread: str
    call: str
    path: str = ""
    data: bytes = b""
    at: int = 0
    ended: bool = False


@dataclass(slots=True)
class File:
    """`synced` is durable; `since` is not yet."""

    synced: bytearray
    since: list[Event] = field(default_factory=list)
    syncing: dict[str, int] = field(default_factory=dict)

    def do(self, event: Event) -> None:
        if event.call in ("fsync", "fdatasync"):
            if not event.ended:
                self.syncing[event.thread] = len(self.since)
                return
            count = self.syncing.pop(event.thread)
            for each in self.since[:count]:
                _write(self.synced, each)
            del self.since[:count]
            self.syncing = {key: max(0, at - count) for key, at in self.syncing.items()}
        else:
            self.since.append(event)

    def image(self, unsynced: Unsynced) -> bytes:
        content = bytearray(self.synced)
        kept = list(self.since)
        if unsynced is Unsynced.LOST:
            kept = []
        elif unsynced is Unsynced.EVERY_OTHER:
            kept = kept[1::2]
        elif unsynced is Unsynced.LAST_TORN and kept:
            last = kept[-1]
            half = last.data[: len(last.data) // 2]
            kept[-1] = Event(last.thread, last.call, last.path, half, last.at)
        for each in kept:
            _write(content, each)
        return bytes(content)


@dataclass(slots=True)
class Disk:
    """The files of one folder, by path, and what was said on standard output so far."""

    files: dict[str, File]
    said: bytes = b""

    def do(self, event: Event) -> None:
        if event.call == "write":
            self.said += event.data
        elif event.call == "unlink":
            self.files.pop(event.path, None)
        else:
            self.files.setdefault(event.path, File(bytearray())).do(event)

    def lay_out(self, folder: Path, unsynced: Unsynced) -> None:
        """Write the files as they are after a cut now."""
        folder.mkdir()
        for path, file in self.files.items():
            (folder / Path(path).name).write_bytes(file.image(unsynced))


def events(log: str, matters: Callable[[str], bool]) -> Iterator[Event]:
    """What the trace says of the files that matter, and of standard output."""
    under_way: dict[str, tuple[str, str]] = {}
    for line in log.splitlines():
        found = _LINE.match(line)
        if found is None:
            continue
        thread = found["thread"]
        if found["resumed"]:
            call, path = under_way.pop(thread, ("", ""))
            if call in ("fsync", "fdatasync") and line.endswith("= 0"):
                yield Event(thread, call, path, ended=True)
            continue
        call, rest = found["call"], found["rest"]
        number, path, more = _place(call, rest)
        if not (number == "1" if call == "write" else matters(path)):
            continue
        yield _event(thread, call, path, more)
        if line.endswith("<unfinished ...>"):
            under_way[thread] = (call, path)
        elif call in ("fsync", "fdatasync"):
            yield Event(thread, call, path, ended=True)


def _place(call: str, rest: str) -> tuple[str, str, str]:
    """The number and the path of the file that a call is about, and its other arguments."""
    if call == "unlink":
        return "", _plain(rest.split('"')[1]), ""
    found = _FILE.match(rest)
    return (found[1], _plain(found[2]), found[3]) if found else ("", "", "")


def _event(thread: str, call: str, path: str, more: str) -> Event:
    if call == "ftruncate":
        return Event(thread, call, path, at=int(more.removeprefix(", ").split(")")[0].split()[0]))
    found = _WRITE.match(more)
    if found is None:
        return Event(thread, call, path)
    return Event(thread, call, path, bytes.fromhex(found[1].replace("\\x", "")), int(found[2] or 0))


def _plain(text: str) -> str:
    if not text.startswith("\\x"):
        return text
    return bytes.fromhex(text.replace("\\x", "")).decode()


def _write(content: bytearray, event: Event) -> None:
    if event.call == "ftruncate":
        del content[event.at :]
        content.extend(bytes(event.at - len(content)))
        return
    content.extend(bytes(max(0, event.at - len(content))))
    content[event.at : event.at + len(event.data)] = event.data
