"""What a calendar object means, apart from how it is written: a digest, and what a server lost.

Ignored are order, folding, stamps, defaults, and every rewriting that a server is known to do
without harm. Knows nothing of syncd's own fields.
"""

from __future__ import annotations

from hashlib import blake2b

from syncd_caldav.content_lines import Component, Malformed, decode, parse, split_line

_IGNORED = frozenset(
    ("DTSTAMP", "CREATED", "LAST-MODIFIED", "SEQUENCE", "PRODID", "VERSION", "CALSCALE", "METHOD")
)


def semantic_digest(body: str | bytes) -> str:
    """Equal for two bodies of equal meaning; "" for one that cannot be read."""
    try:
        return digest_of(parse(decode(body)))
    except Malformed:
        return ""


def digest_of(calendar: Component) -> str:
    lines = sorted(_canonical(calendar, ""))
    return blake2b("\0".join(lines).encode(errors="replace"), digest_size=16).hexdigest()


def _canonical(component: Component, path: str) -> list[str]:
    found: list[str] = []
    for line in component.lines:
        name, params, value = split_line(line)
        if name not in _IGNORED and value:
            found.append(f"{path}{name}{params}:{value.rstrip()}")
    for part in component.parts:
        if part.name != "VTIMEZONE":
            found += _canonical(part, f"{path}{part.name}/")
    return found


def losses(sent: str, kept: str) -> tuple[str, ...]:
    """Names of properties and components of `sent` that `kept` lacks or has with another value,
    sorted. ("VCALENDAR",) when nothing of `kept` can be read. Names only, never values."""
    try:
        after = set(_canonical(parse(decode(kept)), ""))
    except Malformed:
        return ("VCALENDAR",)
    before = set(_canonical(parse(decode(sent)), ""))
    return tuple(sorted({line.partition(":")[0] for line in before - after}))
