"""What a change is conditional on: `If-Match` (RFC 9110 §13.1.1), the digest of what was read."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import Header

from syncd.core.errors import VersionConflict

_TAG = re.compile(r'"([0-9a-f]{16})"')

IfMatch = Annotated[
    str | None,
    Header(alias="If-Match", max_length=200, description="Only if it is still at that ETag."),
]


def digest_in(if_match: str | None) -> str | None:
    """The digest that is wanted; None for any. Raises VersionConflict for a tag that is none of
    ours, as a weak one."""
    if if_match is None or if_match.strip() == "*":
        return None
    found = _TAG.fullmatch(if_match.strip())
    if found is None:
        raise VersionConflict("that is no version of it; read it again")
    return found[1]
