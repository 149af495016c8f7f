"""What one CalDAV server does differently: each field one departure that a real server was seen to
make. The defaults are a server that keeps to the RFCs.

Says nothing of how it is done, nor of which server does it: `profiles` does that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import quote


class Token(StrEnum):
    """What a sync token looks like. `SECONDS` is the time of the last change, and nothing more."""

    SABRE = "http://sabre.io/ns/sync/7"
    RADICALE = "http://radicale.org/ns/sync/<hash>"
    GIT = "<sha1>"
    CYRUS = "data:,<birth>-<count>"
    DAVICAL = "data:,<count>"
    OPAQUE = "urn:x-token:<hash>"
    SECONDS = "<seconds>"
    NONE = ""


class Unknown(StrEnum):
    """What is answered to a token that was never given out: refused as RFC 6578 has it, refused
    with another status, or all that is there, as if it were the first time."""

    REFUSED = "403"
    REFUSED_412 = "412"
    ALL = "all"
    ALL_AND_TOMBSTONES = "all and tombstones"


class Newer(StrEnum):
    """What is answered to a token that is ahead of the calendar, or of another one at its
    address."""

    REFUSED = "refused"
    ALL = "all"
    NOTHING = "nothing"


class Ctag(StrEnum):
    """What the collection tag is; `SECONDS` is blind to a second change in one second."""

    COUNT = "count"
    SECONDS = "seconds"
    NONE = "none"


class Etags(StrEnum):
    """What an entity tag is made of. `COUNTER` begins anew with each object at an address."""

    CONTENT = "content"
    CHANGE = "change"
    COUNTER = "counter"
    WEAK = "weak"
    NONE = "none"


class SameUid(StrEnum):
    """How a second object with a UID is met."""

    CONFLICT_409 = "409 no-uid-conflict"
    CONFLICT_412 = "412 no-uid-conflict"
    SCHEDULING_403 = "403 unique-scheduling-object-resource"
    WORDS_409 = "409 in words"
    WORDS_400 = "400 in words"
    STORED = "stored"


class Missing(StrEnum):
    """What a multiget says of an object that is not there."""

    ROW = "row"
    OMITTED = "omitted"
    WHOLE = "whole request 404"


class Limit(StrEnum):
    """What DAV:limit does; `CUT` loses the rest for good."""

    PAGED = "507 and paging"
    IGNORED = "ignored"
    CUT = "cut"


class Move(StrEnum):
    DONE = "done"
    REFUSED_403 = "403"
    REFUSED_409 = "409"
    REFUSED_412 = "412"
    RENAMED = "done, under a name that nobody asked for"


class Expand(StrEnum):
    DONE = "done"
    REFUSED = "400"
    IGNORED = "ignored"


class Fault(StrEnum):
    """What can be wrong with an object that is PUT."""

    GARBAGE = "no iCalendar"
    METHOD = "METHOD in a stored object"
    TWO_UIDS = "two UIDs"
    NO_UID = "no UID"
    BAD_RULE = "a rule that means nothing"
    ODD_BYTES = "NUL, or not UTF-8"
    X_COMPONENT = "an unknown component"
    BACKWARDS = "no length, or backwards"
    JOURNAL = "a journal"
    TOO_LONG = "too long"
    NO_ROOM = "no room"


STRICT: Mapping[Fault, int] = {
    Fault.GARBAGE: 415,
    Fault.TWO_UIDS: 403,
    Fault.NO_UID: 403,
    Fault.BAD_RULE: 403,
    Fault.ODD_BYTES: 400,
    Fault.TOO_LONG: 413,
    Fault.NO_ROOM: 507,
}
"""What a server may well refuse, and with which status; what is not here is stored."""

Rewrite = Callable[[str], str]


def spelled(path: str) -> str:
    """A path as most servers write it."""
    return quote(path, safe="/@")


@dataclass(frozen=True, slots=True, kw_only=True)
class Quirks:
    """`headers` go with every answer. Statuses are what is answered instead of the right one."""

    headers: Mapping[str, str] = field(default_factory=dict)

    # The account
    well_known: int = 301
    asks_for_login: bool = True
    digest: bool = False
    lists_thrice: bool = False
    lists_boxes: bool = False
    missing_is_a_row: bool = False

    # Change reports and tags
    tokens: Token = Token.OPAQUE
    unknown_token: Unknown = Unknown.REFUSED
    newer_token: Newer = Newer.REFUSED
    stale_token: Newer = Newer.REFUSED
    tombstones_at_first: bool = False
    forgets_every: int = 0
    forgets_brief_lives: bool = False
    bodies_in_report: bool = True
    limit: Limit = Limit.PAGED
    page: int = 0
    ctag: Ctag = Ctag.COUNT

    # Entity tags and conditions
    etags: Etags = Etags.CONTENT
    names_etag: bool = True
    names_etag_when_rewritten: bool = False
    names_etag_when_scheduling: bool = True
    identical_put_counts: bool = False
    overwrites_despite_none_match: bool = False
    creates_despite_match: bool = False
    deletes_despite_match: bool = False
    absent_delete: int = 404
    accepts_tag_lists: bool = True
    is_atomic: bool = True
    knows_304: bool = True
    suffixes_etags: bool = False
    breaks_own_etags: bool = False

    # Objects
    same_uid: SameUid = SameUid.CONFLICT_409
    same_uid_elsewhere: SameUid = SameUid.STORED
    uid_may_change: bool = False
    refuses: Mapping[Fault, int] = field(default_factory=lambda: STRICT)
    longest: int = 0
    room: int = 0
    rewrites: tuple[Rewrite, ...] = ()
    move: Move = Move.DONE
    returns_representation: bool = False
    burns_names: bool = False

    # Addresses and reading
    spell: Callable[[str], str] = spelled
    missing: Missing = Missing.ROW
    twice_is_two_rows: bool = False
    empty_multiget: int = 207
    empty_multiget_rows: bool = False
    ends_in_2038: bool = False
    misses_moved_occurrences: bool = False
    misses_whole_days: bool = False
    expand: Expand = Expand.DONE
    free_busy: int = 200

    # The line
    resets_every: int = 0
