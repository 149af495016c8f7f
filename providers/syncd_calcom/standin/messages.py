"""What comes in, what goes out, and where a request pauses on its way. No behaviour.

A request that only reads is answered by a plain function. One that tells subscribers, or that
leaves a moment for another between its check and its write, is a generator of steps: whoever drives
it (`driving`) performs each step and goes on.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

Json = dict[str, Any]
"""A JSON object, as it goes over the wire."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request as it arrived. `path` is decoded and has no query; `target` is neither decoded nor
    cut. Header names are in small letters. `address` is the caller's, for limits of the keyless."""

    method: str
    path: str
    target: str
    query: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    address: str = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`body` is sent as JSON, `text` as it stands; neither: no body at all."""

    status: int = 200
    body: object = None
    text: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One webhook request, ready to be sent. `is_forged`: not by the server, but by somebody who
    does not know the secret."""

    url: str
    body: bytes
    headers: Mapping[str, str]
    trigger: str
    is_forged: bool = False


@dataclass(frozen=True, slots=True)
class Deliver:
    """Send these at the same time, and go on when each was answered or failed."""

    deliveries: tuple[Delivery, ...]


@dataclass(frozen=True, slots=True)
class Wait:
    """Let time pass before going on."""

    duration: timedelta


@dataclass(frozen=True, slots=True)
class Gap:
    """Other requests may run here: between a check and its write, or a write and its answer."""


Step = Deliver | Wait | Gap
Steps = Generator[Step, None, Answer]


class HungUp(Exception):
    """The connection ends without an answer, or after `part` of one."""

    def __init__(self, part: Answer | None = None) -> None:
        super().__init__("the stand-in ended the connection")
        self.part = part


def success(data: object, status: int = 200, **more: object) -> Answer:
    return Answer(status=status, body={"status": "success", "data": data, **more})
