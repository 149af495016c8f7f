"""The calendars of practice.toml: our keys, their provider's own, and what they refer to.

A provider judges its own keys; a secret in the wrong place is caught here for all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, get_args
from urllib.parse import urlsplit

from syncd.core.ids import ActivityId, CalendarId, PractitionerId
from syncd.core.practice import Calendar, Disclosure, Mode, OnRemoteDelete, Setting
from syncd.ports import ProviderKind
from syncd.provider_settings import REFERENCE_FORMS, is_secret_reference
from syncd_config.document import Document
from syncd_config.findings import Findings, known_keys, suggestion
from syncd_config.key_lines import KeyPath
from syncd_config.practice_tables import CalendarTable

_COMMON = frozenset(known_keys(CalendarTable))
_SECRETS = frozenset(
    {
        *("password", "secret", "token", "api_key", "client_secret", "refresh_token"),
        *("webhook_secret", "webhook_secret_former"),
    }
)
_SETTING_TYPES = get_args(Setting)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a calendar is judged against: providers by name, and the ids it may refer to."""

    kinds: Mapping[str, ProviderKind]
    poll_every: timedelta
    practitioners: tuple[str, ...]
    activities: tuple[str, ...]


def read_calendar(
    table: Mapping[str, Any], path: KeyPath, findings: Findings, around: Surroundings
) -> Calendar | None:
    """The calendar that `table` describes, or None once what is wrong is noted in `findings`."""
    common = {key: value for key, value in table.items() if key in _COMMON}
    own = {key: value for key, value in table.items() if key not in _COMMON}
    row = findings.check(CalendarTable, common, path)
    provider = table.get("provider")
    kind = around.kinds.get(provider) if isinstance(provider, str) else None
    if kind is None and isinstance(provider, str):
        what = f"no provider {provider!r} is installed{suggestion(provider, around.kinds)}"
        findings.add((*path, "provider"), what)
    _check_own(own, kind, path, findings)
    for key, known in (("practitioner", around.practitioners), ("activity", around.activities)):
        named = table.get(key)
        if isinstance(named, str) and named not in known:
            findings.add((*path, key), f"no {key} {named!r}{suggestion(named, known)}")
    if row is None:
        return None
    poll_every = row.poll_every or around.poll_every
    if row.stale_after < 2 * poll_every:
        findings.add((*path, "stale_after"), "must be at least twice poll_every")
    if row.write_through is not None and not row.mode.writes:
        what = f"is for calendars that bookings are written to, and mode is {row.mode}"
        findings.add((*path, "write_through"), what)
    publishes = row.mode is Mode.PUBLISH
    return Calendar(
        id=CalendarId(row.id),
        provider=row.provider,
        practitioner_id=PractitionerId(row.practitioner),
        mode=row.mode,
        adopt=row.adopt,
        on_remote_delete=row.on_remote_delete
        or (OnRemoteDelete.RESTORE if publishes else OnRemoteDelete.CANCEL),
        disclosure=row.disclosure or (Disclosure.BUSY if publishes else Disclosure.INITIALS),
        activity_id=ActivityId(row.activity) if row.activity else None,
        poll_every=poll_every,
        stale_after=row.stale_after,
        stale_policy=row.stale_policy,
        write_through=row.write_through,
        settings={key: value for key, value in own.items() if isinstance(value, _SETTING_TYPES)},
    )


def refuse_shared_urls(document: Document, findings: Findings) -> None:
    """Note calendars with one address: two syncs of it would take each other's writes for a
    stranger's. Only time that practitioners share (holidays, mode busy) may be read twice."""
    seen: dict[str, tuple[Mapping[str, Any], int]] = {}
    rows = document.values.get("calendars")
    for position, row in enumerate(rows if isinstance(rows, list) else []):
        url = row.get("url") if isinstance(row, dict) else None
        if not isinstance(url, str):
            continue
        other, first = seen.setdefault(_same_place(url), (row, position))
        only_busy = row.get("mode") == other.get("mode") == Mode.BUSY
        if first != position and not (
            only_busy and row.get("practitioner") != other.get("practitioner")
        ):
            line = document.line_of(("calendars", first, "url"))
            findings.add(
                ("calendars", position, "url"), f"is the same calendar as the one in line {line}"
            )


def _check_own(
    own: Mapping[str, Any], kind: ProviderKind | None, path: KeyPath, findings: Findings
) -> None:
    exposed = {key for key in own.keys() & _SECRETS if not _is_reference(own[key])}
    for key in exposed:
        findings.add(
            (*path, key),
            f"must say where the secret is, not what it is: {REFERENCE_FORMS}",
        )
    for problem in kind.check_settings(own) if kind else ():
        key, *_ = problem.where.split(".")
        if key not in exposed:
            near = suggestion(key, _COMMON, otherwise=False) if key in own else ""
            hint = "" if "did you mean" in problem.what else near
            findings.add((*path, key) if key else path, problem.what + hint)


def _is_reference(value: object) -> bool:
    return isinstance(value, str) and is_secret_reference(value)


def _same_place(url: str) -> str:
    """An address without what does not tell calendars apart."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    return f"{parts.netloc.rpartition('@')[2].lower()}{parts.path.rstrip('/')}?{parts.query}"
