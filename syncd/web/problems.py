"""What is answered when something is refused: RFC 9457 problem documents, and their HTTP statuses.

One table says which refusal is which status; nowhere else is a status chosen for an error. `code`
is stable and language-free; `title` is a person's language (`texts`); `detail` is English and for
developers. Nothing of a request is repeated in an answer.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response

from syncd.core.errors import (
    BookingOff,
    Broken,
    Forbidden,
    HoldExpired,
    IdempotencyMismatch,
    Invalid,
    NeedsLogin,
    NoRelationship,
    NotPermitted,
    PastTime,
    RateLimited,
    ReasonRequired,
    Refused,
    Rejected,
    SlotTaken,
    SyncdError,
    TooOften,
    Transient,
    Unauthenticated,
    Unavailable,
    Unknown,
    Unsupported,
    VersionConflict,
)
from syncd.web.texts import title_of

MEDIA_TYPE = "application/problem+json"


class Malformed(Refused):
    """The body is not what its media type says."""

    code = "MALFORMED"


class TooLarge(Refused):
    """The body is larger than anything that is asked for here."""

    code = "BODY_TOO_LARGE"


class TooSlow(Refused):
    """The body takes longer than anybody's line does."""

    code = "REQUEST_TIMEOUT"


class NoRoute(Refused):
    """There is nothing at that address."""

    code = "NOT_FOUND"


class WrongMethod(Refused):
    """The address does not know that method."""

    code = "METHOD_NOT_ALLOWED"


class UnknownAction(Refused):
    """The action table has no such action."""

    code = "UNKNOWN_ACTION"


class Throttled(Unavailable):
    """More requests than anybody needs."""

    code = "TOO_MANY_REQUESTS"


class IdentityAway(Unavailable):
    """Whether a JWT is genuine cannot be told now."""

    code = "IDENTITY_UNAVAILABLE"


class NotJson(Refused):
    """A body that is no JSON, or is not said to be."""

    code = "UNSUPPORTED_MEDIA_TYPE"


class NotProven(Refused):
    """A delivery that no secret of ours signed, or to nobody."""

    code = "NOT_PROVEN"


class Internal(Broken):
    """A mistake of ours."""

    code = "INTERNAL"


STATUSES: dict[type[SyncdError], int] = {
    Malformed: 400,
    UnknownAction: 400,
    Unauthenticated: 401,
    NotPermitted: 403,
    NotProven: 403,
    BookingOff: 403,
    NoRelationship: 403,
    Unknown: 404,
    NoRoute: 404,
    WrongMethod: 405,
    Refused: 409,
    HoldExpired: 410,
    VersionConflict: 412,
    TooSlow: 408,
    TooLarge: 413,
    NotJson: 415,
    Invalid: 422,
    PastTime: 422,
    ReasonRequired: 422,
    IdempotencyMismatch: 422,
    Throttled: 429,
    TooOften: 429,
    Broken: 500,
    NeedsLogin: 503,
    Forbidden: 503,
    Rejected: 503,
    Unsupported: 503,
    Unavailable: 503,
    SyncdError: 500,
}
"""The nearest class in this table says it."""
_CODES: dict[type[SyncdError], str] = {
    TooOften: "RATE_LIMITED",
    Throttled: "RATE_LIMITED",
    RateLimited: Transient.code,
    NeedsLogin: Transient.code,
    Forbidden: Transient.code,
    Rejected: Transient.code,
}
"""Where the door tells less than the ledger knows, or what callers call it."""
_SHOWN_FOR = (Refused, Throttled, TooOften)
"""Whose words are a caller's business; a ledger's may name a server."""
RETRY_AFTER = 5
"""Seconds, where nothing better is known."""
PAST_FIELD = "start"


def status_of(exc: SyncdError) -> int:
    return next(STATUSES[each] for each in type(exc).__mro__ if each in STATUSES)


def code_of(exc: SyncdError) -> str:
    """The code as it is answered."""
    if isinstance(exc, SlotTaken) and exc.resource == "client":
        return "CLIENT_BUSY"
    if isinstance(exc, Unknown) and exc.what == "practitioner":
        return "PRACTITIONER_NOT_FOUND"
    return _CODES.get(type(exc), exc.code)


def problem(exc: SyncdError, language: str, *, more: Mapping[str, Any] | None = None) -> Response:
    """The answer to a request that ended with this error."""
    status, code = status_of(exc), code_of(exc)
    body: dict[str, Any] = {
        "type": f"urn:syncd:problem:{code.lower().replace('_', '-')}",
        "title": title_of(code, status, language),
        "status": status,
        "code": code,
    }
    if isinstance(exc, _SHOWN_FOR) and code != Transient.code:
        body["detail"] = str(exc)
    if isinstance(exc, Invalid):
        body["errors"] = _by_field([(each.where, each.what) for each in exc.problems])
    if isinstance(exc, PastTime):
        body["errors"] = {PAST_FIELD: [str(exc)]}
    if isinstance(exc, ReasonRequired):
        body["errors"] = {"reason": [str(exc)]}
    headers = {"Content-Language": language}
    if isinstance(exc, Unavailable):
        after = exc.retry_after.total_seconds() if exc.retry_after else RETRY_AFTER
        headers["Retry-After"] = str(max(1, round(after)))
    if isinstance(exc, Unauthenticated):
        headers["WWW-Authenticate"] = 'Bearer realm="syncd"'
    return Response(
        json.dumps({**body, **(more or {})}, ensure_ascii=False),
        status_code=status,
        media_type=MEDIA_TYPE,
        headers=headers,
    )


def _by_field(found: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    for where, what in found:
        errors.setdefault(where or "request", []).append(what)
    return errors
