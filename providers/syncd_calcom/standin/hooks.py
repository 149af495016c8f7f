"""Webhook administration, of a user and of an event type, and the test delivery.

Vendor page; observed: the secret is shown in clear, any text passes for an address, an empty list
of triggers is taken, an address that a user has already is refused, by POST with 409 and by PATCH
with 500. Hosted refuses addresses that are not public and encrypted.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from urllib.parse import urlsplit

from syncd_calcom.standin.announcing import ping as ping_delivery
from syncd_calcom.standin.asked import Asked
from syncd_calcom.standin.messages import Answer, Json, Steps, success
from syncd_calcom.standin.moments import api_time
from syncd_calcom.standin.refusals import Problem, broken, refused, wrong_list
from syncd_calcom.standin.rows import EventType, Hook
from syncd_calcom.standin.world import World


def list_hooks(asked: Asked) -> Answer:
    """Observed: in the order of their ids."""
    user = asked.caller.known
    found = [each for each in asked.world.hooks.values() if each.user_id == user.id]
    skip, take = int(asked.query("skip") or 0), int(asked.query("take") or 250)
    page = sorted(found, key=lambda each: each.id)[skip : skip + take]
    return success([_shape(asked.world, each) for each in page])


def create_hook(asked: Asked) -> Answer:
    world, user = asked.world, asked.caller.known
    _check(asked)
    url = str(asked.body["subscriberUrl"])
    if any(each.user_id == user.id and each.url == url for each in world.hooks.values()):
        raise refused(409, "Webhook with this subscriber url already exists for this user")
    return success(_shape(world, _store(asked, user_id=user.id)), status=201)


def read_hook(asked: Asked) -> Answer:
    hook = _own(asked)
    if asked.world.profile.shows_avatars:
        return success(_shape(asked.world, hook))
    return success(_shape(asked.world, hook) | _whole(hook))


def change_hook(asked: Asked) -> Answer:
    hook = _own(asked)
    _check(asked, is_new=False)
    url = asked.body.get("subscriberUrl", hook.url)
    others = (each for each in asked.world.hooks.values() if each is not hook)
    if any(each.user_id == hook.user_id and each.url == url for each in others):
        raise broken()
    return _changed(asked, hook)


def delete_hook(asked: Asked) -> Answer:
    hook = _own(asked)
    del asked.world.hooks[hook.id]
    return success(_shape(asked.world, hook))


def list_type_hooks(asked: Asked) -> Answer:
    event_type = _own_type(asked)
    found = asked.world.hooks.values()
    owned = [_shape(asked.world, each) for each in found if each.event_type_id == event_type.id]
    return success(owned)


def create_type_hook(asked: Asked) -> Answer:
    event_type = _own_type(asked)
    _check(asked)
    hook = _store(asked, event_type_id=event_type.id)
    return success(_shape(asked.world, hook), status=201)


def read_type_hook(asked: Asked) -> Answer:
    _own_type(asked)
    return success(_shape(asked.world, _existing(asked)))


def change_type_hook(asked: Asked) -> Answer:
    _own_type(asked)
    _check(asked, is_new=False)
    return _changed(asked, _existing(asked))


def delete_type_hook(asked: Asked) -> Answer:
    _own_type(asked)
    hook = _existing(asked)
    del asked.world.hooks[hook.id]
    return success(_shape(asked.world, hook))


def _changed(asked: Asked, hook: Hook) -> Answer:
    body = asked.body
    hook.url = body.get("subscriberUrl", hook.url)
    hook.is_active = body.get("active", hook.is_active)
    hook.triggers = list(body.get("triggers", hook.triggers))
    hook.secret = body.get("secret", hook.secret)
    hook.template = body.get("payloadTemplate", hook.template)
    hook.version = body.get("version", hook.version)
    return success(_shape(asked.world, hook))


def ping(world: World, hook: Hook) -> Steps:
    """What the button "test" of the settings page sends; API v2 has no call for it."""
    now = world.now()
    payload: Json = {
        "type": "Test",
        "title": "Test trigger event",
        "description": "",
        "startTime": api_time(now),
        "endTime": api_time(now),
        "attendees": [
            {
                "email": "attendee@example.test",
                "name": "Test Attendee",
                "timeZone": "UTC",
                "language": {"locale": "en"},
            }
        ],
        "organizer": {
            "name": "Test Organizer",
            "email": "",
            "timeZone": "UTC",
            "language": {"locale": "en"},
        },
    }
    body = {"triggerEvent": "PING", "createdAt": api_time(now), "payload": payload}
    yield ping_delivery(world, hook, body)
    return success({"sent": True})


def _store(asked: Asked, *, user_id: int | None = None, event_type_id: int | None = None) -> Hook:
    body = asked.body
    hook = Hook(
        id=asked.world.mint.uuid(),
        url=str(body["subscriberUrl"]),
        triggers=list(body["triggers"]),
        created_at=asked.world.now(),
        is_active=body["active"],
        secret=body.get("secret"),
        template=body.get("payloadTemplate"),
        user_id=user_id,
        event_type_id=event_type_id,
        version=body.get("version"),
    )
    asked.world.hooks[hook.id] = hook
    return hook


def _check(asked: Asked, *, is_new: bool = True) -> None:
    problems = [*_wrong(asked, is_new=is_new)]
    if problems:
        raise wrong_list(problems)
    url = asked.body.get("subscriberUrl")
    if asked.world.profile.refuses_private_subscribers and url and not _is_public(str(url)):
        raise refused(400, "Webhook URL is not allowed: it must be public and use https")


def _wrong(asked: Asked, *, is_new: bool) -> Iterator[Problem]:
    body, known = asked.body, asked.world.profile.triggers
    if is_new and not isinstance(body.get("active"), bool):
        rule = {"isBoolean": "active must be a boolean value"}
        yield Problem(name="active", constraints=rule, target=body)
    if is_new and not isinstance(body.get("subscriberUrl"), str):
        rule = {"isString": "subscriberUrl must be a string"}
        yield Problem(name="subscriberUrl", constraints=rule, target=body)
    triggers = body.get("triggers", None if is_new else [])
    if not isinstance(triggers, list) or not set(triggers) <= set(known):
        text = f"each value in triggers must be one of the following values: {', '.join(known)}"
        yield Problem(name="triggers", constraints={"isEnum": text}, target=body, value=triggers)


def _is_public(url: str) -> bool:
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        return parts.scheme == "https" and ipaddress.ip_address(host).is_global
    except ValueError:
        return parts.scheme == "https" and host != "localhost"


def _own(asked: Asked) -> Hook:
    hook, user = _existing(asked), asked.caller.known
    if hook.user_id != user.id:
        text = f"user with id=({user.id}) is not the owner of webhook with id=({hook.id})"
        raise refused(403, f"IsUserWebhookGuard - {text}")
    return hook


def _existing(asked: Asked) -> Hook:
    number = asked.parameters["webhookId"]
    hook = asked.world.hooks.get(number)
    if hook is None:
        raise refused(404, f"Webhook ({number}) not found")
    return hook


def _own_type(asked: Asked) -> EventType:
    number, user = asked.parameters["eventTypeId"], asked.caller.known
    found = asked.world.event_types.get(int(number)) if number.isdecimal() else None
    if found is None:
        raise refused(404, f"Event type ({number}) not found")
    if found.owner_id != user.id:
        text = f"User ({user.id}) is not the owner of event type ({number})"
        raise refused(403, f"IsUserEventTypeWebhookGuard - {text}")
    return found


def _shape(world: World, hook: Hook) -> Json:
    shown: Json = {
        "id": hook.id,
        "subscriberUrl": hook.url,
        "active": hook.is_active,
        "triggers": list(hook.triggers),
        "secret": hook.secret,
        "payloadTemplate": hook.template,
    }
    if world.profile.webhook_version is not None:
        shown["version"] = hook.version or world.profile.webhook_version
    if hook.event_type_id is not None:
        return shown | {"eventTypeId": hook.event_type_id}
    return shown | {"userId": hook.user_id}


def _whole(hook: Hook) -> Json:
    """Observed of one that is read alone: the whole row of the database."""
    empty = dict.fromkeys(("appId", "eventTypeId", "oAuthClientId", "teamId", "time", "timeUnit"))
    return empty | {"createdAt": api_time(hook.created_at), "platform": False}
