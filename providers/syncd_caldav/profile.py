"""What is known about the server at the other end: told by it, or recognised.

A family is recognised by the shape of its sync tokens and by response headers. An unknown server is
taken at its word, except that it keeps conditions. Each departure from the RFCs that the provider
plans around is a field here. Asks nothing itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from syncd.core.ids import Version
from syncd_caldav.etags import strong


class Family(StrEnum):
    """Servers whose departures from the RFCs matter to us."""

    RADICALE = "Radicale"
    XANDIKOS = "Xandikos"
    DAVICAL = "DAViCal"
    CYRUS = "Cyrus"
    SOGO = "SOGo"
    SABRE = "sabre/dav"
    UNKNOWN = "unknown"


_TOKENS = (
    (re.compile(r"http://radicale\.org/ns/sync/.+"), Family.RADICALE),
    (re.compile(r"http://sabre\.io/ns/sync/-?\d+"), Family.SABRE),
    (re.compile(r"http://sabredav\.org/ns/sync/-?\d+"), Family.SABRE),
    (re.compile(r"data:,\d+-\d+.*"), Family.CYRUS),
    (re.compile(r"data:,\d+"), Family.DAVICAL),
    (re.compile(r"[0-9a-f]{40}"), Family.XANDIKOS),
    (re.compile(r"-?\d+"), Family.SOGO),
)
_HEADERS = (
    ("x-davical-version", "", Family.DAVICAL),
    ("x-rscds-version", "", Family.DAVICAL),
    ("x-sabre-version", "", Family.SABRE),
    ("server", "cyrus", Family.CYRUS),
    ("server", "sogo", Family.SOGO),
    ("server", "sope", Family.SOGO),
    ("server", "xandikos", Family.XANDIKOS),
    ("server", "radicale", Family.RADICALE),
)
_PATHS = (
    (re.compile(r"/SOGo/dav/", re.IGNORECASE), Family.SOGO),
    (re.compile(r"/caldav\.php/"), Family.DAVICAL),
    (re.compile(r"/remote\.php/dav/"), Family.SABRE),
)
_COUNTER = re.compile(r"(?P<series>.*?)(?P<count>\d{1,18})")


@dataclass(slots=True)
class Profile:
    """Grows as answers come in. A field is None until it is known. `carries_bodies`: a
    change report can include the events themselves."""

    family: Family = Family.UNKNOWN
    has_sync: bool | None = None
    has_etags: bool | None = None
    has_strong_etags: bool | None = None
    has_ctag: bool | None = None
    carries_bodies: bool | None = None
    writable: bool | None = None

    @property
    def has_cursor(self) -> bool:
        """Whether there is anything to resume from that deserves the name."""
        return self.trusts_tokens and (self.has_sync is not False or self.has_ctag is not False)

    @property
    def versions_are_unique(self) -> bool:
        """SOGo's ETags are counters that begin anew with each object at an address."""
        return self.family is not Family.SOGO and self.has_etags is not False

    @property
    def trusts_tokens(self) -> bool:
        """False for the two whose change feed is known to lose changes: DAViCal under concurrent
        writers, SOGo with its tokens of whole seconds."""
        return self.family not in (Family.DAVICAL, Family.SOGO)

    @property
    def echoes_tokens(self) -> bool:
        """sabre/dav answers a token of a calendar that was removed and made anew with that token
        and nothing else, until the new one has seen as much: ask the calendar where it stands."""
        return self.family is Family.SABRE

    @property
    def has_conditions(self) -> bool:
        """Whether a condition that a write carries means anything: not to SOGo, and not without
        strong entity tags. True until the contrary is known."""
        return self.family is not Family.SOGO and self.has_strong_etags is not False

    @property
    def ignores_conditions(self) -> bool:
        """SOGo deletes despite If-Match, creates over what is there and under If-Match where
        nothing is; Zimbra creates over what is there, and nothing tells that it is Zimbra. Look
        before each write, unless the family is known to keep conditions."""
        return self.family in (Family.SOGO, Family.UNKNOWN)

    def note_version(self, version: Version) -> None:
        """Learn from an object's version whether this server has any, and whether a write can be
        conditional on them: one is enough."""
        self.has_etags = self.has_etags or version != ""
        self.has_strong_etags = self.has_strong_etags or strong(version) is not None

    def recognise_token(self, token: str) -> None:
        """Learn the family from a sync token. Headers and paths, where there are any, stand."""
        if self.family is Family.UNKNOWN and token:
            self.family = family_of(token)

    def recognise(self, headers: Mapping[str, str], path: str) -> None:
        """Learn the family from an answer's headers, or from where it came from."""
        if self.family is not Family.UNKNOWN:
            return
        for name, part, family in _HEADERS:
            if part in headers.get(name, "\n").lower() and name in headers:
                self.family = family
                return
        for pattern, family in _PATHS:
            if pattern.search(path):
                self.family = family
                return


def family_of(token: str) -> Family:
    """The family whose sync tokens look like this one."""
    matching = (family for pattern, family in _TOKENS if pattern.fullmatch(token))
    return next(matching, Family.UNKNOWN)


def went_backwards(before: str, after: str) -> bool:
    """Whether a token that ends in a counter is older than its predecessor: the calendar was made
    anew or restored, and the server did not notice."""
    old, new = _COUNTER.fullmatch(before), _COUNTER.fullmatch(after)
    if old is None or new is None:
        return False
    return old["series"] == new["series"] and int(new["count"]) < int(old["count"])
