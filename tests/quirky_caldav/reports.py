"""REPORT: what changed, and many objects at once; searches are `searching`'s.

RFC 6578 §3.2, RFC 4791 §7.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

from lxml import etree

from . import searching
from .messages import CAL, DAV, Answer, Request, error, multistatus, row
from .store import Since, Store
from .switches import Limit, Missing, Newer, Token, Unknown

if TYPE_CHECKING:
    from .site import Site


def report(site: Site, request: Request) -> Answer:
    path = request.path.rstrip("/") + "/"
    store = site.calendars.get(path)
    root = etree.fromstring(request.body)
    if store is None:
        return Answer(status=404)
    match root.tag:
        case x if x == f"{DAV}sync-collection":
            return _sync(site, path, store, root)
        case x if x == f"{CAL}calendar-multiget":
            return _multiget(site, path, store, root)
        case x if x == f"{CAL}calendar-query":
            return searching.query(site, path, store, root)
        case x if x == f"{CAL}free-busy-query":
            return searching.free_busy(site)
        case _:
            return error(403, "d:supported-report")


def _sync(site: Site, path: str, store: Store, root: etree._Element) -> Answer:
    quirks = site.quirks
    if quirks.tokens is Token.NONE:
        return error(403, "d:supported-report")
    token = (root.findtext(f"{DAV}sync-token") or "").strip()
    start = store.since(token) if token else Since(count=0)
    match start:
        case Unknown.REFUSED | Newer.REFUSED:
            refused = 412 if quirks.unknown_token is Unknown.REFUSED_412 else 403
            return error(refused, "d:valid-sync-token")
        case Unknown.REFUSED_412:
            return error(412, "d:valid-sync-token")
        case Newer.NOTHING:
            return multistatus([], token)
        case Unknown.ALL | Newer.ALL:
            changed = store.everything(tombstones=False)
        case Unknown.ALL_AND_TOMBSTONES:
            changed = store.everything(tombstones=True)
        case Since() as since:
            wants_dead = bool(token) or quirks.tombstones_at_first
            changed = store.changes(since) if token else store.everything(tombstones=wants_dead)
            changed = dict(sorted(changed.items(), key=lambda each: store.last_told([each[0]])))
    return _told(site, path, store, root, changed)


def _told(
    site: Site, path: str, store: Store, root: etree._Element, changed: dict[str, bool]
) -> Answer:
    """The rows of a report, as many as are wanted or given."""
    quirks, names = site.quirks, list(changed)
    wanted = int(root.findtext(f"{DAV}limit/{DAV}nresults") or 0)
    most = min(
        filter(None, (wanted if quirks.limit is not Limit.IGNORED else 0, quirks.page)),
        default=len(names),
    )
    is_cut = len(names) > most
    names = names[:most]
    with_body = quirks.bodies_in_report and root.find(f".//{CAL}calendar-data") is not None
    rows = [
        row(site.spell(path + name), status=404)
        if changed[name]
        else site.object_row(path + name, store.objects[name], with_body=with_body)
        for name in names
    ]
    if not is_cut or quirks.limit is Limit.CUT:
        return multistatus(rows, store.token())
    rows.append(row(site.spell(path), status=507, condition="d:number-of-matches-within-limits"))
    return multistatus(rows, store.token(store.last_told(names)))


def _multiget(site: Site, path: str, store: Store, root: etree._Element) -> Answer:
    quirks = site.quirks
    names = [unquote(href.text or "").rpartition("/")[2] for href in root.iter(f"{DAV}href")]
    if not names and quirks.empty_multiget != 207:
        return Answer(status=quirks.empty_multiget)
    if quirks.missing is Missing.WHOLE and any(name not in store.objects for name in names):
        return Answer(status=404)
    rows = []
    for name in names if quirks.twice_is_two_rows else dict.fromkeys(names):
        if quirks.empty_multiget_rows:
            rows.append(row(""))
        elif name in store.objects:
            rows.append(site.object_row(path + name, store.objects[name], with_body=True))
        elif quirks.missing is Missing.ROW:
            rows.append(row(site.spell(path + name), status=404))
    return multistatus(rows)
