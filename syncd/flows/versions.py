"""Versions of what has no number of its own: a digest of all that it says."""

from __future__ import annotations

import hashlib

from syncd.core.errors import VersionConflict


def digest_of(value: object) -> str:
    """Two values of the core with the same digest say the same."""
    return hashlib.sha256(repr(value).encode()).hexdigest()[:16]


def require_digest(value: object, wanted: str | None) -> None:
    """Raises VersionConflict where it is not that of `wanted` any more; None is any."""
    if wanted is not None and wanted != digest_of(value):
        raise VersionConflict("it changed since it was read; read it again")
