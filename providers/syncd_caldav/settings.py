"""What practice.toml says about one CalDAV calendar, checked with all its problems at once.

Holds references to secrets, never secrets. Reads no file and asks no server.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from syncd.core.errors import Invalid
from syncd.core.problem import Problem
from syncd_caldav.addresses import AddressPolicy

_REFERENCES = ("env:", "file:", "credential:", "command:")


def _reference(value: str) -> str:
    if not value.startswith(_REFERENCES) or not value.partition(":")[2].strip():
        raise ValueError(
            "must be a reference to a secret, never the secret itself: "
            "env:NAME, file:/path, credential:NAME or command:…"
        )
    return value


Reference = Annotated[str, AfterValidator(_reference)]
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
    problems = [_unknown(key) for key in settings if key not in CalDavSettings.model_fields]
    known = {key: settings[key] for key in settings if key in CalDavSettings.model_fields}
    try:
        CalDavSettings.model_validate(known)
    except ValidationError as exc:
        problems += [
            Problem(where=".".join(map(str, each["loc"])), what=_plain(each["msg"], each["type"]))
            for each in exc.errors(include_input=False, include_url=False)
        ]
    return problems + _together(known)


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


def _unknown(key: str) -> Problem:
    near = get_close_matches(key, CalDavSettings.model_fields, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    return Problem(where=key, what=f"is not a setting of a CalDAV calendar{hint}")


def _plain(message: str, kind: str) -> str:
    if kind == "missing":
        return "is missing"
    return message.removeprefix("Value error, ").replace("Input should", "should")
