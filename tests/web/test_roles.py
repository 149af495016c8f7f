"""The table of who may do what, made from the served document: each route, as each kind of caller,
about their own, another's and nothing."""

import itertools
from dataclasses import replace
from datetime import date

import pytest
from starlette.routing import Route

from syncd.core.conflict import ConflictField, ConflictRecord
from syncd.core.ids import (
    AppointmentId,
    CalendarId,
    ClientId,
    ConflictId,
    PractitionerId,
    RelationshipId,
)
from syncd.core.practice import Keeper, StalePolicy
from syncd.core.relations import Relationship
from syncd.core.schedule import ScheduleException
from syncd.testing.builders import NINE, a_calendar
from syncd.web import create_app

from .conftest import CAUSE, JANE, mould

CALLERS = ("admin", "patel", "owl", "jane", "john", "mother", "website", "visitor", None)
STAFF = {"admin", "patel", "owl"}
KNOWN = {*STAFF, "jane", "john", "mother"}
EVERYBODY = {*KNOWN, "website", "visitor"}
OWN = {"admin", "patel", "jane", "mother"}
"""Whose the appointment is that the table is about."""

MAY = {
    ("GET", "/me"): EVERYBODY,
    ("GET", "/activities"): STAFF,
    ("GET", "/activities/public"): EVERYBODY,
    ("GET", "/activities/{activity_id}"): STAFF,
    ("POST", "/activities"): {"admin"},
    ("PUT", "/activities/{activity_id}"): {"admin"},
    ("DELETE", "/activities/{activity_id}"): {"admin"},
    ("GET", "/availability"): {"admin", "patel"},
    ("PUT", "/availability"): {"admin", "patel"},
    ("POST", "/availability/windows"): {"admin", "patel"},
    ("PUT", "/availability/windows/{window_id}"): {"admin", "patel"},
    ("DELETE", "/availability/windows/{window_id}"): {"admin", "patel"},
    ("PUT", "/availability/exceptions/{exception_id}"): {"admin", "patel"},
    ("DELETE", "/availability/exceptions/{exception_id}"): {"admin", "patel"},
    ("GET", "/practitioners"): EVERYBODY,
    ("GET", "/rooms"): EVERYBODY,
    ("GET", "/settings/booking"): EVERYBODY,
    ("PUT", "/settings/booking"): {"admin"},
    ("GET", "/slots"): EVERYBODY,
    ("GET", "/slots/explain"): EVERYBODY,
    ("POST", "/appointments"): EVERYBODY - {"visitor"},
    ("POST", "/holds"): KNOWN,
    ("GET", "/appointments"): KNOWN,
    ("GET", "/appointments/{which}"): OWN,
    ("GET", "/appointments/{which}.ics"): OWN,
    ("GET", "/appointments/{which}/history"): {"admin", "patel"},
    ("POST", "/appointments/{which}/actions"): OWN,
    ("GET", "/calendar"): STAFF,
    ("GET", "/calendars"): STAFF,
    ("POST", "/calendars/{calendar_id}/actions"): {"admin"},
    ("GET", "/conflicts"): STAFF,
    ("POST", "/conflicts/{conflict_id}/resolve"): {"admin", "patel"},
    ("GET", "/clients"): KNOWN,
    ("POST", "/clients"): {"admin"},
    ("GET", "/clients/{client_id}"): {"admin", "patel"},
    ("PUT", "/clients/{client_id}"): {"admin"},
    ("GET", "/clients/{client_id}/export"): {"admin"},
    ("DELETE", "/clients/{client_id}"): {"admin"},
    ("GET", "/relationships"): KNOWN,
    ("POST", "/relationships"): {"admin"},
    ("GET", "/relationships/{relationship_id}"): OWN,
    ("DELETE", "/relationships/{relationship_id}"): {"admin"},
}
"""Who is let through, and not told 401, 403 or 404."""
CONFLICT = "conflict-1"
RELATIONSHIP = "relationship-1"
QUERIES = {
    "/slots": "?activityId=consultation&start=2031-03-03&end=2031-03-03",
    "/slots/explain": "?activityId=consultation&practitionerId=dr-patel&start=2031-03-03T09:00:00Z",
    **dict.fromkeys(
        (
            "/availability",
            "/availability/windows",
            "/availability/windows/{window_id}",
            "/availability/exceptions/{exception_id}",
        ),
        "?practitionerId=dr-patel",
    ),
    "/calendar": "?start=2031-03-03&end=2031-03-03",
}


