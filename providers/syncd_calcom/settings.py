"""What practice.toml says about one Cal.com account, checked with all its problems at once.

Holds the reference to the API key, never the key. Reads no file and asks no server.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from enum import StrEnum
from ipaddress import ip_address
from typing import Annotated
from urllib.parse import SplitResult, parse_qs, urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from syncd.core.errors import Invalid
from syncd.core.problem import Problem
from syncd.provider_settings import Reference, refused_settings, unknown_setting
from syncd_calcom.kinds import Kinds, kinds_in

HOSTED = "https://api.cal.com/v2"
_ALIASES = {"base_url": "url", "password": "api_key"}


class Flavour(StrEnum):
    """Which Cal.com answers; `AUTO` finds out by how it answers."""

    AUTO = "auto"
    HOSTED = "hosted"
    CAL_DIY = "cal.diy"


def _flavour(value: str) -> str:
    if value not in tuple(Flavour):
        raise ValueError(f"should be one of {', '.join(Flavour)}")
    return value


def _kinds(value: str) -> str:
    kinds_in(value)
    return value


def _day(value: str) -> str:
    try:
        date.fromisoformat(value)
    except ValueError:
        raise ValueError("should be a date such as 2026-01-31") from None
    return value


def _mailbox(value: str) -> str:
    if value.count("@") != 1 or not all(value.split("@")) or any(map(str.isspace, value)):
        raise ValueError("should be a mail address")
    return value


class CalcomSettings(BaseModel):
    """One account. `url` is the root of its API v2, with `?username=` where one server has several
    accounts; `username` says whose the key must be. `event_types` are the kinds of booking, see
    `kinds`. `attendee_email` is in the bookings that syncd makes in place of the client's address
    (the account's own by default), `reason` what Cal.com tells people when one is cancelled.
    Bookings that began before `since` are left alone. `webhook_secret` proves webhooks, beside the
    former one while it is exchanged. `timeout` is in seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    url: str = HOSTED
    api_key: Reference
    username: str | None = None
    flavour: Annotated[str, AfterValidator(_flavour)] = Flavour.AUTO
    event_types: Annotated[str, AfterValidator(_kinds)] = ""
    attendee_email: Annotated[str, AfterValidator(_mailbox)] | None = None
    reason: Annotated[str, Field(min_length=1, max_length=200)] = "Cancelled by the practice"
    since: Annotated[str, AfterValidator(_day)] | None = None
    webhook_secret: Reference | None = None
    webhook_secret_former: Reference | None = None
    allow_http: bool = False
    ca_file: str | None = None
    timeout: Annotated[int, Field(ge=1, le=300)] = 30

    @property
    def base(self) -> str:
        """The root of the API, without a slash at its end."""
        return self.url.partition("?")[0].rstrip("/")

    @property
    def account(self) -> str | None:
        """The user name that the key's owner must have, if one is named."""
        named = parse_qs(urlsplit(self.url).query).get("username", [None])
        return self.username or named[0]

    @property
    def kinds(self) -> Kinds:
        return kinds_in(self.event_types)

    @property
    def beginning(self) -> datetime | None:
        """Midnight UTC of `since`."""
        if self.since is None:
            return None
        return datetime.combine(date.fromisoformat(self.since), time.min, UTC)


def problems_of(settings: Mapping[str, object]) -> list[Problem]:
    """Everything that is wrong, each under its key. Repeats no values: one may be a secret."""
    fields, problems = CalcomSettings.model_fields, []
    named: dict[str, object] = {}
    for key, value in settings.items():
        name = _ALIASES.get(key, key)
        if name not in fields:
            problems.append(unknown_setting(key, CalcomSettings, "a Cal.com calendar"))
        elif name in named:
            problems.append(Problem(where=key, what=f"is another word for {name}; give one"))
        else:
            named[name] = value
    problems += refused_settings(CalcomSettings, named)
    url = named.get("url", HOSTED)
    if isinstance(url, str) and (wrong := _wrong_url(url, named.get("allow_http") is True)):
        problems.append(Problem(where="url", what=wrong))
    return problems


def read_settings(settings: Mapping[str, object]) -> CalcomSettings:
    """The settings as a value; `Invalid` with all problems."""
    problems = problems_of(settings)
    if problems:
        raise Invalid(problems)
    return CalcomSettings.model_validate({_ALIASES.get(k, k): v for k, v in settings.items()})


def _wrong_url(url: str, allow_http: bool) -> str | None:  # noqa: FBT001  private, one caller
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "is not an address"
    if parts.scheme not in ("http", "https") or not host or parts.fragment:
        return f"must be an address such as {HOSTED}"
    if "@" in parts.netloc:
        return "must not hold a user name or password; the key goes into api_key"
    if parts.query and set(parse_qs(parts.query, keep_blank_values=True)) != {"username"}:
        return "may only be asked with ?username="
    if parts.scheme == "http" and not (allow_http or is_this_machine(host)):
        return "would send the API key in the clear; use https, or set allow_http = true"
    return _wrong_path(parts)


def _wrong_path(parts: SplitResult) -> str | None:
    path = parts.path.rstrip("/")
    if path.endswith("/v1"):
        return (
            "is of Cal.com's API v1, which was shut down on 2026-04-08 and has nothing that tells "
            "of changes; use the address that ends in /v2"
        )
    return None if path in ("/v2", "/api/v2") else "must end in /v2 or /api/v2"


def is_this_machine(host: str) -> bool:
    """Whether what goes to that host leaves this machine never."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
