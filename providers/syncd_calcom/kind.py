"""The provider as the registry finds it: checks settings, opens accounts, discovers them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256

from syncd.core.problem import Problem
from syncd.ports import Access, CalendarProvider, Clock, Discovered
from syncd_calcom.client import Line
from syncd_calcom.discovery import discover
from syncd_calcom.hooks import CalComWebhooks
from syncd_calcom.provider import CalcomProvider
from syncd_calcom.rate import Bucket
from syncd_calcom.settings import problems_of
from syncd_calcom.setup import CalcomSetup


class CalcomKind:
    """`provider = "calcom"` of practice.toml. Keeps one bucket for each key, which all calendars
    that use it share; the limit is the key's. Keys are kept as digests only."""

    name = "calcom"
    webhooks = CalComWebhooks()

    def __init__(self, line: Line | None = None) -> None:
        self._buckets: dict[str, Bucket] = {}
        self._line = replace(line or Line(), bucket=self._bucket)

    def check_settings(self, settings: Mapping[str, object]) -> list[Problem]:
        return problems_of(settings)

    def open(self, access: Access) -> CalendarProvider:
        return CalcomProvider(access, line=self._line)

    def discover(self, access: Access) -> list[Discovered]:
        return discover(access, line=self._line)

    def set_up(self, access: Access) -> CalcomSetup:
        return CalcomSetup(access, line=self._line)

    def _bucket(self, base: str, key: str, clock: Clock) -> Bucket:
        name = sha256(f"{base} {key}".encode()).hexdigest()
        return self._buckets.setdefault(name, Bucket(clock))
