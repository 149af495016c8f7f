"""The provider as the registry finds it: checks settings, opens calendars, discovers them."""

from __future__ import annotations

from collections.abc import Mapping

from syncd.core.problem import Problem
from syncd.ports import Access, CalendarProvider, Discovered
from syncd_caldav.discovery import discover
from syncd_caldav.provider import CalDavProvider
from syncd_caldav.settings import problems_of


class CalDavKind:
    """`provider = "caldav"` of practice.toml."""

    name = "caldav"
    webhooks = None

    def check_settings(self, settings: Mapping[str, object]) -> list[Problem]:
        return problems_of(settings)

    def open(self, access: Access) -> CalendarProvider:
        return CalDavProvider(access)

    def discover(self, access: Access) -> list[Discovered]:
        return discover(access)

    def set_up(self, access: Access) -> None:  # noqa: ARG002  the port's signature
        return None
