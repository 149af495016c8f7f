"""One HTTP answer, read within its limits.

Follows no redirect and judges no status: `dav` does the one, `failures` the other.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

import httpx

from syncd.core.errors import Transient


class TooLarge(Transient):
    """The answer was given up at its cap. A smaller question may do."""

    def __init__(self, cap: int, etag: str) -> None:
        super().__init__(f"the answer is larger than {cap >> 20} MiB")
        self.cap = cap
        self.etag = etag


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One HTTP answer, decoded and within its cap. `path` is where it came from after redirects,
    `moved_to` the address that a redirect which was not followed names."""

    method: str
    path: str
    status: int
    headers: httpx.Headers = field(default_factory=httpx.Headers)
    body: bytes = b""
    moved_to: str | None = None

    @property
    def is_page(self) -> bool:
        """Something for people to read, such as a login or error page, whatever its status says."""
        if not self.body:
            return False
        kind = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind in ("text/html", "application/xhtml+xml"):
            return True
        return self.body[:512].lstrip()[:9].lower().startswith((b"<!doctype", b"<html"))


def redirect_target(response: httpx.Response, asked: str) -> str | None:
    """Where a redirect leads, without credentials; None for any other answer."""
    if response.status_code not in (301, 302, 303, 307, 308):
        return None
    location = response.headers.get("location")
    if not location:
        return None
    try:
        target = urlsplit(urljoin(asked, location))
        origin = f"{target.scheme}://{target.netloc.rpartition('@')[2]}"
    except ValueError:
        return None
    return origin + (target.path or "/") + (f"?{target.query}" if target.query else "")


def decoded_body(response: httpx.Response, cap: int) -> bytes:
    """The body, unpacked while it is read and given up at `cap` decoded bytes."""
    coding = response.headers.get("content-encoding", "identity").strip().lower()
    if coding in ("", "identity"):
        unpack: Callable[[bytes, int], bytes] = lambda chunk, _room: chunk  # noqa: E731  beside its twin
    elif coding in ("gzip", "x-gzip", "deflate"):
        unpack = zlib.decompressobj(wbits=47 if "gzip" in coding else zlib.MAX_WBITS).decompress
    else:
        raise Transient(f"the answer has an unknown content encoding: {coding[:20]!r}")
    content = bytearray()
    try:
        for chunk in response.iter_raw():
            content += unpack(chunk, cap + 1 - len(content))
            if len(content) > cap:
                raise TooLarge(cap, response.headers.get("etag", ""))
    except zlib.error as exc:
        raise Transient("the answer is not packed as it says") from exc
    return bytes(content)
