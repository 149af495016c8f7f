"""Put the parts together: the real clock, randomness, the ledger, providers and their secrets.

The only file that knows everyone; nothing is decided here.
"""

from __future__ import annotations

import os
import secrets
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from syncd.core.errors import Invalid, NeedsLogin
from syncd.core.practice import Calendar, Practitioner
from syncd.core.problem import Problem
from syncd.core.time import zone
from syncd.flows.deliveries import Mailbox
from syncd.flows.surroundings import OpenProvider, Surroundings
from syncd.ledger import Ledger, open_ledger
from syncd.ports import Access, CalendarProvider, Clock, Randomness
from syncd.registry import provider_kind, provider_kinds
from syncd_config import Settings, resolve_secret


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


class SystemRandomness:
    """The machine's entropy."""

    def token(self, size: int) -> bytes:
        return secrets.token_bytes(size)


def node_name(environ: Mapping[str, str], randomness: Randomness) -> str:
    """A name for this process among all nodes, never used twice: a restarted one is another. It
    begins with where its process id can be looked up."""
    return f"{_place(environ)}:{os.getpid()}:{randomness.token(4).hex()}"


def has_ended(node: str, environ: Mapping[str, str]) -> bool:
    """Whether the process of that node name ran here, and is gone. What runs elsewhere, in another
    container, or was started before the last boot under a number in use again, cannot be told."""
    place, _, rest = node.rpartition(":")[0].rpartition(":")
    if place != _place(environ) or not rest.isdigit():
        return False
    try:
        os.kill(int(rest), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def _place(environ: Mapping[str, str]) -> str:
    """This machine, and among its process namespaces this one."""
    host = environ.get("SYNCD_NODE") or socket.gethostname()
    try:
        namespace = Path("/proc/self/ns/pid").stat().st_ino
    except OSError:
        namespace = 0
    return f"{host}/{namespace}"


def furnish(
    settings: Settings,
    environ: Mapping[str, str],
    *,
    clock: Clock | None = None,
    randomness: Randomness | None = None,
    read_only: bool = False,
) -> Surroundings:
    """What flows need, for these settings. The ledger is opened lazily and neither created nor
    migrated; whoever calls this closes it."""
    clock, randomness = clock or SystemClock(), randomness or SystemRandomness()
    ledger: Ledger = open_ledger(
        settings.database_url, clock=clock, randomness=randomness, read_only=read_only
    )
    return Surroundings(
        ledger=ledger,
        clock=clock,
        randomness=randomness,
        open_provider=provider_opener(clock, environ),
        node=node_name(environ, randomness),
        has_ended=lambda node: has_ended(node, environ),
        limits=settings.brake_limits,
        full_listing_every=settings.full_listing_every,
    )


def provider_opener(clock: Clock, environ: Mapping[str, str]) -> OpenProvider:
    """How a calendar is reached: its provider, with its settings and a way to its secrets."""

    def open_provider(calendar: Calendar, practitioner: Practitioner) -> CalendarProvider:
        return provider_kind(calendar.provider).open(
            access_to(calendar, zone(practitioner.timezone), clock, secret_reader(environ))
        )

    return open_provider


def mailbox_reader(ledger: Ledger, environ: Mapping[str, str]) -> Callable[[], list[Mailbox]]:
    """How those mailboxes are found to which webhooks may come now, with their secrets."""

    def read() -> list[Mailbox]:
        with ledger.read() as view:
            calendars = view.calendars() if view.practices() else []
        return [mailbox for each in calendars for mailbox in _mailboxes(each, environ)]

    return read


def _mailboxes(calendar: Calendar, environ: Mapping[str, str]) -> Iterator[Mailbox]:
    """That of the calendar, if it expects deliveries. One secret that cannot be had closes it only
    to what that one signs."""
    source = provider_kinds()[calendar.provider].webhooks if _is_here(calendar) else None
    references = source.secrets(calendar.settings) if source is not None else ()
    if source is None or not references:
        return
    secrets: list[str] = []
    problems: list[Problem] = []
    for reference in references:
        try:
            secrets.append(resolve_secret(reference, environ))
        except Invalid as exc:
            what = f"its webhooks cannot be proven: {exc}"
            problems.append(Problem(where=f"calendar {calendar.id}", what=what))
    yield Mailbox(
        calendar_id=calendar.id,
        provider=calendar.provider,
        source=source,
        secrets=tuple(secrets),
        problems=tuple(problems),
    )


def _is_here(calendar: Calendar) -> bool:
    return calendar.provider in provider_kinds()


def access_to(
    calendar: Calendar, tz: ZoneInfo, clock: Clock, secret: Callable[[str], str]
) -> Access:
    return Access(
        calendar_id=calendar.id, settings=calendar.settings, secret=secret, zone=tz, clock=clock
    )


def secret_reader(environ: Mapping[str, str]) -> Callable[[str], str]:
    """Secrets are read at the moment of use, so that a rotated one is seen. One that cannot be read
    is a calendar that wants credentials: NeedsLogin."""

    def read(reference: str) -> str:
        try:
            return resolve_secret(reference, environ)
        except Invalid as exc:
            raise NeedsLogin(str(exc)) from exc

    return read
