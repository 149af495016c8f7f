"""One name for each object, however a server spells its address.

Servers write one path in several ways (`at@x`, `at%40x`, `%c3%bc`, `%C3%BC`). An `EventRef` is the
decoded path; what could not be told apart again (`%2F`, `%25`, control characters, bytes that are
not UTF-8) stays encoded in it, so that a usable address can always be made from a ref alone. Never
folds case or Unicode forms. RFC 3986 §6.2.2.
"""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

from syncd.core.ids import EventRef

_ENCODED = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_KEPT = frozenset("/%")
_SAFE = "/:@!$&'()*+,;=~-._%"
_SAFE_MINIMUM = "/-._~%"


def canonical(path: str) -> str:
    """The path with everything decoded that can be encoded again without loss."""
    if "%" not in path:
        return path
    return _ENCODED.sub(_decoded, path)


def _decoded(match: re.Match[str]) -> str:
    raw = bytes.fromhex(match[0].replace("%", ""))
    return "".join(map(_kept_apart, raw.decode(errors="surrogateescape")))


def _kept_apart(char: str) -> str:
    """The character itself, or its octet encoded where decoding it would lose something."""
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:
        return f"%{code - 0xDC00:02X}"
    return f"%{code:02X}" if code < 0x20 or code == 0x7F or char in _KEPT else char


class Hrefs:
    """The objects of one collection: which paths are in it, and how the server spells them."""

    def __init__(self, collection: str) -> None:
        self.collection = collection
        self._roots = [canonical(collection)]
        self._spellings: dict[EventRef, str] = {}

    @property
    def root(self) -> str:
        """The decoded path of the collection, with its closing slash."""
        return self._roots[0]

    def also_known_as(self, href: str) -> None:
        """Accept the server's own spelling of the collection as well."""
        root = canonical(path_of(href)).rstrip("/") + "/"
        if root not in self._roots:
            self._roots.append(root)

    def is_collection(self, href: str) -> bool:
        """Whether `href` is the collection itself, with or without its slash."""
        return canonical(path_of(href)).rstrip("/") + "/" in self._roots

    def member(self, name: str) -> EventRef:
        """The ref of a member to be made, `name` being encoded already."""
        ref = EventRef(canonical(self.collection + name))
        self._spellings.setdefault(ref, self.collection + name)
        return ref

    def learn(self, href: str) -> EventRef | None:
        """The ref of a member at `href`, remembering the spelling; None for any other address.
        The host in `href` does not count: nothing but our own origin is ever asked."""
        path = path_of(href)
        ref = EventRef(canonical(path))
        if not self.holds(ref):
            return None
        if "?" not in path and "#" not in path and path.isascii() and path.isprintable():
            self._spellings[ref] = path.replace(" ", "%20")
        return ref

    def holds(self, ref: str) -> bool:
        """Whether `ref` lies below the collection and is no collection itself."""
        if ref.endswith("/") or any(part in (".", "..") for part in ref.split("/")):
            return False
        return any(ref.startswith(root) and len(ref) > len(root) for root in self._roots)

    @staticmethod
    def on_our_origin(href: str) -> str:
        """The path in `href`, whatever host it names; "" where it has none."""
        return path_of(href)

    def spelling(self, ref: EventRef) -> str:
        """The path to ask for: the server's own, or one that decodes to the same."""
        known = self._spellings.get(ref)
        return known if known is not None else quote(ref, safe=_SAFE)

    def spellings(self, ref: EventRef) -> tuple[str, ...]:
        """Every spelling worth trying before `ref` counts as absent: one if the server's is known
        or if there is only one way to write it."""
        if ref in self._spellings:
            return (self._spellings[ref],)
        return tuple(dict.fromkeys(quote(ref, safe=safe) for safe in (_SAFE, _SAFE_MINIMUM)))


def path_of(href: str) -> str:
    """The path of an absolute or relative reference. A question mark stays: one server forgets to
    encode it in members' names, and members have no query."""
    href = href.strip()
    if href.startswith("/") and not href.startswith("//"):
        return href
    try:
        parts = urlsplit(href)
    except ValueError:
        return ""
    if parts.scheme not in ("", "http", "https") or not parts.netloc:
        return ""
    return parts.path + (f"?{parts.query}" if parts.query else "")
