"""syncd.toml: how the daemon runs. Default < file < environment `SYNCD_…` < systemd credential.

Every setting is one key of the file, one environment variable and one credential of the same name.
What syncd manages stands in practice.toml, not here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import (
    BeforeValidator,
    Field,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from syncd.core.brake import BrakeLimits
from syncd.provider_settings import is_secret_reference
from syncd_config.durations import format_duration, within
from syncd_config.fields import NumberPrefix, Whole, home_expanded

JWT_ALGORITHMS = (
    *("HS256", "HS384", "HS512"),
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA"),
)


class LogLevel(StrEnum):
    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class LogFormat(StrEnum):
    """`auto`: colours on a terminal, key=value lines elsewhere."""

    AUTO = "auto"
    CONSOLE = "console"
    LOGFMT = "logfmt"
    JSON = "json"


def _ratio(value: object) -> float:
    try:
        if isinstance(value, bool):
            raise TypeError
        return float(value)  # type: ignore[arg-type]  # what float refuses is what we refuse
    except (TypeError, ValueError) as exc:
        raise ValueError("must be a number, such as 0.1") from exc


class Settings(BaseSettings):
    """How one node runs. Frozen; the core, flows and providers get values of it."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid")

    state_directory: Path = Field(
        description="Where syncd keeps its own files. Default: $STATE_DIRECTORY, which systemd "
        "sets; else /var/lib/syncd for root and the service's user, else ~/.local/state/syncd.",
    )
    database_url: str = Field(
        repr=False,
        description="The ledger: sqlite:////absolute/path or postgresql://user@host/database. "
        "Default: ledger.sqlite3 in the state directory. With a password in it, prefer the "
        "environment or a credential to this file.",
    )
    workers: Whole = Field(
        default=4,
        ge=1,
        le=64,
        description="How many calendars are read and written at the same time.",
    )
    poll_every: Annotated[timedelta, within("10s", "24h")] = Field(
        default=timedelta(minutes=5),
        description="How often a calendar is asked for changes, where practice.toml does not say.",
    )
    full_listing_every: Annotated[timedelta, within("10m", "30d")] = Field(
        default=timedelta(hours=24),
        description="How often a calendar is compared in full, whatever its change feed says.",
    )
    heartbeat_every: Annotated[timedelta, within("10s", "5m")] = Field(
        default=timedelta(seconds=15),
        description="How often a node says that it is alive. Costs one commit each time.",
    )
    lease_ttl: Annotated[timedelta, within("30s", "1h")] = Field(
        default=timedelta(seconds=60),
        validate_default=True,
        description="How long a silent node keeps its calendars before another takes them over. "
        "At least three heartbeats.",
    )
    brake_count: Whole = Field(
        default=5,
        ge=1,
        le=10_000,
        description="When a calendar loses more than this many appointments in one round, and "
        "more than brake_ratio of all it has, it is suspended until a person releases it. So is "
        "one that is suddenly empty.",
    )
    brake_ratio: Annotated[float, BeforeValidator(_ratio)] = Field(
        default=0.1, gt=0, le=1, description="See brake_count."
    )
    number_prefix: NumberPrefix = Field(
        default="AID",
        description="What begins each appointment number, where practice.toml does not say. "
        "Also read from APPOINTMENT_NUMBER_PREFIX.",
    )
    default_duration_minutes: Whole = Field(
        default=30,
        ge=1,
        le=1440,
        description="How long an activity takes, where practice.toml does not say. "
        "Also read from DEFAULT_APPOINTMENT_DURATION.",
    )
    default_notice_hours: Whole = Field(
        default=0,
        ge=0,
        le=8760,
        description="How long before its start clients book an activity at the latest, where "
        "practice.toml does not say. Also read from MIN_ADVANCE_BOOKING_HOURS.",
    )
    default_days_ahead: Whole = Field(
        default=0,
        ge=0,
        le=1825,
        description="How many days ahead clients book, where practice.toml does not say; 0: no "
        "limit. Also read from MAX_FUTURE_BOOKING_DAYS.",
    )
    default_max_ahead_per_client: Whole = Field(
        default=0,
        ge=0,
        le=1000,
        description="How many appointments to come a client may book, where practice.toml does "
        "not say; 0: no limit. Also read from MAX_APPTS_PER_PATIENT.",
    )
    listen: str = Field(
        default="127.0.0.1:8470",
        description="Where the HTTP API answers: a host and a port, or off. It speaks no TLS: put "
        "a proxy before it.",
    )
    allowed_origins: str = Field(
        default="",
        description="Websites whose pages may call the API from a browser, with commas: "
        "https://practice.example. None unless given.",
    )
    trusted_proxies: str = Field(
        default="127.0.0.1,::1",
        description="Proxies whose X-Forwarded-For says where a request comes from, with commas: "
        "addresses or networks. All others are taken for the caller itself.",
    )
    requests_per_minute: Whole = Field(
        default=600, ge=1, le=1_000_000, description="How often each caller may come."
    )
    jwt_issuer: str = Field(
        default="",
        description="The identity provider whose JWTs are accepted beside tokens, as its `iss`.",
    )
    jwt_audience: str = Field(default="", description="What their `aud` must name.")
    jwt_algorithm: str = Field(
        default="RS256",
        description="How they are signed; no other way is accepted, whatever they say.",
    )
    jwt_jwks_url: str = Field(
        default="", description="Where the provider's public keys are: https://…/jwks.json."
    )
    jwt_secret: str = Field(
        default="",
        validate_default=True,
        description="For HS256 and its like, in place of jwt_jwks_url: where the shared secret is, "
        "as credential:NAME, file:/path or env:NAME.",
    )
    log_level: LogLevel = Field(
        default=LogLevel.INFO,
        description="debug, info, warning or error.",
    )
    log_format: LogFormat = Field(
        default=LogFormat.AUTO,
        description="auto, console, logfmt or json. auto: colours on a terminal, else logfmt.",
    )

    @field_validator("state_directory", mode="before")
    @classmethod
    def _whole_path(cls, value: object) -> Path:
        path = home_expanded(value) if isinstance(value, str | Path) else Path()
        if not path.is_absolute():
            raise ValueError("must be a whole path, beginning with /")
        return path

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        scheme = value.partition(":")[0].lower()
        if scheme in {"postgres", "pgsql"}:
            raise ValueError("must begin with postgresql://")
        if not re.match(r"(sqlite|postgresql)(\+\w+)?://", value):
            raise ValueError("must begin with sqlite:/// or postgresql://")
        if scheme.startswith("sqlite") and not re.match(r"sqlite(\+\w+)?:///.", value):
            raise ValueError("must name a file: sqlite:////var/lib/syncd/ledger.sqlite3")
        return value

    @field_validator("lease_ttl")
    @classmethod
    def _outlives_heartbeats(cls, value: timedelta, info: ValidationInfo) -> timedelta:
        heartbeat = info.data.get("heartbeat_every")
        if heartbeat is not None and value < 3 * heartbeat:
            raise ValueError("must be at least three times heartbeat_every")
        return value

    @field_validator("listen")
    @classmethod
    def _an_address(cls, value: str) -> str:
        host, _, port = value.rpartition(":")
        if value != "off" and not (host and port.isdecimal() and int(port) < 2**16):
            raise ValueError("must be a host and a port, such as 127.0.0.1:8470, or off")
        return value

    @field_validator("jwt_algorithm")
    @classmethod
    def _known_algorithm(cls, value: str) -> str:
        if value not in JWT_ALGORITHMS:
            raise ValueError(f"must be one of {', '.join(JWT_ALGORITHMS)}")
        return value

    @field_validator("jwt_secret")
    @classmethod
    def _whole_jwt_terms(cls, value: str, info: ValidationInfo) -> str:
        """The last of the keys that belong together: what they lack is said here."""
        said = {key: info.data.get(f"jwt_{key}") for key in ("issuer", "audience", "jwks_url")}
        if not value and not any(said.values()):
            return value
        if value and not is_secret_reference(value):
            raise ValueError("must say where the secret is: credential:NAME, file:/path, env:NAME")
        shared = str(info.data.get("jwt_algorithm", "")).startswith("HS")
        if bool(value) is not shared or bool(said["jwks_url"]) is shared:
            raise ValueError("is for HS256, HS384 and HS512; all others need jwt_jwks_url")
        if not (said["issuer"] and said["audience"]):
            raise ValueError("needs jwt_issuer and jwt_audience beside it")
        return value

    @property
    def practice_defaults(self) -> PracticeDefaults:
        """What practice.toml may leave out."""
        return PracticeDefaults(
            poll_every=self.poll_every,
            duration=timedelta(minutes=self.default_duration_minutes),
            number_prefix=self.number_prefix,
            notice=timedelta(hours=self.default_notice_hours),
            days_ahead=self.default_days_ahead or None,
            most_ahead=self.default_max_ahead_per_client or None,
        )

    @property
    def brake_limits(self) -> BrakeLimits:
        """How many removals at once need a person."""
        return BrakeLimits(count=self.brake_count, ratio=self.brake_ratio)

    def shown(self) -> dict[str, str | int | float]:
        """All settings as plain values for people to read; a password in an address is masked."""
        shown: dict[str, str | int | float] = {}
        for key, value in self:
            match value:
                case timedelta():
                    shown[key] = format_duration(value)
                case Path() | StrEnum():
                    shown[key] = str(value)
                case _:
                    shown[key] = value
        return shown | {"database_url": without_password(self.database_url)}


@dataclass(frozen=True, slots=True, kw_only=True)
class PracticeDefaults:
    """What an entry of practice.toml is given where it is silent."""

    poll_every: timedelta = timedelta(minutes=5)
    duration: timedelta = timedelta(minutes=30)
    number_prefix: str = "AID"
    notice: timedelta = timedelta(0)
    days_ahead: int | None = None
    most_ahead: int | None = None


def without_password(url: str) -> str:
    """A database address that may be shown: its password, if any, is `***`; so is what stands in a
    password's place where the host was forgotten."""
    shown = re.sub(r"(://[^:/@]*):.*@", r"\1:***@", url, flags=re.DOTALL)
    return re.sub(r"(://[^:/@]*):(?!\*\*\*@|\d*(?:[/?]|$)).*", r"\1:***", shown, flags=re.DOTALL)
