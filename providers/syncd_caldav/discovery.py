"""Find the calendars of an account."""

from __future__ import annotations

from syncd.ports import Access, Discovered


def discover(access: Access) -> list[Discovered]:
    raise NotImplementedError
