"""How servers differ, as switches of a memory calendar, and the three shapes that matter most.

Each switch is something a real server was seen to do. A switch changes what the memory calendar
does; what its provider then declares follows from it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from syncd.ports import Capabilities, ConditionalWrite, CreateIdempotency, Feed, Push
from syncd.testing.memory_body import SERVERS_OWN, from_text, to_text


class Etag(StrEnum):
    """What a version looks like: `REUSED` restarts when an object is created anew at its address
    (SOGo), `WEAK` and `NONE` cannot be a condition of a write."""

    STRONG = "strong"
    WEAK = "weak"
    NONE = "none"
    REUSED = "reused"


class Cursors(StrEnum):
    """What a cursor is worth: `FORGETFUL` never reports some changes (DAViCal), `LYING` answers an
    unknown cursor with nothing (sabre/dav 4 after a collection was made anew), `WATERMARK` is a
    time of last change that knows no deletions (Cal.com)."""

    HONEST = "honest"
    FORGETFUL = "forgetful"
    LYING = "lying"
    ABSENT = "absent"
    WATERMARK = "watermark"


class Shape(StrEnum):
    """Whose rules of identity and deletion apply."""

    CALDAV = "caldav"
    GOOGLE = "google"
    CALCOM = "calcom"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quirks:
    """One server's habits. `cursor_lives_for` counts changes of the calendar; `stamp_width` is how
    many changes share one time stamp; `page_size` of None means one page. `answers_versions`: a
    write's answer names the new version. `drops_properties` loses foreign properties with a comma
    in their value (Radicale), which `losses` must notice."""

    shape: Shape = Shape.CALDAV
    etag: Etag = Etag.STRONG
    cursors: Cursors = Cursors.HONEST
    cursor_lives_for: int | None = None
    stamp_width: int = 2
    page_size: int | None = None
    honours_preconditions: bool = True
    uid_unique: bool = False
    answers_versions: bool = True
    bodies_in_feed: bool = True
    drops_seconds: bool = False
    squeezes_titles: bool = False
    adds_properties: bool = False
    drops_properties: bool = False

    @property
    def capabilities(self) -> Capabilities:
        """What a provider for such a server declares."""
        honest = Capabilities(
            conditional_write=self._conditional_write(),
            has_cursor=self.cursors is not Cursors.ABSENT,
            trusts_cursor=self.cursors not in (Cursors.FORGETFUL, Cursors.LYING),
            versions_are_unique=self.etag in (Etag.STRONG, Etag.WEAK),
        )
        match self.shape:
            case Shape.CALDAV:
                return honest
            case Shape.GOOGLE:
                return replace(honest, push=Push.WEBHOOK, attendees=True, keeps_cancelled=False)
            case Shape.CALCOM:
                return replace(
                    honest,
                    feed=Feed.INSTANCES,
                    create_idempotency=CreateIdempotency.SEARCH,
                    push=Push.WEBHOOK,
                    attendees=True,
                    keeps_identity=False,
                    edits_freely=False,
                    keeps_deleted=True,
                )

    def _conditional_write(self) -> ConditionalWrite:
        usable = self.honours_preconditions and self.etag in (Etag.STRONG, Etag.REUSED)
        return ConditionalWrite.OBJECT if usable else ConditionalWrite.NONE


CALDAV = Quirks()
GOOGLE = Quirks(shape=Shape.GOOGLE, page_size=250, bodies_in_feed=True)
CALCOM = Quirks(
    shape=Shape.CALCOM,
    cursors=Cursors.WATERMARK,
    honours_preconditions=False,
    page_size=250,
)


def rewritten(body: str, quirks: Quirks, stamp: int) -> str:
    """What such a server makes of a body that it is given. Storing its own output changes nothing
    more, but for its `stamp`."""
    try:
        event = from_text(body)
    except ValueError:
        return body
    content = event.content
    if quirks.drops_seconds and isinstance(content.start, datetime):
        content = replace(content, start=content.start.replace(second=0))
    if quirks.squeezes_titles:
        content = replace(content, title=" ".join(content.title.split()))
    if quirks.drops_properties:
        whole = tuple(pair for pair in content.properties if "," not in pair[1])
        content = replace(content, properties=whole)
    if quirks.adds_properties:
        own = (f"{SERVERS_OWN}STAMP", str(stamp))
        others = tuple(pair for pair in content.properties if pair[0] != own[0])
        content = replace(content, properties=(*others, own))
    return to_text(replace(event, content=content))
