"""Real servers as sets of switches, and each switch by itself.

Radicale 3.9, Xandikos 0.4, DAViCal 1.1, Cyrus 3.6, SOGo 5.8, sabre/dav 1.8 and 4.7 as they were
measured; Nextcloud, Zimbra and iCloud as the caldav library's notes and their bug trackers describe
them. A server that a test can really run (Radicale, Xandikos) is here for speed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import quote

from . import rewriting
from .switches import (
    STRICT,
    Ctag,
    Etags,
    Expand,
    Fault,
    Limit,
    Missing,
    Move,
    Newer,
    Quirks,
    SameUid,
    Token,
    Unknown,
    spelled,
)

PHP = {"Content-Type": "text/html; charset=UTF-8"}
"""What PHP says of an answer that says nothing itself."""


def with_small_hex(path: str) -> str:
    """Every reserved character encoded, the hyphen too, in small letters."""
    return quote(path, safe="/").replace("-", "%2d")


def without_encoding_questions(path: str) -> str:
    """Cyrus: a name with a question mark is listed as if it had a query."""
    return spelled(path).replace("%3F", "?")


def _refuses(**changes: int) -> Mapping[Fault, int]:
    """Which faults are minded: 0 for those that are stored."""
    named = {Fault[name.upper()]: status for name, status in changes.items()}
    return {fault: status for fault, status in (dict(STRICT) | named).items() if status}


RADICALE = Quirks(
    tokens=Token.RADICALE,
    tombstones_at_first=True,
    limit=Limit.IGNORED,
    names_etag_when_rewritten=True,
    accepts_tag_lists=False,
    knows_304=False,
    refuses=_refuses(garbage=400, two_uids=400, bad_rule=400, x_component=400, no_uid=400),
    rewrites=(rewriting.reordered, rewriting.cuts_extensions),
    expand=Expand.REFUSED,
)
XANDIKOS = Quirks(
    asks_for_login=False,
    missing_is_a_row=True,
    tokens=Token.GIT,
    unknown_token=Unknown.REFUSED_412,
    forgets_brief_lives=True,
    bodies_in_report=False,
    limit=Limit.CUT,
    names_etag_when_rewritten=True,
    same_uid=SameUid.CONFLICT_412,
    uid_may_change=True,
    refuses=_refuses(garbage=412, two_uids=0, no_uid=0, bad_rule=0, x_component=403),
    rewrites=(rewriting.reordered,),
    move=Move.REFUSED_412,
    misses_moved_occurrences=True,
)
DAVICAL = Quirks(
    headers={"X-DAViCal-Version": "DAViCal/1.1.12; DB/1.3.4", **PHP},
    tokens=Token.DAVICAL,
    unknown_token=Unknown.ALL,
    newer_token=Newer.ALL,
    stale_token=Newer.NOTHING,
    forgets_every=6,
    bodies_in_report=False,
    limit=Limit.IGNORED,
    names_etag_when_scheduling=False,
    identical_put_counts=True,
    is_atomic=False,
    same_uid=SameUid.STORED,
    uid_may_change=True,
    refuses=_refuses(garbage=412, two_uids=0, no_uid=0, bad_rule=0, odd_bytes=500, x_component=500),
    rewrites=(rewriting.reports_scheduling,),
    move=Move.REFUSED_409,
    missing=Missing.OMITTED,
    empty_multiget=500,
)
CYRUS = Quirks(
    headers={"Server": "Cyrus-HTTP/3.6.1"},
    lists_boxes=True,
    tokens=Token.CYRUS,
    names_etag_when_rewritten=True,
    names_etag_when_scheduling=False,
    identical_put_counts=True,
    same_uid=SameUid.SCHEDULING_403,
    same_uid_elsewhere=SameUid.SCHEDULING_403,
    refuses=_refuses(garbage=403, method=403, backwards=403),
    rewrites=(rewriting.drops_unknown_components, rewriting.splits_lists),
    returns_representation=True,
    spell=without_encoding_questions,
    twice_is_two_rows=True,
    ends_in_2038=True,
    misses_whole_days=True,
)
SOGO = Quirks(
    well_known=200,
    lists_thrice=True,
    tokens=Token.SECONDS,
    unknown_token=Unknown.ALL_AND_TOMBSTONES,
    limit=Limit.IGNORED,
    ctag=Ctag.SECONDS,
    etags=Etags.COUNTER,
    names_etag_when_rewritten=True,
    identical_put_counts=True,
    overwrites_despite_none_match=True,
    creates_despite_match=True,
    deletes_despite_match=True,
    is_atomic=False,
    same_uid=SameUid.WORDS_409,
    uid_may_change=True,
    refuses=_refuses(garbage=404, two_uids=0, no_uid=0, bad_rule=0, journal=404),
    rewrites=(
        rewriting.reordered,
        rewriting.adds_class,
        rewriting.pins_floating_times,
        rewriting.escapes_semicolons,
        rewriting.drops_empty_properties,
        rewriting.turns_backwards_events,
        rewriting.destroys_when_folding,
    ),
    move=Move.RENAMED,
    twice_is_two_rows=True,
    expand=Expand.IGNORED,
    free_busy=501,
    resets_every=23,
)
SABRE_4 = Quirks(
    headers=PHP,
    lists_boxes=True,
    tokens=Token.SABRE,
    newer_token=Newer.NOTHING,
    stale_token=Newer.NOTHING,
    bodies_in_report=False,
    limit=Limit.IGNORED,
    names_etag_when_scheduling=False,
    identical_put_counts=True,
    absent_delete=412,
    is_atomic=False,
    same_uid=SameUid.STORED,
    uid_may_change=True,
    refuses=_refuses(garbage=415, method=415, two_uids=415, no_uid=0, bad_rule=500, journal=403),
    rewrites=(rewriting.reports_scheduling,),
    move=Move.REFUSED_403,
    spell=with_small_hex,
    missing=Missing.OMITTED,
    ends_in_2038=True,
)
BAIKAL = replace(SABRE_4, digest=True)
NEXTCLOUD = replace(
    SABRE_4,
    limit=Limit.CUT,
    same_uid=SameUid.WORDS_400,
    burns_names=True,
    spell=spelled,
)
SABRE_1 = Quirks(
    headers=PHP,
    tokens=Token.NONE,
    identical_put_counts=True,
    absent_delete=412,
    is_atomic=False,
    same_uid=SameUid.STORED,
    uid_may_change=True,
    refuses=_refuses(garbage=415, two_uids=400, bad_rule=500, x_component=400, journal=403),
    move=Move.REFUSED_403,
    missing=Missing.WHOLE,
    twice_is_two_rows=True,
    ends_in_2038=True,
)
ZIMBRA = Quirks(
    tokens=Token.NONE,
    overwrites_despite_none_match=True,
    same_uid_elsewhere=SameUid.CONFLICT_409,
)
ICLOUD = Quirks(
    same_uid_elsewhere=SameUid.SCHEDULING_403,
    limit=Limit.IGNORED,
    empty_multiget_rows=True,
)
BARE = Quirks(tokens=Token.NONE, ctag=Ctag.NONE, etags=Etags.NONE, names_etag=False)

SERVERS: dict[str, Quirks] = {
    "radicale": RADICALE,
    "xandikos": XANDIKOS,
    "davical": DAVICAL,
    "cyrus": CYRUS,
    "sogo": SOGO,
    "sabre 4.7": SABRE_4,
    "baikal": BAIKAL,
    "nextcloud": NEXTCLOUD,
    "sabre 1.8": SABRE_1,
    "zimbra": ZIMBRA,
    "icloud": ICLOUD,
    "bare": BARE,
}


SINGLE: dict[str, Quirks] = {
    "well-known says nothing": Quirks(well_known=200),
    "no login": Quirks(asks_for_login=False),
    "digest": Quirks(digest=True),
    "calendars listed thrice": Quirks(lists_thrice=True),
    "boxes listed": Quirks(lists_boxes=True),
    "a missing calendar is a row": Quirks(missing_is_a_row=True),
    "no sync report": Quirks(tokens=Token.NONE),
    "tokens of seconds": Quirks(tokens=Token.SECONDS),
    "an unknown token is refused with 412": Quirks(unknown_token=Unknown.REFUSED_412),
    "an unknown token is told everything": Quirks(unknown_token=Unknown.ALL),
    "an unknown token is told everything and tombstones": Quirks(
        unknown_token=Unknown.ALL_AND_TOMBSTONES
    ),
    "a newer token is told everything": Quirks(tokens=Token.SABRE, newer_token=Newer.ALL),
    "a newer token is told nothing": Quirks(tokens=Token.SABRE, newer_token=Newer.NOTHING),
    "a token of another calendar is told nothing": Quirks(
        tokens=Token.SABRE, stale_token=Newer.NOTHING
    ),
    "tombstones at first": Quirks(tombstones_at_first=True),
    "each sixth change forgotten": Quirks(tokens=Token.DAVICAL, forgets_every=6),
    "brief lives forgotten": Quirks(forgets_brief_lives=True),
    "no bodies in reports": Quirks(bodies_in_report=False),
    "limits cut": Quirks(limit=Limit.CUT),
    "limits ignored": Quirks(limit=Limit.IGNORED),
    "pages of two": Quirks(page=2),
    "tags of seconds": Quirks(tokens=Token.SECONDS, ctag=Ctag.SECONDS),
    "no tag": Quirks(ctag=Ctag.NONE),
    "etags of each change": Quirks(etags=Etags.CHANGE),
    "etags that begin anew": Quirks(tokens=Token.SECONDS, etags=Etags.COUNTER),
    "weak etags": Quirks(etags=Etags.WEAK),
    "no etags": Quirks(etags=Etags.NONE),
    "writes name no etag": Quirks(names_etag=False),
    "an etag for another body": Quirks(
        names_etag_when_rewritten=True, rewrites=(rewriting.reordered,)
    ),
    "no etag when scheduling": Quirks(
        names_etag_when_scheduling=False, rewrites=(rewriting.reports_scheduling,)
    ),
    "identical puts count": Quirks(identical_put_counts=True),
    "overwrites despite If-None-Match": Quirks(overwrites_despite_none_match=True),
    "creates despite If-Match": Quirks(creates_despite_match=True),
    "deletes despite If-Match": Quirks(deletes_despite_match=True),
    "absent deletes are 412": Quirks(absent_delete=412),
    "no lists of etags": Quirks(accepts_tag_lists=False),
    "conditions checked too early": Quirks(is_atomic=False),
    "no 304": Quirks(knows_304=False),
    "etags with a suffix": Quirks(suffixes_etags=True),
    "etags refused": Quirks(breaks_own_etags=True),
    "a second uid is 412": Quirks(same_uid=SameUid.CONFLICT_412),
    "a second uid is 403": Quirks(same_uid=SameUid.SCHEDULING_403),
    "a second uid is 409 in words": Quirks(same_uid=SameUid.WORDS_409),
    "a second uid is 400 in words": Quirks(same_uid=SameUid.WORDS_400),
    "a second uid is stored": Quirks(same_uid=SameUid.STORED),
    "a uid once in the account": Quirks(same_uid_elsewhere=SameUid.SCHEDULING_403),
    "a uid may change": Quirks(uid_may_change=True),
    "names burn": Quirks(burns_names=True),
    "everything is stored": Quirks(refuses={}),
    "garbage is 404": Quirks(refuses=_refuses(garbage=404)),
    "two uids are stored": Quirks(refuses=_refuses(two_uids=0)),
    "a bad rule is 500": Quirks(refuses=_refuses(bad_rule=500)),
    "odd bytes are 500": Quirks(refuses=_refuses(odd_bytes=500)),
    "an unknown component is 500": Quirks(refuses=_refuses(x_component=500)),
    "properties reordered": Quirks(rewrites=(rewriting.reordered,)),
    "extensions cut": Quirks(rewrites=(rewriting.cuts_extensions,)),
    "unknown components dropped": Quirks(rewrites=(rewriting.drops_unknown_components,)),
    "lists split": Quirks(rewrites=(rewriting.splits_lists,)),
    "a class added": Quirks(rewrites=(rewriting.adds_class,)),
    "floating times pinned": Quirks(rewrites=(rewriting.pins_floating_times,)),
    "semicolons escaped": Quirks(rewrites=(rewriting.escapes_semicolons,)),
    "empty properties dropped": Quirks(rewrites=(rewriting.drops_empty_properties,)),
    "backwards events turned": Quirks(rewrites=(rewriting.turns_backwards_events,)),
    "destroyed by folding": Quirks(rewrites=(rewriting.destroys_when_folding,)),
    "moves refused with 409": Quirks(move=Move.REFUSED_409),
    "moves refused with 412": Quirks(move=Move.REFUSED_412),
    "moves refused with 403": Quirks(move=Move.REFUSED_403),
    "moves rename": Quirks(move=Move.RENAMED),
    "a put is answered with the event": Quirks(returns_representation=True),
    "small hex in addresses": Quirks(spell=with_small_hex),
    "questions not encoded": Quirks(spell=without_encoding_questions),
    "missing rows omitted": Quirks(missing=Missing.OMITTED),
    "one missing, all missing": Quirks(missing=Missing.WHOLE),
    "twice asked, twice told": Quirks(twice_is_two_rows=True),
    "an empty multiget is 500": Quirks(empty_multiget=500),
    "rows without addresses": Quirks(empty_multiget_rows=True),
    "searches end in 2038": Quirks(ends_in_2038=True),
    "searches miss what moved": Quirks(misses_moved_occurrences=True),
    "searches miss whole days": Quirks(misses_whole_days=True),
    "expanding refused": Quirks(expand=Expand.REFUSED),
    "expanding ignored": Quirks(expand=Expand.IGNORED),
    "no free-busy": Quirks(free_busy=501),
    "connections reset": Quirks(resets_every=7),
    "no room": Quirks(room=200),
    "a size limit": Quirks(longest=1 << 16),
}
"""Each switch alone, or with the least without which it shows nothing."""
