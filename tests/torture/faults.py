"""Every way in which a request may go wrong between syncd and a calendar server.

Three tables: what is answered in place of the server, what happens to the connection, and what
becomes of the server's own answer. RFC 9110, RFC 9112, RFC 4918.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from system.proxy import XML, Exchange
from torture.spoiler import Answered, Play, Scene

Headers = list[tuple[str, str]]
Change = Callable[[Answered], Answered]
HTML_TYPE = ("Content-Type", "text/html; charset=utf-8")
XML_TYPE = ("Content-Type", XML)
BOMB = zlib.compressobj(9, wbits=31)
BOMB_BODY = b"".join([*(BOMB.compress(b" " * (1 << 20)) for _ in range(100)), BOMB.flush()])
"""A hundred MiB in a hundred KiB."""
DTD = (
    b'<?xml version="1.0"?><!DOCTYPE m [<!ENTITY a "aaaaaaaaaa">'
    b'<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>'
    b'<d:multistatus xmlns:d="DAV:"><d:response><d:href>&c;</d:href></d:response></d:multistatus>'
)
NO_TOKEN = b'<d:error xmlns:d="DAV:"><d:valid-sync-token/></d:error>'
LATE = 0.9
"""Seconds: longer than syncd waits for an answer here."""
WRITES = ("PUT", "DELETE")


def retry_after(value: str) -> Headers:
    return [("Retry-After", value)]


def in_a_minute() -> Headers:
    return retry_after(format_datetime(datetime.now(UTC) + timedelta(minutes=1), usegmt=True))


# In place of the server's answer


def instead(status: int, headers: Headers | None = None, body: bytes = b"") -> Play:
    def play(exchange: Exchange, _: Scene) -> None:
        exchange.answer(status, headers or [], body)

    return play


def after(status: int, headers: Headers | None = None, body: bytes = b"") -> Play:
    """The server does what it was asked, and somebody in between says something else."""

    def play(exchange: Exchange, _: Scene) -> None:
        exchange.forward()
        exchange.answer(status, headers or [], body)

    return play


def to_elsewhere(status: int) -> Play:
    def play(exchange: Exchange, scene: Scene) -> None:
        exchange.answer(status, [("Location", scene.elsewhere + exchange.path)], b"")

    return play


def to_itself(exchange: Exchange, _: Scene) -> None:
    exchange.answer(307, [("Location", exchange.path)], b"")


def done(status: int) -> Play:
    """ "Done", and nothing was. Creations pass: an event that is confirmed and then not there cannot
    be told from one that a colleague removed at once."""

    def play(exchange: Exchange, _: Scene) -> None:
        if "If-None-Match" in exchange.headers:
            exchange.answer(*exchange.forward())
        else:
            exchange.answer(status, [], b"")

    return play


def slow_down_until(exchange: Exchange, _: Scene) -> None:
    exchange.answer(429, in_a_minute(), b"")


def calm_again(exchange: Exchange, scene: Scene) -> None:
    """What the same question was answered before anything happened."""
    old = scene.calm(exchange) if exchange.method not in WRITES else None
    exchange.answer(*(old or exchange.forward()))


def unknown_token(exchange: Exchange, _: Scene) -> None:
    if b"sync-collection" in exchange.body:
        exchange.answer(403, [XML_TYPE], NO_TOKEN)
    else:
        exchange.answer(*exchange.forward())


def renamed_before(exchange: Exchange, scene: Scene) -> None:
    """A colleague is faster than our write."""
    if exchange.method in WRITES and "If-None-Match" not in exchange.headers:
        scene.rename(exchange.path)
    exchange.answer(*exchange.forward())


def renamed_after(exchange: Exchange, scene: Scene) -> None:
    """A colleague edits what we have just written, before we have heard that it was."""
    answered = exchange.forward()
    if exchange.method == "PUT" and answered[0] in (200, 201, 204):
        scene.rename(exchange.path)
    exchange.answer(*answered)


# The connection


def reset(exchange: Exchange, _: Scene) -> None:
    exchange.reset()


def reset_after(exchange: Exchange, _: Scene) -> None:
    exchange.forward()
    exchange.reset()


def hang_up(exchange: Exchange, _: Scene) -> None:
    exchange.end()


def hang_up_after(exchange: Exchange, _: Scene) -> None:
    exchange.forward()
    exchange.end()


def silence(exchange: Exchange, scene: Scene) -> None:
    scene.over.wait(30)
    exchange.end()


def silence_after(exchange: Exchange, scene: Scene) -> None:
    exchange.forward()
    silence(exchange, scene)


def forward_late(exchange: Exchange, scene: Scene) -> None:
    """It reaches the server when nobody waits for it any more."""
    scene.over.wait(LATE)
    exchange.forward()
    exchange.end()


def twice(which: int) -> Play:
    """Something in between sends it again; the answer to the first or to the second comes back."""

    def play(exchange: Exchange, _: Scene) -> None:
        answers = exchange.forward(), exchange.forward()
        exchange.answer(*answers[which])

    return play


def raw(what: bytes, *, forwards: bool = True) -> Play:
    def play(exchange: Exchange, _: Scene) -> None:
        if forwards:
            exchange.forward()
        exchange.write(what)
        exchange.end()

    return play


def drip(exchange: Exchange, scene: Scene) -> None:
    """A byte now and then, never an end; the client must hang up."""
    exchange.forward()
    exchange.write(b"HTTP/1.1 207 Multi-Status\r\nContent-Length: 1000000\r\n\r\n")
    while not scene.over.wait(0.05):
        exchange.write(b" ")
    exchange.end()


def interim(exchange: Exchange, _: Scene) -> None:
    exchange.write(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n")
    exchange.answer(*exchange.forward())


# What becomes of the server's own answer


def rewritten(change: Change) -> Play:
    def play(exchange: Exchange, _: Scene) -> None:
        exchange.answer(*change(exchange.forward()))

    return play


def on_the_wire(make: Callable[[Answered], bytes]) -> Play:
    """The answer byte by byte as a broken box in between would send it, then the end."""

    def play(exchange: Exchange, _: Scene) -> None:
        exchange.write(make(exchange.forward()))
        exchange.end()

    return play


def head(answered: Answered, *more: tuple[str, str]) -> bytes:
    status, headers, _ = answered
    lines = [f"HTTP/1.1 {status} Spoilt", *(f"{k}: {v}" for k, v in [*headers, *more])]
    return "\r\n".join([*lines, "", ""]).encode()


def cut(answered: Answered) -> bytes:
    body = answered[2]
    return head(answered, ("Content-Length", str(len(body)))) + body[: len(body) // 2]


def cut_quietly(answered: Answered) -> bytes:
    return head(answered, ("Connection", "close")) + answered[2][: len(answered[2]) // 2]


def too_long(answered: Answered) -> bytes:
    return head(answered, ("Content-Length", str(len(answered[2]) + 17))) + answered[2]


def too_short(answered: Answered) -> bytes:
    body = answered[2]
    return head(answered, ("Content-Length", str(max(0, len(body) - 17)))) + body


def bad_chunk(answered: Answered) -> bytes:
    return (
        head(answered, ("Transfer-Encoding", "chunked"))
        + b"zz\r\n"
        + answered[2]
        + b"\r\n0\r\n\r\n"
    )


def chunk_cut(answered: Answered) -> bytes:
    body = answered[2]
    size = f"{len(body) + 1:x}\r\n".encode()
    return head(answered, ("Transfer-Encoding", "chunked")) + size + body


def with_headers(answered: Answered, **changes: str) -> Answered:
    status, headers, body = answered
    wanted = {name.replace("_", "-"): value for name, value in changes.items()}
    kept = [(k, v) for k, v in headers if k not in wanted]
    return status, [*kept, *wanted.items()], body


def with_body(answered: Answered, body: bytes) -> Answered:
    return answered[0], answered[1], body


def gzip_cut(answered: Answered) -> Answered:
    packed = gzip.compress(answered[2])
    return with_headers(with_body(answered, packed[: len(packed) // 2]), Content_Encoding="gzip")


def bad_bytes(answered: Answered) -> Answered:
    """Not UTF-8 any more, in the middle."""
    half = len(answered[2]) // 2
    return with_body(answered, answered[2][:half] + b"\xff\xfe\x80" + answered[2][half:])


def other_charset(answered: Answered) -> Answered:
    found = answered[2].decode("utf-8", "replace").encode("utf-16")
    return with_headers(with_body(answered, found), Content_Type="text/xml; charset=utf-16")


def claims_charset(answered: Answered) -> Answered:
    return with_headers(answered, Content_Type="text/calendar; charset=utf-16")


_TAG = re.compile(rb"(<(?:\w+:)?getetag[^>]*>)(.*?)(</(?:\w+:)?getetag>)", re.DOTALL)


def tags(rewrite: Callable[[str], str | None]) -> Change:
    """Every entity tag rewritten, in headers and in documents; None removes it."""

    def change(answered: Answered) -> Answered:
        status, headers, body = answered
        kept = [
            (k, new)
            for k, v in headers
            if (new := rewrite(v) if k.lower() == "etag" else v) is not None
        ]

        def replaced(found: re.Match[bytes]) -> bytes:
            new = rewrite(found.group(2).decode())
            return b"" if new is None else found.group(1) + new.encode() + found.group(3)

        return status, kept, _TAG.sub(replaced, body)

    return change


_ROW = re.compile(rb"<(?:\w+:)?response\b.*?</(?:\w+:)?response>", re.DOTALL)


def without_rows(which: slice) -> Change:
    """A listing that forgets these of its rows; a calendar itself is always named."""

    def change(answered: Answered) -> Answered:
        body = answered[2]
        for row in [each for each in _ROW.findall(body) if b".ics<" in each][which]:
            body = body.replace(row, b"", 1)
        return with_body(answered, body)

    return change
