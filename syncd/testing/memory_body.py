"""The format of a memory calendar's events: JSON text with what syncd knows and what it does not.

It stands where iCalendar or Google's JSON stands for real calendars: lossless, patched field by
field, compared by meaning. Knows no calendar and no provider.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from syncd.core.events import Draft, EventStatus, RemoteEvent, Timed, Unreadable
from syncd.core.ids import EventRef, Uid, Version
from syncd.core.time import resolve_local
from syncd.testing.foreign import ForeignEvent, Repeat, when_of

SERVERS_OWN = "X-SERVER-"
"""Properties that begin so were added by the server: no change of meaning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryEvent:
    """One event as a memory calendar keeps it: what a person may enter, and its identity. `mark` is
    syncd's; `continues` is the ref of the event that this one replaced, where moving makes a new
    one, and `continued_by` of the one that replaced it."""

    uid: Uid
    content: ForeignEvent
    mark: str | None = None
    continues: EventRef | None = None
    continued_by: EventRef | None = None


def to_text(event: MemoryEvent) -> str:
    """The body: stable text, so that equal events have equal bodies."""
    content = event.content
    fields: dict[str, Any] = {
        "uid": event.uid,
        "mark": event.mark,
        "continues": event.continues,
        "continued_by": event.continued_by,
        "start": content.start.isoformat(),
        "end": content.end.isoformat(),
        "zone": content.zone,
        "title": content.title,
        "status": content.status.value,
        "transparent": content.transparent,
        "note": content.note,
        "alarm": content.alarm and content.alarm.total_seconds(),
        "attendees": list(content.attendees),
        "categories": list(content.categories),
        "properties": [list(pair) for pair in content.properties],
        "repeat": content.repeat and _repeat_to_json(content.repeat),
    }
    kept = {name: value for name, value in fields.items() if value not in (None, [], "", False)}
    return json.dumps(kept, ensure_ascii=False, indent=0, sort_keys=True)


def from_text(body: str) -> MemoryEvent:
    """The event of a body; ValueError for any other text."""
    try:
        fields = json.loads(body)
        return MemoryEvent(
            uid=Uid(fields["uid"]),
            mark=fields.get("mark"),
            continues=fields.get("continues"),
            continued_by=fields.get("continued_by"),
            content=ForeignEvent(
                start=_moment(fields["start"]),
                end=_moment(fields["end"]),
                zone=fields.get("zone"),
                title=fields.get("title", ""),
                status=EventStatus(fields["status"]),
                transparent=fields.get("transparent", False),
                note=fields.get("note"),
                alarm=timedelta(seconds=fields["alarm"]) if "alarm" in fields else None,
                attendees=tuple(fields.get("attendees", ())),
                categories=tuple(fields.get("categories", ())),
                properties=tuple((name, value) for name, value in fields.get("properties", ())),
                repeat=_repeat_from_json(fields["repeat"]) if "repeat" in fields else None,
            ),
        )
    except (KeyError, TypeError, AttributeError) as exc:
        raise ValueError(f"not an event: {exc}") from exc


def read(ref: EventRef, version: Version, body: str) -> RemoteEvent | Unreadable:
    """The event as syncd sees it."""
    try:
        event = from_text(body)
        when = when_of(event.content)
    except ValueError as exc:
        return Unreadable(ref=ref, version=version, reason=f"not an event: {type(exc).__name__}")
    content = event.content
    return RemoteEvent(
        ref=ref,
        version=version,
        uid=event.uid,
        when=when,
        title=content.title,
        status=content.status,
        transparent=content.transparent,
        recurring=content.repeat is not None,
        mark=event.mark,
        continues=event.continues,
        continued_by=event.continued_by,
        is_marked="APPOINTMENT" in (category.upper() for category in content.categories),
        body=body,
        digest=digest(body),
    )


def render(draft: Draft, uid: Uid) -> str:
    """A new event that says what `draft` says."""
    blank = ForeignEvent(start=draft.start, end=draft.end)
    return patch(to_text(MemoryEvent(uid=uid, content=blank)), draft)


