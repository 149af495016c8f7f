"""What practice.toml says about one CalDAV calendar, checked with all its problems at once.

Holds references to secrets, never secrets. Reads no file and asks no server.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from syncd.core.errors import Invalid
from syncd.core.problem import Problem
from syncd.provider_settings import Reference, refused_settings, unknown_setting
from syncd_caldav.addresses import AddressPolicy

Seconds = Annotated[int, Field(ge=1, le=3600)]


class CalDavSettings(BaseModel):
    """One calendar. `url` is the calendar collection itself; for discovery any address of the
    account. `email` lists the addresses by which its owner is invited, separated by commas, for
    servers that do not tell. Time limits are in seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    url: str
    username: str | None = None
    password: Reference | None = None
    token: Reference | None = None
    email: str | None = None
    allow_http: bool = False
    allow_private_networks: bool = False
    ca_file: str | None = None
    connect_timeout: Seconds = 10
    timeout: Seconds = 30
    listing_timeout: Seconds = 120

    @property
    def policy(self) -> AddressPolicy:
        return AddressPolicy(allow_http=self.allow_http, allow_private=self.allow_private_networks)

    @property
    def owner(self) -> tuple[str, ...]:
        """The addresses of the calendar's owner that need not be asked for, as mailto: URIs."""
        written = (self.email or "").split(",")
        if not any(part.strip() for part in written) and "@" in (self.username or ""):
            written = [self.username or ""]
        return tuple(f"mailto:{part.strip().lower()}" for part in written if part.strip())


def problems_of(settings: Mapping[str, object]) -> list[Problem]:
    """Everything that is wrong, each under its key. Repeats no values: one may be a secret."""
    fields = CalDavSettings.model_fields
    problems = [
        unknown_setting(key, CalDavSettings, "a CalDAV calendar")
        for key in settings
        if key not in fields
    ]
    known = {key: settings[key] for key in settings if key in fields}
    return problems + refused_settings(CalDavSettings, known) + _together(known)


def read_settings(settings: Mapping[str, object]) -> CalDavSettings:
    """The settings as a value; `Invalid` with all problems."""
    problems = problems_of(settings)
    if problems:
        raise Invalid(problems)
    return CalDavSettings.model_validate(dict(settings))


def _together(known: Mapping[str, object]) -> list[Problem]:
    """What no field can see alone."""
    found: list[Problem] = []
    url = known.get("url")
    if isinstance(url, str):
        policy = AddressPolicy(
            allow_http=known.get("allow_http") is True,
            allow_private=known.get("allow_private_networks") is True,
        )
        wrong = policy.problem_with(url)
        if wrong:
            found.append(Problem(where="url", what=wrong))
    if known.get("username") and not known.get("password"):
        found.append(Problem(where="password", what="is missing: username needs a password"))
    if known.get("password") and not known.get("username"):
        found.append(Problem(where="username", what="is missing: password needs a username"))
    if known.get("token") and (known.get("username") or known.get("password")):
        found.append(
            Problem(where="token", what="replaces username and password; give one of them")
        )
    return found
