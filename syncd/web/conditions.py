"""What a change is conditional on: `If-Match` (RFC 9110 §13.1.1), the digest of what was read."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import Header

from syncd.core.errors import VersionConflict
from syncd.web.times import wrong

_TAG = re.compile(r'(?:W/)?"([^"]*)"')

IfMatch = Annotated[
    str | None,
    Header(alias="If-Match", max_length=200, description="Only if it is still at that ETag."),
]


def tags_in(if_match: str | None) -> list[str] | None:
    """What stands between the quotes of the tags that are wanted; None for any. A weak tag is as
    good as ours: a proxy that compresses makes it one. Raises Invalid for what is no tag."""
    if if_match is None or if_match.strip() == "*":
        return None
    found = [_TAG.fullmatch(each.strip()) for each in if_match.split(",")]
    if None in found:
        raise wrong("If-Match", 'is an ETag as it was answered, in its quotes: "4"')
    return [each[1] for each in found if each is not None]


def digest_in(if_match: str | None) -> str | None:
    """The digest that is wanted; None for any. Raises Invalid, or VersionConflict for more than
    one."""
    tags = tags_in(if_match)
    if tags is not None and len(tags) != 1:
        raise VersionConflict("it cannot be at several versions; read it again")
    return tags[0] if tags else None