def routes(door):
    document = door.get("/openapi.json").json()
    for path, methods in document["paths"].items():
        if path.startswith("/api/v1"):
            for method in methods:
                yield method.upper(), path.removeprefix("/api/v1")


def as_a_visitor(door):
    """Somebody who booked on the website, at another time."""
    guest = {"name": "Vi", "email": "vi@example.org"}
    door.tokens["visitor"] = door.book("website", "2031-03-05T09:00:00+01:00", client=guest).json()[
        "key"
    ]


def kept_here(tx):
    """Hours and an activity that HTTP may change."""
    patel, consultation = tx.practitioner("dr-patel"), tx.activity("consultation")
    off = ScheduleException(day=date(2031, 12, 24))
    hours = replace(patel.hours, exceptions=(off,))
    tx.save_practitioner(replace(patel, hours=hours, hours_kept_by=Keeper.HTTP), CAUSE)
    tx.save_activity(replace(consultation, kept_by=Keeper.HTTP), CAUSE)


def dispute(door, which):
    relationship = Relationship(
        id=RelationshipId(RELATIONSHIP),
        practitioner_id=PractitionerId("dr-patel"),
        client_id=ClientId(door.get("/me", "jane").json()["clientId"]),
        since=NINE,
    )
    record = ConflictRecord(
        id=ConflictId(CONFLICT),
        appointment_id=AppointmentId(which),
        calendar_id=CalendarId("patel-main"),
        field=ConflictField.STATUS,
        base=None,
        ledger=None,
        remote=None,
        since=NINE,
    )

    def work(tx):
        kept_here(tx)
        tx.save_calendar(a_calendar(stale_policy=StalePolicy.TENTATIVE), CAUSE)
        tx.open_conflict(record, CAUSE)
        tx.save_relationship(relationship, CAUSE, action="begin")

    door.around.ledger.write(work)


def ask(door, who, method, path, which, client):
    body = {
        "/appointments": {
            "activityId": "consultation",
            "practitionerId": "dr-owl" if who == "owl" else "dr-patel",
            "start": "2031-03-03T15:00:00+01:00",
            **({} if who in ("jane", "john", "mother") else {"client": JANE}),
        },
        "/appointments/{which}/actions": {"action": "cancel"},
        "/settings/booking": {"enabled": True},
        "/activities": {"name": "Lesson", "durationMinutes": 30},
        "/activities/{activity_id}": {"name": "Lesson", "durationMinutes": 30},
        "/availability": {
            "weeklySlots": [{"day": "sun", "startTime": "09:00", "endTime": "12:00"}]
        },
        "/availability/windows": {"day": "sun", "startTime": "09:00", "endTime": "12:00"},
        "/availability/windows/{window_id}": {
            "day": "sun",
            "startTime": "09:00",
            "endTime": "12:00",
        },
        "/availability/exceptions/{exception_id}": {"closed": True},
        "/calendars/{calendar_id}/actions": {"action": "resync"},
        "/conflicts/{conflict_id}/resolve": {"take": "ledger"},
        "/clients": {"name": "Ben Doe", "email": "ben@example.org"},
        "/clients/{client_id}": {"name": "Ben Doe", "email": "ben@example.org"},
        "/relationships": {"practitionerId": "dr-owl", "clientId": client},
    }
    body["/holds"] = body["/appointments"]
    filled = path.format(
        which=which,
        client_id=client,
        activity_id="consultation",
        calendar_id="patel-main",
        conflict_id=CONFLICT,
        relationship_id=RELATIONSHIP,
        window_id="mon-0900-1700",
        exception_id="2031-12-24",
    )
    more = {"json": body[path]} if method in ("POST", "PUT") else {}
    return door.ask(method, filled + QUERIES.get(path, ""), who, **more)


