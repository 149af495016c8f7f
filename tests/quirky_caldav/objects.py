"""GET, PUT, DELETE and MOVE of single objects, with all that servers do wrong about conditions.

RFC 9110 §13, RFC 4791 §5.3.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from .judging import faults_of, uid_of
from .messages import Answer, Request, error
from .rewriting import is_scheduled
from .store import Store, Stored
from .switches import Etags, Fault, Move, Quirks, SameUid

if TYPE_CHECKING:
    from .site import Site

_TEXT = {"Content-Type": "text/calendar; charset=utf-8"}


def answer(site: Site, request: Request) -> Answer:
    match request.method:
        case "GET" | "HEAD":
            return _get(site, request)
        case "PUT":
            return _put(site, request)
        case "DELETE":
            return _delete(site, request)
        case "MOVE":
            return _move(site, request)
        case _:
            return Answer(status=405)


def _get(site: Site, request: Request) -> Answer:
    _, store, name = site.find(request.path)
    stored = store.objects.get(name) if store else None
    if stored is None:
        return Answer(status=404)
    if site.quirks.knows_304 and request.headers.get("if-none-match") == stored.etag:
        return Answer(status=304)
    etag = stored.etag
    if etag and site.quirks.suffixes_etags and request.is_ours:
        etag = etag[:-1] + '-gzip"'
    return Answer(
        status=200, body=stored.body.encode(), headers=_TEXT | ({"ETag": etag} if etag else {})
    )


def _put(site: Site, request: Request) -> Answer:
    folder, store, name = site.find(request.path)
    quirks = site.quirks
    if store is None:
        return Answer(status=409)
    if not _holds(quirks, request, store.objects.get(name)):
        return error(412)
    _pause(site, request)
    old = store.objects.get(name)
    refusal = _refusal(site, request.body, store, name) or _uid_refusal(
        site, uid_of(request.body.decode(errors="replace")), folder, name
    )
    if refusal is not None:
        return refusal
    sent = kept = request.body.decode(errors="replace")
    for rewrite in quirks.rewrites:
        kept = rewrite(kept)
    stored = store.put(name, kept, uid_of(sent))
    headers = {"ETag": stored.etag} if _names_etag(quirks, sent, stored) else {}
    if quirks.returns_representation and "representation" in request.headers.get("prefer", ""):
        status = 200 if old else 201
        return Answer(status=status, body=kept.encode(), headers=_TEXT | headers)
    return Answer(status=204 if old else 201, headers=headers)


def _names_etag(quirks: Quirks, sent: str, stored: Stored) -> bool:
    if not stored.etag or not quirks.names_etag:
        return False
    if is_scheduled(sent) and not quirks.names_etag_when_scheduling:
        return False
    return stored.body == sent or quirks.names_etag_when_rewritten


def _delete(site: Site, request: Request) -> Answer:
    _, store, name = site.find(request.path)
    old = store.objects.get(name) if store else None
    if store is None or old is None:
        conditional = "if-match" in request.headers and store is not None
        return Answer(status=site.quirks.absent_delete if conditional else 404)
    if not site.quirks.deletes_despite_match and not _holds(site.quirks, request, old):
        return Answer(status=412)
    _pause(site, request)
    if name in store.objects:
        store.remove(name)
    return Answer(status=204)


def _move(site: Site, request: Request) -> Answer:
    _, store, name = site.find(request.path)
    target = unquote(urlsplit(request.headers.get("destination", "")).path)
    _, there, new_name = site.find(target)
    match site.quirks.move:
        case Move.REFUSED_403:
            return Answer(status=403)
        case Move.REFUSED_409:
            return Answer(status=409)
        case Move.REFUSED_412:
            return error(412, "c:no-uid-conflict")
        case Move.RENAMED:
            new_name = f"{uuid.uuid4()}.ics"
        case Move.DONE:
            pass
    if store is None or there is None or name not in store.objects:
        return Answer(status=404)
    moved = store.objects[name]
    store.remove(name)
    there.put(new_name, moved.body, moved.uid)
    return Answer(status=201)


def _pause(site: Site, request: Request) -> None:
    """The moment between checking and writing, on servers that have one."""
    if site.between is not None and not site.quirks.is_atomic:
        hook, site.between = site.between, None
        hook(request)


def _holds(quirks: Quirks, request: Request, old: Stored | None) -> bool:
    match_, none_match = request.headers.get("if-match"), request.headers.get("if-none-match")
    if none_match == "*" and old is not None:
        return quirks.overwrites_despite_none_match
    if match_ is None:
        return True
    if old is None:
        return quirks.creates_despite_match
    if quirks.breaks_own_etags and request.is_ours:
        return False
    tags = [tag.strip() for tag in match_.split(",")] if quirks.accepts_tag_lists else [match_]
    return match_ == "*" or (old.etag in tags and quirks.etags is not Etags.WEAK)


def _refusal(site: Site, body: bytes, store: Store, name: str) -> Answer | None:
    """Of what is wrong with the object itself, or with there being one more."""
    quirks = site.quirks
    found = [*faults_of(body)]
    if quirks.longest and len(body) > quirks.longest:
        found.append(Fault.TOO_LONG)
    if quirks.room and name not in store.objects and len(store.objects) >= quirks.room:
        found.append(Fault.NO_ROOM)
    minded = [quirks.refuses[fault] for fault in found if fault in quirks.refuses]
    return Answer(status=minded[0]) if minded else None


def _uid_refusal(site: Site, uid: str, folder: str, name: str) -> Answer | None:
    """Of a UID that another object has, here or elsewhere, or that this one did not have."""
    quirks, here = site.quirks, site.calendars[folder]
    if quirks.burns_names and name in here.burnt and name not in here.objects:
        words = b"Deleted calendar object with uid already exists in this calendar collection."
        return Answer(status=400, body=words)
    old = here.objects.get(name)
    if old is not None and old.uid != uid and not quirks.uid_may_change:
        return error(409, "c:no-uid-conflict")
    for path, calendar in site.calendars.items():
        kind = quirks.same_uid if path == folder else quirks.same_uid_elsewhere
        for other, stored in calendar.objects.items() if kind is not SameUid.STORED else ():
            if stored.uid == uid and (path, other) != (folder, name):
                return _uid_conflict(kind, f"<d:href>{site.spell(path + other)}</d:href>")
    return None


def _uid_conflict(kind: SameUid, where: str) -> Answer:
    match kind:
        case SameUid.CONFLICT_409:
            return error(409, "c:no-uid-conflict", inner=where)
        case SameUid.CONFLICT_412:
            return error(412, "c:no-uid-conflict")
        case SameUid.SCHEDULING_403:
            return error(403, "c:unique-scheduling-object-resource", inner=where)
        case SameUid.WORDS_400:
            words = b"Calendar object with uid already exists in this calendar collection."
            return Answer(status=400, body=words)
        case _:
            return Answer(status=409, body=b"Event UID already in use")
