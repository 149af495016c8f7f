"""Who is told, and the requests that tell them: selected, rendered, signed, and spoilt on demand.

Vendor guide to webhooks; observed: the webhooks of the host and of the event type, one address
twice if it stands in both; the signature is the hexadecimal HMAC-SHA256 of the raw body, or a
literal where there is no secret; a template replaces the body, and one that is no JSON is sent as a
form.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Iterator

from syncd_calcom.standin.messages import Deliver, Delivery, Json
from syncd_calcom.standin.moments import api_time
from syncd_calcom.standin.rows import Booking, Hook
from syncd_calcom.standin.world import World

UNSIGNED = "no-secret-provided"
_FIELD = re.compile(r"{{\s*([\w.-]+)\s*}}")
_ESCAPED = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;", "`": "&#x60;"}


def announce(world: World, booking: Booking, trigger: str, payload: Json) -> Deliver:
    """The deliveries of one piece of news; none where nobody subscribed."""
    found: list[Delivery] = []
    for hook in subscribers(world, booking, trigger):
        body: Json = {
            "triggerEvent": trigger,
            "createdAt": api_time(world.now()),
            "payload": payload,
        }
        found += spoilt(world, _delivery(world, hook, body))
    return Deliver(tuple(found))


def subscribers(world: World, booking: Booking, trigger: str) -> list[Hook]:
    return [
        each
        for each in world.hooks.values()
        if each.is_active
        and trigger in each.triggers
        and (
            each.user_id == booking.host_id
            or (each.event_type_id is not None and each.event_type_id == booking.event_type_id)
        )
    ]


def ping(world: World, hook: Hook, body: Json) -> Deliver:
    """A delivery whatever the webhook's triggers are."""
    return Deliver((_delivery(world, hook, body),))


def flat(world: World, hook: Hook, trigger: str, row: Json) -> Delivery:
    """A payload without an envelope; templates do not apply."""
    return _signed(world, hook, trigger, _dumped({"triggerEvent": trigger, **row}))


def _delivery(world: World, hook: Hook, body: Json) -> Delivery:
    trigger, payload = body["triggerEvent"], body["payload"]
    if not hook.template:
        return _signed(world, hook, trigger, _dumped(body))
    known = {"triggerEvent": trigger, "createdAt": body["createdAt"], **payload}
    text = _FIELD.sub(lambda match: _rendered(known, match[1]), hook.template)
    return _signed(world, hook, trigger, text.encode(), is_json=_is_json(hook.template))


def _signed(
    world: World, hook: Hook, trigger: str, body: bytes, *, is_json: bool = True
) -> Delivery:
    kind = "application/json" if is_json else "application/x-www-form-urlencoded"
    headers = {"Content-Type": kind, "X-Cal-Signature-256": signature(hook.secret, body)}
    version = hook.version or world.profile.webhook_version
    if version is not None:
        headers["X-Cal-Webhook-Version"] = version
    return Delivery(url=hook.url, body=body, headers=headers, trigger=trigger)


def signature(secret: str | None, body: bytes) -> str:
    if not secret:
        return UNSIGNED
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def spoilt(world: World, delivery: Delivery) -> list[Delivery]:
    """What is sent now: nothing, this, this twice, or this and one that somebody forged."""
    faults, chances = world.faults, world.faults.hooks
    found = [delivery]
    if faults.strikes("forged", chances.forged):
        found.insert(0, _forged(delivery))
    if faults.strikes("dropped", chances.dropped):
        found.remove(delivery)
    elif faults.strikes("duplicated", chances.duplicated):
        found.append(delivery)
    if faults.strikes("delayed", chances.delayed):
        world.held += [each for each in found if not each.is_forged]
        found = [each for each in found if each.is_forged]
    return found


def _forged(delivery: Delivery) -> Delivery:
    body = delivery.body.replace(b"ACCEPTED", b"CANCELLED").replace(b"CREATED", b"CANCELLED")
    headers = {**delivery.headers, "X-Cal-Signature-256": signature("not the secret", body)}
    return Delivery(
        url=delivery.url, body=body, headers=headers, trigger=delivery.trigger, is_forged=True
    )


def release(world: World) -> Iterator[Deliver]:
    """What was kept back, one after the other, in any order if it is to be shuffled."""
    held, world.held = world.held, []
    while held:
        place = int(world.mint.chance("shuffled") * len(held)) if _shuffles(world) else 0
        yield Deliver((held.pop(place),))


def _shuffles(world: World) -> bool:
    return world.faults.hooks.is_shuffled


def _dumped(body: Json) -> bytes:
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()


def _is_json(template: str) -> bool:
    try:
        json.loads(template)
    except ValueError:
        return False
    return True


def _rendered(known: Json, path: str) -> str:
    """Of `{{path}}`: steps with points, numbers for the places of a list, nothing if unknown."""
    found: object = known
    for step in path.split("."):
        match found:
            case dict():
                found = found.get(step)
            case list() if step.isdecimal() and int(step) < len(found):
                found = found[int(step)]
            case _:
                return ""
    text = "" if found is None else str(found)
    return "".join(_ESCAPED.get(letter, letter) for letter in text)