BESIDE = {
    ("GET", "/livez"),
    ("GET", "/readyz"),
    ("GET", "/feeds/{token}.ics"),
    ("POST", "/webhooks/{provider}/{calendar}"),
    ("POST", "/webhooks/{alias}"),
    ("GET", "/api/v1/openapi.json"),
    ("HEAD", "/api/v1/openapi.json"),
}
"""What asks for no credential of the API: machines that watch, programs whose address is a secret,
senders whose deliveries are signed."""


def test_the_table_names_every_route_that_is_served(door):
    assert set(routes(door)) == set(MAY)


def test_whatever_else_is_served_is_named_too(door):
    document = door.get("/openapi.json").json()["paths"]
    told = {
        (method.upper(), path)
        for path, methods in document.items()
        for method in methods
        if not path.startswith("/api/v1")
    }
    plain = [each for each in create_app(door.office).routes if isinstance(each, Route)]

    assert told | {(method, each.path) for each in plain for method in each.methods} == BESIDE


def test_nobodys_token_opens_the_door_for_deliveries(door):
    door.around.ledger.write(lambda tx: tx.save_calendar(a_calendar(), CAUSE))

    for who in door.tokens:
        headers = {"Authorization": f"Bearer {door.tokens[who]}"}
        answer = door.http.post("/webhooks/calcom/patel-main", json={}, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "NOT_PROVEN")


@pytest.fixture(scope="module")
def busy(tmp_path_factory):
    """A clinic where there is something to do on each route, with whose client and appointment."""

    def furnish(door):
        as_a_visitor(door)
        made = door.booked("jane", "2031-03-04T09:00:00+01:00")
        other = door.booked(
            "admin", "2031-03-04T10:00:00+01:00", client={"name": "Al", "email": "a@b.c"}
        )
        door.act(other["id"], "cancel")
        dispute(door, made["id"])
        return made["id"], other["client"]["id"]

    return mould(tmp_path_factory.mktemp("busy"), furnish)


@pytest.mark.parametrize(("who", "route"), list(itertools.product(CALLERS, MAY)))
def test_each_caller_may_what_the_table_says(busy, tmp_path, who, route):
    which, client = busy.made
    with busy.copy(tmp_path) as door:
        answer = ask(door, who, *route, which, client)

    if who is None:
        assert answer.status_code == 401
    elif who in MAY[route]:
        assert answer.status_code < 300, answer.text
    else:
        assert answer.status_code in (403, 404)


@pytest.mark.parametrize(
    ("who", "route"),
    [
        (who, route)
        for who, route in itertools.product(CALLERS, MAY)
        if "{which}" in route[1] and who not in (None, "admin")
    ],
)
def test_absent_and_another_ones_are_answered_alike(door, who, route):
    as_a_visitor(door)
    another = door.booked(
        "admin",
        "2031-03-04T10:00:00+01:00",
        client={"name": "Al", "email": "a@b.c"},
        practitionerId="dr-owl" if who == "patel" else "dr-patel",
    )
    if who == "owl":
        assert another["practitionerId"] == "dr-patel"

    theirs = ask(door, who, *route, another["id"], "x")
    absent = ask(door, who, *route, "absent", "x")

    assert theirs.status_code == absent.status_code
    assert theirs.status_code in (403, 404)
    assert theirs.text.replace(another["id"], "absent") == absent.text


def test_a_public_practice_lets_anybody_do_what_its_website_may(door):
    door.practice_is(public_booking=True)

    for method, path in MAY:
        anybody = ask(door, None, method, path, "absent", "x").status_code
        website = ask(door, "website", method, path, "absent", "x").status_code
        if (method, path) != ("POST", "/appointments"):
            assert anybody == website, path
