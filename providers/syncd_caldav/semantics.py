"""What a calendar object means, apart from how it is written: a digest, and what a server lost.

Ignored are order, folding, stamps, defaults, and every rewriting that a server is known to do
without harm: other escaping inside X- values, lists cut into lines, rounded coordinates, reordered
rules, blanks at the end, VTIMEZONEs. Knows nothing of syncd's own fields.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from hashlib import blake2b
from zoneinfo import ZoneInfo

from syncd_caldav.content_lines import (
    Component,
    Malformed,
    Property,
    decode,
    parse,
    unescape,
)
from syncd_caldav.moments import moment_of
from syncd_caldav.values import parse_duration
from syncd_caldav.zones import named_zone, tzid_of

_IGNORED = frozenset(
    (
        *("DTSTAMP", "CREATED", "LAST-MODIFIED", "SEQUENCE", "X-LIC-ERROR"),
        *("PRODID", "VERSION", "CALSCALE", "METHOD"),
    )
)
_DEFAULTS = frozenset(("CLASS:PUBLIC", "TRANSP:OPAQUE", "PRIORITY:0", "REPEAT:0"))
_DEFAULT_PARAMETERS = frozenset(
    (
        *(("CUTYPE", "INDIVIDUAL"), ("ROLE", "REQ-PARTICIPANT"), ("PARTSTAT", "NEEDS-ACTION")),
        *(("RSVP", "FALSE"), ("RELATED", "START"), ("RELTYPE", "PARENT"), ("ENCODING", "8BIT")),
        *(("VALUE", "DATE-TIME"), ("VALUE", "DURATION"), ("VALUE", "TEXT"), ("VALUE", "RECUR")),
        *(("VALUE", "URI"), ("VALUE", "CAL-ADDRESS"), ("VALUE", "INTEGER")),
    )
)
_SCHEDULING = frozenset(("SCHEDULE-STATUS", "SCHEDULE-FORCE-SEND"))
"""RFC 6638 §7: what a server noted about its mail, or was told to do once."""
_RULE_DEFAULTS = frozenset(("INTERVAL=1", "WKST=MO"))
_UNESCAPED_COMMA = re.compile(r"(?<!\\),")
_TIMES = frozenset(("DTSTART", "DTEND"))
_CACHED_LENGTH = 200


def semantic_digest(body: str | bytes) -> str:
    """Equal for two bodies of equal meaning, 32 hexadecimal digits; "" for one that cannot be
    read."""
    try:
        return digest_of(parse(decode(body)))
    except Malformed:
        return ""


def digest_of(calendar: Component) -> str:
    """As `semantic_digest`. A VTIMEZONE counts only as far as it says when the event is."""
    meaning = _component_text(calendar) + _custom_instants(calendar)
    return blake2b(meaning.encode(errors="replace"), digest_size=16).hexdigest()


def losses(sent: str, kept: str) -> tuple[str, ...]:
    """Names of properties and components of `sent` that `kept` lacks or has with another value,
    sorted, such as "X-COLOR" or "VALARM/TRIGGER"; ("VCALENDAR",) when nothing of `kept` can be
    read. Names only, never values. Empty when `sent` cannot be read."""
    try:
        before = parse(decode(sent))
    except Malformed:
        return ()
    try:
        after = parse(decode(kept))
    except Malformed:
        return ("VCALENDAR",)
    missing = Counter(_entries(before)) - Counter(_entries(after))
    names = {name for name, _ in missing}
    parts = {name for name, text in missing if not text}
    return tuple(
        sorted(each for each in names if not any(each.startswith(f"{part}/") for part in parts))
    )


def _component_text(component: Component) -> str:
    texts = [text for field in component.properties for text in _meaning(field)]
    texts += [_component_text(part) for part in component.parts if part.name != "VTIMEZONE"]
    texts.sort()
    return f"\1{component.name}\0" + "\0".join(texts) + "\2"


def _custom_instants(calendar: Component) -> str:
    """When the times in zones that no database knows are: only their VTIMEZONE tells."""
    described = (tzid_of(part) for part in calendar.parts if part.name == "VTIMEZONE")
    if all(named_zone(tzid) for tzid in described):
        return ""
    instants: list[str] = []
    for part in calendar.parts:
        for field in part.properties if part.name == "VEVENT" else ():
            if field.name in _TIMES and "TZID" in field.params.upper():
                moment = moment_of(field, calendar)
                if not isinstance(moment.zone, ZoneInfo | None):
                    instants.append(f"{field.name}{moment.instant}")
    return "".join(sorted(instants))


def _entries(component: Component, path: str = "") -> Iterator[tuple[str, str]]:
    """Each meaning with the name of where it stands; a component itself with an empty text."""
    organizers = {_person(field) for field in component.properties if field.name == "ORGANIZER"}
    for field in component.properties:
        # SOGo takes out the organizer's own ATTENDEE line, which says nothing new.
        if field.name != "ATTENDEE" or _person(field) not in organizers:
            for text in _meaning(field):
                yield path + field.name, text
    for part in component.parts:
        if part.name != "VTIMEZONE":
            inner = path + part.name
            yield inner, ""
            yield from _entries(part, "" if inner == "VEVENT" else f"{inner}/")


def _person(field: Property) -> str:
    return field.value.strip().lower()


def _meaning(field: Property) -> Iterable[str]:
    """Name, parameters and value of each value on the line, in one form for all spellings."""
    name, params, value = field
    if name in _IGNORED or not value:
        return ()
    if params:
        name += _known_head(params) if len(params) <= _CACHED_LENGTH else _head(params)
    if (read := _SINGLE.get(field.name)) is not None:
        text = read(value)
    elif (read_all := _SEVERAL.get(field.name)) is not None:
        return [f"{name}:{text}" for text in read_all(value) if text]
    elif name.startswith("X-"):
        # Servers escape these in their own ways: RFC 5545 §3.8.8.2 gives them no type.
        text = value.replace("\\", "").rstrip()
    else:
        text = value.rstrip()
    meaning = f"{name}:{text}"
    return () if not text or meaning in _DEFAULTS else (meaning,)


def _head(params: str) -> str:
    """Parameters sorted, without defaults and without what scheduling servers add."""
    kept = []
    for name, value in Property("", params, "").parameters().items():
        upper = value.upper()
        if name == "TZID":
            zone = named_zone(value)
            kept.append(f";TZID={zone.key if zone else value}")
        elif name not in _SCHEDULING and (name, upper) not in _DEFAULT_PARAMETERS:
            kept.append(f";{name}={upper if name in _ENUMERATED else value}")
    return "".join(sorted(kept))


_ENUMERATED = frozenset(
    ("CUTYPE", "ROLE", "PARTSTAT", "RSVP", "RELATED", "RELTYPE", "ENCODING", "VALUE", "RANGE")
)
_known_head = lru_cache(maxsize=1024)(_head)


def _text(value: str) -> str:
    return unescape(value).rstrip()


def _word(value: str) -> str:
    return value.strip().upper()


def _address(value: str) -> str:
    value = value.strip()
    return f"mailto:{value[7:]}" if value[:7].lower() == "mailto:" else value


def _rule(value: str) -> str:
    parts = {_rule_part(part) for part in value.upper().replace(" ", "").split(";") if part}
    return ";".join(sorted(parts - _RULE_DEFAULTS))


def _rule_part(part: str) -> str:
    name, _, values = part.partition("=")
    return f"{name}={','.join(sorted(value.lstrip('+') for value in values.split(',')))}"


def _position(value: str) -> str:
    try:
        numbers = [float(part) for part in value.replace("\\", "").split(";")]
    except ValueError:
        return value.rstrip()
    return ";".join(f"{number:.4f}" for number in numbers)


def _span(value: str) -> str:
    try:
        return str(parse_duration(value).total)
    except Malformed:
        return value.strip().upper()


def _texts(value: str) -> list[str]:
    parts = _UNESCAPED_COMMA.split(value) if "," in value else [value]
    return [unescape(part).strip() for part in parts]


def _dates(value: str) -> list[str]:
    return [part.strip() for part in value.upper().split(",")]


_SINGLE: dict[str, Callable[[str], str]] = {
    **dict.fromkeys(("SUMMARY", "DESCRIPTION", "LOCATION", "COMMENT", "CONTACT", "UID"), _text),
    **dict.fromkeys(("STATUS", "TRANSP", "CLASS", "ACTION", "PRIORITY", "REPEAT"), _word),
    **dict.fromkeys(("DTSTART", "DTEND", "RECURRENCE-ID"), _word),
    **dict.fromkeys(("ATTENDEE", "ORGANIZER"), _address),
    **dict.fromkeys(("RRULE", "EXRULE"), _rule),
    **dict.fromkeys(("DURATION", "TRIGGER"), _span),
    "GEO": _position,
}
_SEVERAL: dict[str, Callable[[str], list[str]]] = {
    **dict.fromkeys(("CATEGORIES", "RESOURCES"), _texts),
    **dict.fromkeys(("EXDATE", "RDATE"), _dates),
}
