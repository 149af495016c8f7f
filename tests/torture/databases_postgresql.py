"""What befalls a PostgreSQL server, and bookers who find out what became of a booking.

A proxy stands between the ledger and the server. It knows as much of the wire protocol as it takes
to see the COMMIT of a transaction that writes go by, and its answer.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import partial
from pathlib import Path

from postgresql_server import PostgresqlServer, _wait_until_ready, postgresql
from torture.databases import Desk, book_slot, start_of

from syncd.core.appointment import Appointment
from syncd.core.errors import LedgerAway, Unavailable
from syncd.flows.surroundings import Surroundings

SOCKET = ".s.PGSQL.5432"
RUN = (b"Q", b"B")
"""What runs a statement: a plain query, or the binding of a prepared one."""
SHUTDOWN = b"SFATAL\0VFATAL\0C57P01\0Mterminating connection due to administrator command\0\0"


class Cut(Enum):
    """What becomes of a COMMIT; the connection breaks in either case."""

    UNSENT = "not forwarded"
    UNANSWERED = "forwarded, and its answer dropped"


@dataclass
class Cutter:
    """The proxy: `cuts` is asked for each such COMMIT, by its number from 1; `ends`, for each statement
    by its number, whether the session ends instead as an administrator ends it. `folder` is where
    clients find it."""

    upstream: Path
    folder: Path
    cuts: Callable[[int], Cut | None] = lambda _: None
    ends: Callable[[int], bool] = lambda _: False
    commits: int = 0
    statements: int = 0
    dealt: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _listener: socket.socket = field(default_factory=lambda: socket.socket(socket.AF_UNIX))
    _passages: list[Passage] = field(default_factory=list)
    _threads: list[threading.Thread] = field(default_factory=list)

    def listen(self) -> None:
        self._listener.bind(str(self.folder / SOCKET))
        self._listener.listen(64)
        self._begin(self._accept)

    def close(self) -> None:
        """Accept nobody any more, and break every connection."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        for thread in list(self._threads):
            for each in self._passages:
                each.break_off()
            thread.join(30)
        self._listener.close()

    def next_cut(self) -> Cut | None:
        with self._lock:
            self.commits += 1
            cut = self.cuts(self.commits)
            self.dealt += cut is not None
            return cut

    def ends_now(self) -> bool:
        with self._lock:
            self.statements += 1
            ends = self.ends(self.statements)
            self.dealt += ends
            return ends

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self._passages.append(Passage(self, client))
                self._begin(self._passages[-1].serve)

    def _begin(self, work: Callable[[], None]) -> None:
        self._threads.append(threading.Thread(target=work, daemon=True))
        self._threads[-1].start()


@dataclass
class Passage:
    """One connection, both ways; each way has a thread of its own."""

    cutter: Cutter
    client: socket.socket
    server: socket.socket = field(default_factory=lambda: socket.socket(socket.AF_UNIX))
    prepared: dict[bytes, bytes] = field(default_factory=dict)
    writes: bool = False
    drops_answer: bool = False

    def serve(self) -> None:
        """Let everything pass until either side ends it, or we do."""
        with self.client, self.server:
            try:
                self.server.connect(str(self.cutter.upstream / SOCKET))
            except OSError:
                return
            back = threading.Thread(target=self._answers, daemon=True)
            back.start()
            self._requests()
            back.join(30)

    def break_off(self) -> None:
        for each in (self.client, self.server):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def _requests(self) -> None:
        with suppress(OSError, EOFError):
            self.server.sendall(_take_startup(self.client))
            for kind, body in _messages(self.client):
                if kind in RUN and self.cutter.ends_now():
                    self.client.sendall(_message(b"E", SHUTDOWN))
                    self.client.settimeout(0.05)  # the message arrives, and only then the end
                    while _take(self.client, 1):
                        pass
                statement = self._statement(kind, body)
                self.writes = self.writes or b"pg_advisory_xact_lock" in statement
                if self.writes and statement.strip(b"\0; ").upper() == b"COMMIT":
                    self.writes = False
                    cut = self.cutter.next_cut()
                    if cut is Cut.UNSENT:
                        break
                    self.drops_answer = cut is Cut.UNANSWERED
                self.server.sendall(_message(kind, body))
        self.break_off()

    def _answers(self) -> None:
        with suppress(OSError, EOFError):
            for kind, body in _messages(self.server):
                if self.drops_answer and kind == b"C" and body == b"COMMIT\0":
                    break
                self.client.sendall(_message(kind, body))
        self.break_off()

    def _statement(self, kind: bytes, body: bytes) -> bytes:
        """The statement that is run by this message, or empty. One that is prepared under a name is
        run by the messages that bind it."""
        if kind == b"Q":
            return body
        if kind == b"P":
            name, statement, _ = body.split(b"\0", 2)
            self.prepared[name] = statement
        if kind == b"B":
            _, name, _ = body.split(b"\0", 2)
            return self.prepared.get(name, b"")
        return b""


