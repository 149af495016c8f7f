"""Entity tags as versions. RFC 9110 §8.8.3.

A version keeps the quotes. The suffix that a compressing proxy adds is taken off, since the server
behind it would not know its own tag with it. Weak tags are kept as they are, so that they are never
mistaken for something that a write can be conditional on.
"""

from __future__ import annotations

import re

from syncd.core.ids import Version

_COMPRESSED = re.compile(r'(?:[-;](?:gzip|br|deflate|zstd)|--gzip)"$')


def as_version(etag: str) -> Version:
    """The version that an ETag header or a getetag property names; "" for none."""
    etag = etag.strip()
    if not etag or len(etag) > 1024 or not etag.isprintable():
        return Version("")
    return Version(_COMPRESSED.sub('"', etag))


def strong(version: Version) -> str | None:
    """What If-Match may say for `version`; None where it has no strong tag."""
    if not version or version.startswith("W/"):
        return None
    return version if version.startswith('"') and version.endswith('"') else f'"{version}"'


def same(one: Version, other: Version) -> bool:
    """Whether two versions name the same state, as far as tags can tell (weak comparison)."""
    return _opaque(one) == _opaque(other) != ""


def _opaque(version: Version) -> str:
    return version.removeprefix("W/").strip('"')
