"""CalDAV calendars (RFC 4791, RFC 6578) for syncd; the entry point `caldav` is `kind`."""

from __future__ import annotations

from syncd_caldav.kind import CalDavKind

kind = CalDavKind()

__all__ = ["CalDavKind", "kind"]