def _take_startup(connection: socket.socket) -> bytes:
    size = _take(connection, 4)
    return size + _take(connection, int.from_bytes(size) - 4)


def _messages(connection: socket.socket) -> Iterator[tuple[bytes, bytes]]:
    while True:
        kind = _take(connection, 1)
        yield kind, _take(connection, int.from_bytes(_take(connection, 4)) - 4)


def _message(kind: bytes, body: bytes) -> bytes:
    return kind + (len(body) + 4).to_bytes(4) + body


def _take(connection: socket.socket, size: int) -> bytes:
    taken = b""
    while len(taken) < size:
        part = connection.recv(size - len(taken))
        if not part:
            raise EOFError
        taken += part
    return taken


@contextmanager
def cutter_before(server: PostgresqlServer, folder: Path) -> Iterator[Cutter]:
    """A proxy for as long as the `with` block lasts; `folder` has a short name."""
    cutter = Cutter(server.folder, folder)
    cutter.listen()
    try:
        yield cutter
    finally:
        cutter.close()


def through(desk: Desk, cutter: Cutter) -> Desk:
    """The same desk, which reaches its database through the proxy."""
    return replace(desk, url=desk.url.replace(f"host={cutter.upstream}", f"host={cutter.folder}"))


@contextmanager
def restartable() -> Iterator[PostgresqlServer]:
    """A server that `restart` may be done to, for as long as the `with` block lasts."""
    with postgresql() as server:
        first = server.process
        try:
            yield server
        finally:
            if server.process is not first:
                server.process.send_signal(signal.SIGQUIT)
                server.process.wait(timeout=30)


def restart(server: PostgresqlServer, how: int = signal.SIGINT) -> None:
    """Stop the server (SIGINT: in order; SIGQUIT: as if it crashed) and start it again."""
    old = server.process
    owner = server.folder.stat()
    old.send_signal(how)
    old.wait(timeout=60)
    identity = (
        {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": ()}
        if os.geteuid() == 0
        else {}
    )
    server.process = subprocess.Popen(
        old.args,
        cwd=server.folder,
        env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TZ": "Asia/Kolkata"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        text=True,
        **identity,  # type: ignore[arg-type]
    )
    _wait_until_ready(server.process, server.folder)


@dataclass(slots=True)
class Story:
    """What one booker went through until it was certain of its booking."""

    slot: int
    number: str = ""
    ambiguous: int = 0
    turned_away: list[str] = field(default_factory=list)
    lies: list[str] = field(default_factory=list)


def book_for_certain(around: Surroundings, slot: int, *, tries: int = 200) -> Story:
    """Book the slot, whatever befalls the server. After an ambiguous outcome, look first; after any
    other failure, nothing may be stored."""
    story, pause = Story(slot), threading.Event()
    for _ in range(tries):
        try:
            story.number = book_slot(around, slot).number
        except Unavailable as exc:
            ambiguous = isinstance(exc, LedgerAway) and exc.ambiguous
            story.ambiguous += ambiguous
            story.turned_away.append(exc.code)
            there = look_for_certain(around, slot, pause)
            if there is not None and not ambiguous:
                story.lies.append(f"slot {slot} is stored after: {exc}")
            if there is None:
                pause.wait(0.02)
                continue
            story.number = there.number
        return story
    story.lies.append(f"slot {slot} could not be booked: {story.turned_away[-1]}")
    return story


def look_for_certain(around: Surroundings, slot: int, pause: threading.Event) -> Appointment | None:
    """The appointment at that slot, as soon as the ledger can be read."""
    for _ in range(600):
        try:
            with around.ledger.read() as view:
                found = [each for each in view.appointments() if each.start == start_of(slot)]
        except Unavailable:
            pause.wait(0.05)
        else:
            return found[0] if found else None
    raise AssertionError("the ledger did not come back")


def book_all(
    desk: Desk, slots: range, *, at_once: int = 8, meanwhile: Callable[[], None] = lambda: None
) -> list[Story]:
    """Many bookers in one process, while something befalls the server."""
    with desk.around() as around, ThreadPoolExecutor(at_once) as pool:
        futures = [pool.submit(partial(book_for_certain, around), slot) for slot in slots]
        meanwhile()
        return [each.result() for each in futures]