def patch(body: str, draft: Draft) -> str:
    """`body` with only the drafted fields changed; times that already agree keep their form."""
    event = from_text(body)
    content = event.content
    if draft.title is not None:
        content = replace(content, title=draft.title)
    if draft.status is not None:
        content = replace(content, status=draft.status)
    if draft.transparent is not None:
        content = replace(content, transparent=draft.transparent)
    if not _says(content, draft) or content.zone is None:
        content = _at(content, draft.start, draft.end, draft.zone)
    return to_text(replace(event, content=content, mark=draft.mark or event.mark))


def digest(body: str) -> str:
    """Tells two bodies of different meaning apart: blanks in a title and what a server adds do not
    count."""
    try:
        event = from_text(body)
    except ValueError:
        return sha256(body.encode()).hexdigest()[:32]
    content = event.content
    kept = tuple(sorted(pair for pair in content.properties if not pair[0].startswith(SERVERS_OWN)))
    plain = replace(content, title=" ".join(content.title.split()), properties=kept)
    return sha256(to_text(replace(event, content=plain)).encode()).hexdigest()[:32]


def without_trifles(body: str) -> str:
    """`body` without what some servers do not count as a change: alarm and note."""
    try:
        event = from_text(body)
    except ValueError:
        return body
    return to_text(replace(event, content=replace(event.content, alarm=None, note=None)))


def losses(sent: str, kept: str) -> tuple[str, ...]:
    """Names of what is in `sent` and not, or not so, in `kept`; blanks in a title are no loss."""
    before, after = (_flat(body) for body in (sent, kept))
    return tuple(name for name, value in before.items() if after.get(name) != value)


def foreign_lines(body: str) -> tuple[str, ...]:
    """What a colleague put into it and syncd does not own, one line each."""
    content = from_text(body).content
    named = [pair for pair in content.properties if not pair[0].startswith(SERVERS_OWN)]
    lines = [f"{name}:{value}" for name, value in named]
    lines += [f"NOTE:{content.note}"] if content.note is not None else []
    lines += [f"ALARM:{content.alarm}"] if content.alarm is not None else []
    lines += [f"ATTENDEE:{who}" for who in content.attendees]
    lines += [f"CATEGORY:{category}" for category in content.categories]
    return tuple(sorted(lines))


def _says(content: ForeignEvent, draft: Draft) -> bool:
    when = when_of(content)
    return isinstance(when, Timed) and (when.start, when.end) == (draft.start, draft.end)


def _at(content: ForeignEvent, start: datetime, end: datetime, zone: str) -> ForeignEvent:
    """On the wall of `zone`; as UTC where the wall shows the hour twice and means the first."""
    tz = ZoneInfo(zone)
    walls = [instant.astimezone(tz).replace(tzinfo=None, fold=0) for instant in (start, end)]
    if [resolve_local(wall, tz) for wall in walls] == [start, end]:
        return replace(content, start=walls[0], end=walls[1], zone=zone)
    return replace(content, start=start, end=end, zone=None)


def _flat(body: str) -> dict[str, object]:
    try:
        event = from_text(body)
    except ValueError:
        return {}
    content = event.content
    fields: dict[str, object] = {
        "UID": event.uid,
        "MARK": event.mark,
        "WHEN": when_of(content),
        "TITLE": " ".join(content.title.split()),
        "STATUS": content.status,
        "TRANSPARENT": content.transparent,
        "NOTE": content.note,
        "ALARM": content.alarm,
        "ATTENDEES": content.attendees,
        "CATEGORIES": content.categories,
        "REPEAT": content.repeat,
    }
    others = {name: value for name, value in content.properties if SERVERS_OWN not in name}
    return fields | others


def _moment(text: str) -> date | datetime:
    if len(text) == len("2031-03-03"):
        return date.fromisoformat(text)
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC) if moment.tzinfo else moment


def _repeat_to_json(repeat: Repeat) -> dict[str, object]:
    return {
        "every_days": repeat.every_days,
        "count": repeat.count,
        "without": [each.isoformat() for each in repeat.without],
        "moved": [[part.isoformat() for part in each] for each in repeat.moved],
    }


def _repeat_from_json(fields: dict[str, Any]) -> Repeat:
    moments = datetime.fromisoformat
    return Repeat(
        every_days=fields["every_days"],
        count=fields["count"],
        without=tuple(moments(each) for each in fields["without"]),
        moved=tuple((moments(a), moments(b), moments(c)) for a, b, c in fields["moved"]),
    )
