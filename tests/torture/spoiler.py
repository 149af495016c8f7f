"""Spoil one request of a round, or all from one on, and let everything else pass.

Counts requests from 1 and keeps what calm rounds were answered, so that a stale answer can be given
later. What a fault does stands in `faults`.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from system.proxy import Exchange, Proxy

Answered = tuple[int, list[tuple[str, str]], bytes]
_KIND = re.compile(rb"<(?:\w+:)?(sync-collection|calendar-multiget|calendar-query|propfind)\b")


@dataclass(frozen=True, slots=True)
class Scene:
    """What a fault is given beside the exchange. `over` is set when the faults are over; `calm` is
    what the same question was answered before; `elsewhere` is another origin; `rename` is a
    colleague's hand on the event at an address."""

    over: threading.Event
    calm: Callable[[Exchange], Answered | None]
    elsewhere: str
    rename: Callable[[str], None]


Play = Callable[[Exchange, Scene], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of fault. `lies`: nobody could tell this answer from a true one, so that the change
    feed may have lost something, until the next complete listing. `lasts`: makes sense for all
    requests from one on. `refuses`: connections are refused from then on. `asks`: the
    least and the most seconds until the next try that it should lead to."""

    name: str
    play: Play
    lies: bool = False
    lasts: bool = False
    refuses: bool = False
    asks: tuple[float, float] | None = None


@dataclass
class Spoiler:
    """Plays `kind` at the `at`-th request of a round, and at all later ones if `on`."""

    proxy: Proxy
    elsewhere: str = ""
    rename: Callable[[str], None] = lambda _: None
    kind: Kind | None = None
    at: int = 0
    on: bool = False
    asked: list[str] = field(default_factory=list)
    struck: bool = False
    errors: list[BaseException] = field(default_factory=list)
    _calm: dict[tuple[str, str, str, str], Answered] = field(default_factory=dict)
    _over: threading.Event = field(default_factory=threading.Event)
    _guard: threading.Lock = field(default_factory=threading.Lock)
    _under_way: int = 0
    _idle: threading.Condition = field(default_factory=threading.Condition)

    def __post_init__(self) -> None:
        self.proxy.play = self

    def arm(self, kind: Kind, at: int, *, on: bool) -> None:
        self.kind, self.at, self.on = kind, at, on
        self.asked, self.struck, self.errors = [], False, []
        self._over = threading.Event()
        if kind.refuses and at == 1:
            self.struck = True
            self.proxy.refuse()

    def calm_down(self) -> list[str]:
        """The faults are over, and whatever of them was under way has ended. What was asked."""
        kind, self.kind = self.kind, None
        self._over.set()
        with self._idle:
            assert self._idle.wait_for(lambda: self._under_way == 0, timeout=30)
        if kind is not None and kind.refuses and self.struck:
            self.proxy.listen()
        asked, self.asked = self.asked, []
        return asked

    def __call__(self, exchange: Exchange) -> bool:
        with self._idle:
            self._under_way += 1
        try:
            self._see_to(exchange)
        except OSError:
            exchange.end()  # the client has hung up
        except BaseException as exc:
            self.errors.append(exc)
            raise
        finally:
            with self._idle:
                self._under_way -= 1
                self._idle.notify_all()
        return True

    def _see_to(self, exchange: Exchange) -> None:
        exchange.headers.pop("Accept-Encoding", None)
        with self._guard:
            self.asked.append(exchange.method)
            number, kind = len(self.asked), self.kind
        if kind is None:
            answered = exchange.forward()
            self._calm[_question(exchange)] = answered
            exchange.answer(*answered)
        elif kind.refuses:
            exchange.answer(*exchange.forward())
            if number == self.at - 1:
                self.struck = True
                self.proxy.refuse()
        elif number == self.at or (self.on and number > self.at):
            self.struck = True
            kind.play(exchange, Scene(self._over, self._recalled, self.elsewhere, self.rename))
        else:
            exchange.answer(*exchange.forward())

    def _recalled(self, exchange: Exchange) -> Answered | None:
        return self._calm.get(_question(exchange))


def _question(exchange: Exchange) -> tuple[str, str, str, str]:
    found = _KIND.search(exchange.body[:400])
    kind = found.group(1).decode() if found else ""
    return exchange.method, exchange.path, exchange.headers.get("Depth", ""), kind
