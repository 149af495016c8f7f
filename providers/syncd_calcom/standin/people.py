"""Who a key belongs to, its calendars, and new credentials for old ones.

Vendor pages; observed of `/me`, and of calendars where none is connected. An access token is
renewed for 30 minutes, a refreshed key lasts 30 days unless it is told otherwise, and either ends
the old one.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qsl

from syncd_calcom.standin.asked import Asked
from syncd_calcom.standin.availability import taking
from syncd_calcom.standin.messages import Answer, Json, success
from syncd_calcom.standin.moments import api_time, is_zone, parse
from syncd_calcom.standin.refusals import Envelope, Problem, Refusal, refused, wrong_list
from syncd_calcom.standin.rows import Key

_TOKEN_LASTS = timedelta(seconds=1800)
_KEY_LASTS_DAYS = 30


def me(asked: Asked) -> Answer:
    user, profile = asked.caller.known, asked.world.profile
    shown: Json = {
        "id": user.id,
        "username": user.username,
        "email": user.email,
        "timeZone": user.time_zone,
        "weekStart": user.week_start,
        "timeFormat": user.time_format,
        "defaultScheduleId": user.default_schedule_id,
        "organizationId": None,
    }
    if profile.shows_avatars:
        shown |= {"name": user.name, "avatarUrl": None, "bio": None}
    return success(shown)


def change_me(asked: Asked) -> Answer:
    body, user = asked.body, asked.caller.known
    if "timeZone" in body and not is_zone(body["timeZone"]):
        rule = {"isTimeZone": "timeZone must be a valid IANA time-zone"}
        problem = Problem(name="timeZone", constraints=rule, target=body, value=body["timeZone"])
        raise wrong_list([problem])
    user.time_zone = body.get("timeZone", user.time_zone)
    user.name = body.get("name", user.name)
    user.default_schedule_id = body.get("defaultScheduleId", user.default_schedule_id)
    return me(asked)


def calendars(_: Asked) -> Answer:
    return success({"connectedCalendars": [], "destinationCalendar": {}})


def connections(_: Asked) -> Answer:
    return success({"connections": []})


def conferencing(_: Asked) -> Answer:
    return success([])


def busy_times(asked: Asked) -> Answer:
    """Observed: asks for calendars by credential. None is connected here, so a credential is
    anybody else's, unless it is 0: then the host's own bookings answer, for tests of readers."""
    problems = [*_wrong_busy(asked)]
    if problems:
        raise wrong_list(problems)
    if asked.query("calendarsToLoad[0][credentialId]") != "0":
        raise refused(401, "These credentials do not belong to you")
    start, end = parse(asked.query("dateFrom")), parse(asked.query("dateTo"))
    assert start is not None
    assert end is not None
    found = [
        {"start": api_time(each.start), "end": api_time(each.end), "source": "standin"}
        for each in taking(asked.world, asked.caller.known)
        if each.start < end + timedelta(days=1) and each.end > start
    ]
    return success(found)


def _wrong_busy(asked: Asked) -> Iterator[Problem]:
    names = ("dateFrom", "dateTo")
    target: Json = {name: asked.query(name) for name in names if asked.query(name) is not None}
    if asked.query("loggedInUsersTz") is None and not asked.world.profile.edits_bookings:
        rule = {"isString": "loggedInUsersTz must be a string"}
        yield Problem(name="loggedInUsersTz", constraints=rule, target=target)
    for name in names:
        if parse(asked.query(name)) is None:
            rules = {
                "isDateString": f"{name} must be a valid ISO 8601 date string",
                "isString": f"{name} must be a string",
            }
            yield Problem(name=name, constraints=rules, target=target)
    if asked.query("calendarsToLoad[0][credentialId]") is None:
        rule = {"isArray": "calendarsToLoad must be an array"}
        yield Problem(name="calendarsToLoad", constraints=rule, target=target)


def refresh_key(asked: Asked) -> Answer:
    """The key that asked is gone with the answer."""
    world, old = asked.world, asked.caller.key
    assert old is not None
    days = asked.body.get("apiKeyDaysValid", _KEY_LASTS_DAYS)
    expires = None if asked.body.get("apiKeyNeverExpires") else world.now() + timedelta(days=days)
    token = f"{world.key_prefix}{world.mint.uid()}"
    del world.keys[old.token]
    world.keys[token] = Key(token=token, user_id=old.user_id, expires=expires)
    return success({"apiKey": token})


def exchange_token(asked: Asked) -> Answer:
    """RFC 6749 §6: a refresh token for a new pair, asked for as JSON or as a form. The old pair is
    good no more."""
    world, body = asked.world, asked.body or dict(parse_qsl(asked.call.body.decode()))
    if body.get("grant_type") != "refresh_token":
        raise _oauth("unsupported_grant_type", "only refresh_token is stood in for")
    given = body.get("refresh_token")
    old = next((each for each in world.keys.values() if each.refresh_token == given), None)
    if old is None or not given:
        raise _oauth("invalid_grant", "the refresh token is unknown")
    del world.keys[old.token]
    new = Key(
        token=world.mint.uid(),
        user_id=old.user_id,
        expires=world.now() + _TOKEN_LASTS,
        scopes=old.scopes,
        refresh_token=world.mint.uid(),
    )
    world.keys[new.token] = new
    shown = {"access_token": new.token, "refresh_token": new.refresh_token}
    return Answer(
        body=shown
        | {
            "token_type": "bearer",
            "expires_in": int(_TOKEN_LASTS.total_seconds()),
            "scope": " ".join(sorted(new.scopes or ())),
        }
    )


def _oauth(code: str, text: str) -> Refusal:
    return Refusal(400, text, envelope=Envelope.OAUTH, code=code)


def health(_: Asked) -> Answer:
    return Answer(text="OK", headers={"Content-Type": "text/html; charset=utf-8"})
