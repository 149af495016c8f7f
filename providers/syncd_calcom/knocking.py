"""Send a test delivery as Cal.com's settings page would, from here: its API has no call for that.

Signed like the real ones, without anybody's booking in it. Follows no redirect, for Cal.com does
not either, and uses no proxy of the environment. Never raises: what went wrong is in the answer.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime

import httpx

from syncd.accounts import Knock
from syncd_calcom.answers import parsed
from syncd_calcom.client import trust
from syncd_calcom.hook_setup import VERSION as HOOK_VERSION
from syncd_calcom.hooks import SIGNATURE, VERSION, signature

_SECONDS = 10.0
_MOST_BYTES = 64 << 10


def knock(
    address: str,
    secret: str,
    *,
    sent_at: datetime,
    nonce: str,
    ca_file: str | None = None,
    transport: httpx.BaseTransport | None = None,
) -> Knock:
    """`nonce` makes it a delivery of its own; `ca_file` is believed beside the system's."""
    body = _body(sent_at, nonce)
    headers = {
        "content-type": "application/json",
        SIGNATURE: signature(secret.encode(), body).decode(),
        VERSION: HOOK_VERSION,
    }
    try:
        with (
            httpx.Client(
                transport=transport,
                verify=trust(ca_file),
                timeout=_SECONDS,
                trust_env=False,
                follow_redirects=False,
            ) as http,
            http.stream("POST", address, content=body, headers=headers) as answer,
        ):
            code = _code_in(_beginning(answer))
            return Knock(body=body, headers=headers, status=answer.status_code, code=code)
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as exc:
        return Knock(body=body, headers=headers, trouble=_why(exc))


def _body(sent_at: datetime, nonce: str) -> bytes:
    now = sent_at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    payload = {
        "type": "Test",
        "title": f"syncd tries out its webhook {nonce}",
        "description": "",
        "startTime": now,
        "endTime": now,
        "attendees": [],
        "organizer": {
            "name": "syncd",
            "email": "",
            "timeZone": "UTC",
            "language": {"locale": "en"},
        },
    }
    return json.dumps({"triggerEvent": "PING", "createdAt": now, "payload": payload}).encode()


def _beginning(answer: httpx.Response) -> bytes:
    found = b""
    for chunk in answer.iter_bytes():
        found += chunk
        if len(found) > _MOST_BYTES:
            break
    return found


def _code_in(body: bytes) -> str:
    document = parsed(body)
    code = document.get("code") if isinstance(document, dict) else None
    return code if isinstance(code, str) and code.isascii() and len(code) <= 64 else ""


def _why(exc: Exception) -> str:
    told = str(exc).lower()
    if isinstance(exc, httpx.TimeoutException):
        return f"no answer within {_SECONDS:.0f} seconds"
    if "certificate" in told:
        return "its certificate is not one that this machine believes"
    if "name or service" in told or "no address" in told or "name resolution" in told:
        return "its name is not known to this machine"
    if isinstance(exc, httpx.ConnectError):
        return "nobody answers there, as seen from this machine"
    return "the connection broke off without an answer"
