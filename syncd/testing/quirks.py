"""How servers differ, as switches of a memory calendar, and real servers as sets of switches.

Each switch is something a real server was seen to do. A switch changes what the memory calendar
does; what its provider then declares follows from it. `PROFILES` keep the port's contract, in their
own way; `OUTLAWS` break it, as servers do that no provider can see through.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from syncd.ports import Capabilities, ConditionalWrite, CreateIdempotency, Feed, Push


class Etag(StrEnum):
    """What a version looks like: `REUSED` restarts when an object is created anew at its address
    (SOGo), `WEAK` and `NONE` cannot be a condition of a write. `CONTENT` is a hash: it comes back
    with the same content. `PARTIAL` stays the same when only an alarm or a note changes
    (Nextcloud)."""

    STRONG = "strong"
    WEAK = "weak"
    NONE = "none"
    REUSED = "reused"
    CONTENT = "content"
    PARTIAL = "partial"


class Cursors(StrEnum):
    """What a cursor is worth: `FORGETFUL` never reports some changes (DAViCal), `LYING` answers an
    unknown cursor with nothing (sabre/dav 4 after a collection was made anew), `WATERMARK` is a
    time of last change that knows no deletions (Cal.com). `LENIENT` answers an unknown cursor with
    all that is there and no word of what is not (DAViCal, SOGo). `TAG` only tells whether anything
    changed (sabre/dav 1)."""

    HONEST = "honest"
    FORGETFUL = "forgetful"
    LYING = "lying"
    ABSENT = "absent"
    WATERMARK = "watermark"
    LENIENT = "lenient"
    TAG = "tag"


_MISLEADING = (Cursors.FORGETFUL, Cursors.LYING, Cursors.LENIENT)


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
    in their value (Radicale), which `losses` must notice; `drops_alarms` loses alarms.

    `is_atomic` is false where a condition is checked before the write and not with it (sabre/dav,
    DAViCal): the moment between is the fault script's. `uid_unique_in_account` refuses a uid that a
    neighbour has (Cyrus). `burns_addresses`: a deleted object's address is never free again (trash
    bins). `forgets_brief_lives`: no word of what came and went between two looks (Xandikos).
    `names_rewritten_versions` is false where a write's answer names no version once the body was
    rewritten (sabre/dav and Cyrus, when they schedule). `destroys_emoji` leaves "(null)" of an
    event whose title is folded inside a character (SOGo); `pins_floating` puts floating times on
    the wall of UTC (SOGo); `reorders` sorts properties. `confirms`: what is tentative was asked
    for, and waits for its host (Cal.com).

    Against the contract: reads are `lag` requests behind; what was deleted can still be read for
    `lingers` requests; a listing ends after `listing_cap` objects, and says so; each listing leaves
    out each `listing_misses`-th object, another one each time, and calls itself complete; a feed
    reports the last `repeats` changes again and each `false_tombstones`-th living object as gone;
    after each so many changes (`restamps_every`) some other object gets a new version for the same
    content."""

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
    drops_alarms: bool = False
    reorders: bool = False
    pins_floating: bool = False
    destroys_emoji: bool = False
    is_atomic: bool = True
    uid_unique_in_account: bool = False
    burns_addresses: bool = False
    forgets_brief_lives: bool = False
    confirms: bool = False
    restamps_every: int | None = None
    names_rewritten_versions: bool = True
    lag: int = 0
    lingers: int = 0
    listing_cap: int | None = None
    listing_misses: int | None = None
    repeats: int = 0
    false_tombstones: int | None = None

    @property
    def capabilities(self) -> Capabilities:
        """What a provider for such a server declares."""
        honest = Capabilities(
            conditional_write=self._conditional_write(),
            has_cursor=self.cursors is not Cursors.ABSENT,
            trusts_cursor=self.cursors not in _MISLEADING,
            versions_are_unique=self.etag in (Etag.STRONG, Etag.WEAK, Etag.CONTENT),
            confirms=self.confirms,
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
        usable = self.honours_preconditions and self.etag not in (Etag.WEAK, Etag.NONE)
        return ConditionalWrite.OBJECT if usable else ConditionalWrite.NONE


CALDAV = Quirks()
GOOGLE = Quirks(shape=Shape.GOOGLE, page_size=250, bodies_in_feed=True)
CALCOM = Quirks(
    shape=Shape.CALCOM,
    cursors=Cursors.WATERMARK,
    honours_preconditions=False,
    page_size=250,
    confirms=True,
)

RADICALE = Quirks(etag=Etag.CONTENT, uid_unique=True, drops_properties=True, reorders=True)
XANDIKOS = Quirks(
    etag=Etag.CONTENT,
    uid_unique=True,
    bodies_in_feed=False,
    reorders=True,
    forgets_brief_lives=True,
)
DAVICAL = Quirks(
    etag=Etag.CONTENT,
    cursors=Cursors.FORGETFUL,
    is_atomic=False,
    bodies_in_feed=False,
    names_rewritten_versions=False,
)
CYRUS = Quirks(
    uid_unique=True, uid_unique_in_account=True, reorders=True, names_rewritten_versions=False
)
SOGO = Quirks(
    etag=Etag.REUSED,
    cursors=Cursors.LENIENT,
    honours_preconditions=False,
    is_atomic=False,
    uid_unique=True,
    adds_properties=True,
    reorders=True,
    pins_floating=True,
    destroys_emoji=True,
)
SABRE = Quirks(
    etag=Etag.CONTENT, is_atomic=False, bodies_in_feed=False, names_rewritten_versions=False
)
"""sabre/dav 4.7, as in Baikal. Its provider asks where the calendar stands: cursors are honest."""
SABRE_1 = replace(SABRE, cursors=Cursors.TAG)
NEXTCLOUD = replace(SABRE, etag=Etag.PARTIAL, uid_unique=True, burns_addresses=True)
ICLOUD = Quirks(
    uid_unique=True, uid_unique_in_account=True, bodies_in_feed=False, adds_properties=True
)
FASTMAIL = CYRUS
ZIMBRA = Quirks(
    cursors=Cursors.ABSENT,
    honours_preconditions=False,
    uid_unique=True,
    uid_unique_in_account=True,
    drops_seconds=True,
)
BARE = Quirks(etag=Etag.NONE, cursors=Cursors.ABSENT, uid_unique=True, answers_versions=False)

SERVERS: dict[str, Quirks] = {
    "radicale": RADICALE,
    "xandikos": XANDIKOS,
    "davical": DAVICAL,
    "cyrus": CYRUS,
    "sogo": SOGO,
    "sabre": SABRE,
    "sabre 1": SABRE_1,
    "nextcloud": NEXTCLOUD,
    "icloud": ICLOUD,
    "zimbra": ZIMBRA,
    "bare": BARE,
}
SINGLE: dict[str, Quirks] = {
    "versions that are weak": Quirks(etag=Etag.WEAK),
    "no versions": Quirks(etag=Etag.NONE),
    "versions that begin anew": Quirks(etag=Etag.REUSED),
    "versions of the content": Quirks(etag=Etag.CONTENT),
    "versions that overlook alarms": Quirks(etag=Etag.PARTIAL),
    "answers name no version": Quirks(answers_versions=False),
    "answers about rewritten bodies name no version": Quirks(
        names_rewritten_versions=False, adds_properties=True
    ),
    "preconditions ignored": Quirks(honours_preconditions=False),
    "preconditions checked too early": Quirks(is_atomic=False),
    "a feed that forgets": Quirks(cursors=Cursors.FORGETFUL),
    "a feed that lies": Quirks(cursors=Cursors.LYING),
    "a feed that knows no stranger": Quirks(cursors=Cursors.LENIENT),
    "no feed, only a tag": Quirks(cursors=Cursors.TAG),
    "no cursors": Quirks(cursors=Cursors.ABSENT),
    "cursors that expire": Quirks(cursor_lives_for=3),
    "no word of brief lives": Quirks(forgets_brief_lives=True),
    "pages of two": Quirks(page_size=2),
    "no bodies in the feed": Quirks(bodies_in_feed=False),
    "a uid only once": Quirks(uid_unique=True),
    "a uid only once in an account": Quirks(uid_unique=True, uid_unique_in_account=True),
    "addresses that burn": Quirks(burns_addresses=True),
    "seconds dropped": Quirks(drops_seconds=True),
    "titles squeezed": Quirks(squeezes_titles=True),
    "properties added": Quirks(adds_properties=True),
    "properties dropped": Quirks(drops_properties=True),
    "properties sorted": Quirks(reorders=True),
    "alarms dropped": Quirks(drops_alarms=True),
    "floating times pinned": Quirks(pins_floating=True),
    "emoji destroyed": Quirks(destroys_emoji=True),
    "requests to be confirmed": Quirks(confirms=True),
}
PROFILES: dict[str, Quirks] = {
    "caldav": CALDAV,
    "google": GOOGLE,
    "calcom": CALCOM,
    **SERVERS,
    **SINGLE,
}
"""Each of these keeps the port's contract: the laws hold, and every history comes to rest."""

OUTLAWS: dict[str, Quirks] = {
    "versions that change by themselves": Quirks(restamps_every=2),
    "reads that are late": Quirks(lag=2),
    "deleted and still shown": Quirks(lingers=2),
    "listings with an end": Quirks(listing_cap=3),
    "listings with holes": Quirks(listing_misses=3),
    "changes told again": Quirks(repeats=2),
    "living reported as gone": Quirks(false_tombstones=2),
}
"""No provider can see through these: nothing may be lost, but the laws do not hold."""
