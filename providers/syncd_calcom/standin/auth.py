"""Who asks, and what each kind of route lets in.

Vendor pages on API keys and OAuth 2; observed: `Bearer` counts capitals, a bare key is accepted,
anything that lacks the keys' prefix is taken for an access token and repeated in the refusal, and a
key that is known to be wrong is refused where none is needed.
"""

from __future__ import annotations

from enum import StrEnum

from syncd_calcom.standin.asked import Caller
from syncd_calcom.standin.messages import Call
from syncd_calcom.standin.refusals import refused
from syncd_calcom.standin.rows import Key
from syncd_calcom.standin.world import World


class Access(StrEnum):
    """`OPEN`: no key is needed. `GUARDED`: 403 without one. `KEYED`: 401 without one."""

    OPEN = "open"
    GUARDED = "guarded"
    KEYED = "keyed"


def token_of(call: Call) -> str:
    return call.headers.get("authorization", "").removeprefix("Bearer ")


def is_key(token: str, world: World) -> bool:
    return token.startswith(world.key_prefix)


def check_key(call: Call, world: World) -> None:
    """Refuse a key that nobody has, before it counts for any limit."""
    token = token_of(call)
    if is_key(token, world) and token not in world.keys:
        raise refused(401, "CustomThrottlerGuard - Invalid API Key")


def identify(call: Call, world: World, access: Access, scope: str) -> Caller:
    """Whoever asks. Raises Refusal where the route does not let them in."""
    token = token_of(call)
    key = world.keys.get(token)
    if not token:
        return _nobody(access)
    if key is None:
        if access is Access.GUARDED:
            raise refused(403, f"PermissionsGuard - no oAuth client found for access token={token}")
        raise refused(401, "ApiAuthStrategy - access token - Invalid access token")
    if key.expires is not None and key.expires <= world.now():
        kind = (
            "api key - Your api key" if key.scopes is None else "access token - Your access token"
        )
        raise refused(401, f"ApiAuthStrategy - {kind} is expired")
    _check_scope(key, scope)
    return Caller(user=world.users[key.user_id], key=key)


def _nobody(access: Access) -> Caller:
    match access:
        case Access.OPEN:
            return Caller()
        case Access.GUARDED:
            raise refused(403, "PermissionsGuard - no authentication provided")
        case Access.KEYED:
            raise refused(401, "ApiAuthStrategy - No authentication method provided")


def _check_scope(key: Key, scope: str) -> None:
    if key.scopes is not None and scope and scope not in key.scopes:
        raise refused(403, f"insufficient_scope: token does not have the required scope {scope}")
