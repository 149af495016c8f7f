"""One calendar of the stand-in: its objects, all that happened to them, its tokens and tags.

Knows no HTTP. What a token means is decided here. RFC 6578 §3.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from .switches import Ctag, Etags, Newer, Quirks, Token, Unknown

_NUMBERED = {
    Token.SABRE: re.compile(r"http://sabre\.io/ns/sync/(\d+)"),
    Token.DAVICAL: re.compile(r"data:,(\d+)"),
    Token.SECONDS: re.compile(r"(-?\d+)"),
}


@dataclass(slots=True)
class Stored:
    body: str
    etag: str
    uid: str


@dataclass(frozen=True, slots=True)
class Change:
    count: int
    second: int
    name: str
    is_deletion: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Since:
    """What a report tells: changes after `count`. `tombstones`: of the dead as well."""

    count: int
    tombstones: bool = True


@dataclass(slots=True)
class Store:
    """`born` tells one calendar at an address from the next. `issued` are the tokens of this
    address that were given out, by whichever calendar was there."""

    quirks: Quirks
    born: int
    now: Callable[[], float]
    issued: dict[str, tuple[int, int]] = field(default_factory=dict)
    count: int = 0
    objects: dict[str, Stored] = field(default_factory=dict)
    log: list[Change] = field(default_factory=list)
    burnt: set[str] = field(default_factory=set)

    def put(self, name: str, body: str, uid: str) -> Stored:
        old = self.objects.get(name)
        is_same = old is not None and (old.body, old.uid) == (body, uid)
        if not is_same or self.quirks.identical_put_counts:
            self._note(name, is_deletion=False)
        stored = Stored(body, self._etag(old, body, is_same=is_same), uid)
        self.objects[name] = stored
        return stored

    def remove(self, name: str) -> None:
        del self.objects[name]
        self.burnt.add(name)
        self._note(name, is_deletion=True)

    @property
    def ctag(self) -> str:
        match self.quirks.ctag:
            case Ctag.COUNT:
                return f"{self.born}-{self.count}"
            case Ctag.SECONDS:
                return self._last_second()
            case Ctag.NONE:
                return ""

    def token(self, count: int | None = None) -> str:
        """Where the calendar stands (or stood, after change `count`)."""
        count = self.count if count is None else count
        made = self._token(count)
        if made:
            self.issued[made] = (self.born, count)
        return made

    def since(self, token: str) -> Since | Unknown | Newer:
        """Where a report begins; otherwise how to answer a token that is none of ours."""
        if self.quirks.tokens is Token.SECONDS:
            return self._since_second(token)
        born, count = self.issued.get(token, (0, 0))
        if born == self.born:
            return Since(count=count)
        number = self._number(token)
        if born:
            waits = self.quirks.stale_token is Newer.NOTHING and number is not None
            if waits and number is not None and number <= self.count:
                return Since(count=number)
            return self.quirks.stale_token
        if number is None:
            return self.quirks.unknown_token
        return Since(count=number) if number <= self.count else self.quirks.newer_token

    def changes(self, since: Since) -> dict[str, bool]:
        """The names that something happened to; true for what is gone."""
        last: dict[str, bool] = {}
        lived = {name for name, gone in self._fold(since.count).items() if not gone}
        for change in self.log:
            forgotten = self.quirks.forgets_every and change.count % self.quirks.forgets_every == 0
            if change.count > since.count and not forgotten:
                last.pop(change.name, None)
                last[change.name] = change.name not in self.objects
        hidden = self.quirks.forgets_brief_lives
        return {
            name: gone
            for name, gone in last.items()
            if not gone or (since.tombstones and (name in lived or not hidden))
        }

    def everything(self, *, tombstones: bool) -> dict[str, bool]:
        dead = {each.name: True for each in self.log if each.name not in self.objects}
        return dict.fromkeys(self.objects, False) | (dead if tombstones else {})

    def last_told(self, names: list[str]) -> int:
        """The change that a page which ends with these names has got to."""
        return max((each.count for each in self.log if each.name in names), default=0)

    def _note(self, name: str, *, is_deletion: bool) -> None:
        self.count += 1
        self.log.append(Change(self.count, int(self.now()), name, is_deletion))

    def _fold(self, upto: int) -> dict[str, bool]:
        return {each.name: each.is_deletion for each in self.log if each.count <= upto}

    def _etag(self, old: Stored | None, body: str, *, is_same: bool) -> str:
        match self.quirks.etags:
            case Etags.NONE:
                return ""
            case Etags.COUNTER:
                return f'"gcs{int(old.etag[4:-1]) + 1 if old else 0:08d}"'
            case Etags.CHANGE:
                return old.etag if old and is_same else f'"{self.born}-{self.count}"'
            case Etags.WEAK | Etags.CONTENT:
                weak = "W/" if self.quirks.etags is Etags.WEAK else ""
                return f'{weak}"{_digest(body)}"'

    def _token(self, count: int) -> str:
        opaque = _digest(f"{self.born} {count}", 40)
        return {
            Token.SABRE: f"http://sabre.io/ns/sync/{count}",
            Token.RADICALE: f"http://radicale.org/ns/sync/{opaque}",
            Token.GIT: opaque,
            Token.CYRUS: f"data:,{self.born}-{count}",
            Token.DAVICAL: f"data:,{count}",
            Token.OPAQUE: f"urn:x-token:{opaque}",
            Token.SECONDS: self._last_second(),
            Token.NONE: "",
        }[self.quirks.tokens]

    def _number(self, token: str) -> int | None:
        """The count in a token of ours that was not given out, where such a thing can be told."""
        pattern = _NUMBERED.get(self.quirks.tokens)
        found = pattern.fullmatch(token) if pattern else None
        return int(found[1]) if found else None

    def _since_second(self, token: str) -> Since | Unknown | Newer:
        """Everything of the token's second again; a time to come has nothing to tell."""
        number = self._number(token)
        if number is None:
            return self.quirks.unknown_token
        return Since(count=sum(each.second < number for each in self.log))

    def _last_second(self) -> str:
        return str(max((each.second for each in self.log), default=-1))


def _digest(text: str, length: int = 32) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:length]
