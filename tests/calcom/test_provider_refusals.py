"""Each refusal that a real server was seen to give, or its vendor describes, row by row."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest
from calcom_answers import bare, framework, oauth

from syncd.core.errors import Forbidden, NeedsLogin, RateLimited, Rejected, Transient
from syncd_calcom.answers import Answer, Envelope, complaint_of
from syncd_calcom.failures import TABLE, failure, is_absence


def judged(response):
    answer = Answer(what="a booking", status=response.status_code, body=response.content)
    return failure(answer, wait=timedelta(seconds=60))


ODD = {
    "host is busy": (
        framework(400, "User either already has booking at this time or is not available"),
        Rejected,
    ),
    "a host of the team is busy": (
        framework(400, "One of the hosts either already has booking at this time"),
        Rejected,
    ),
    "in the past": (framework(400, "Attempting to book a meeting in the past."), Rejected),
    "out of bounds": (
        framework(400, 'The event type can\'t be booked at the "start" time provided'),
        Rejected,
    ),
    "ended": (bare(400, "Cannot cancel a booking that has already ended"), Rejected),
    "reason wanted": (
        bare(400, "Cancellation reason is required when you are the host"),
        Rejected,
    ),
    "cancelling forbidden": (
        bare(400, "This event type does not allow cancellations"),
        Rejected,
    ),
    "moved before": (
        framework(400, "Can't reschedule booking with uid=x because it has been cancelled"),
        Rejected,
    ),
    "unknown property": (framework(400, "property allowConflicts should not exist"), Rejected),
    "validation in a list": (
        framework(400, "Bad Request Exception", details={"errors": [{"property": "start"}]}),
        Rejected,
    ),
    "answers of a form": (
        framework(400, "responses - {phone}error_required_field, ", code="BAD_REQUEST"),
        Rejected,
    ),
    "bad request of confirm": (
        framework(400, "Bad request: Please check", code="TRPCError"),
        Rejected,
    ),
    "a full day says 401": (bare(401, "booking_limit_reached"), Rejected),
    "confirm of a stranger's": (
        framework(401, "You are not authorized to access this resource", code="TRPCError"),
        Rejected,
    ),
    "not the host": (bare(401, "User not a host of this event"), Rejected),
    "key invalid": (
        framework(401, "CustomThrottlerGuard - Invalid API Key", code="UnauthorizedException"),
        NeedsLogin,
    ),
    "key expired": (
        framework(401, "ApiAuthStrategy - api key - Your api key is expired"),
        NeedsLogin,
    ),
    "token bad": (oauth(401, "invalid_token"), NeedsLogin),
    "401 of a proxy": (httpx.Response(401, text="<html>"), NeedsLogin),
    "token unknown": (
        framework(403, "PermissionsGuard - no oAuth client found for access token=secret"),
        NeedsLogin,
    ),
    "scope missing": (
        framework(403, "insufficient_scope: token does not have the required scope BOOKING_WRITE"),
        Forbidden,
    ),
    "scope missing, by OAuth": (oauth(403, "insufficient_scope"), Forbidden),
    "not a host": (framework(403, "User is not a host of booking with uid=x"), Rejected),
    "403 of a proxy": (httpx.Response(403, text="<html>"), Forbidden),
    "no such address": (framework(404, "Cannot GET /v2/bookings/x"), Forbidden),
    "no such verb": (framework(404, "Cannot POST /v2/bookings/x/request-reschedule"), Forbidden),
    "event type gone": (
        framework(404, "Booking with uid=x is missing event type", code="NotFoundException"),
        Rejected,
    ),
    "booking gone": (framework(404, "Booking with uid=x was not found"), Rejected),
    "404 of a proxy": (httpx.Response(404, text="<html>"), Forbidden),
    "race lost": (bare(409, "booking_conflict_error"), Rejected),
    "no seat left": (framework(409, "No more seats left at this seated booking."), Rejected),
    "too large": (bare(413, "request entity too large"), Rejected),
    "reservation": (framework(422, "This slot is already reserved"), Rejected),
    "422 of a proxy": (httpx.Response(422), Forbidden),
    "token expired": (framework(498, "expired", code="TOKEN_EXPIRED"), NeedsLogin),
    "too many": (framework(429, "Too many requests", code="ThrottlerException"), RateLimited),
    "failing on one": (bare(500, "Internal server error"), Rejected),
    "failing at all": (httpx.Response(500, text="<html>"), Transient),
    "gateway": (httpx.Response(502), Transient),
    "maintenance": (httpx.Response(503), Transient),
    "moved away": (httpx.Response(301, headers={"location": "https://evil.test"}), Forbidden),
    "payment": (httpx.Response(402), Forbidden),
    "a time-out of its own": (httpx.Response(408), Transient),
}


@pytest.mark.parametrize(("response", "kind"), ODD.values(), ids=ODD)
def test_each_refusal_means_what_it_should(response, kind):
    found = judged(response)

    assert type(found) is kind
    for word in ("jane", "secret", "uid=", "evil", "x=", "token="):
        assert word not in str(found)


def test_each_row_of_the_table_is_the_first_that_fits_something():
    fitting = set()
    for response, _ in ODD.values():
        found = complaint_of(Answer(what="", status=response.status_code, body=response.content))
        fits = [number for number, row in enumerate(TABLE) if row.fits(response.status_code, found)]
        fitting |= set(fits[:1])

    unused = set(range(len(TABLE))) - fitting
    assert {TABLE[each].why for each in unused} <= {
        "only one of its seats can be moved, not the group",
        "its host is busy or away at that time",
    }


@pytest.mark.parametrize(
    ("body", "envelope"),
    [
        (b"", Envelope.NONE),
        (b"[]", Envelope.NONE),
        (b"{" * 100_000, Envelope.NONE),
        (b"\xff", Envelope.NONE),
        (b'{"error": {}}', Envelope.FRAMEWORK),
        (b'{"error": {"code": 5, "message": ["a"]}}', Envelope.FRAMEWORK),
        (b'{"error": "x"}', Envelope.OAUTH),
        (b'{"statusCode": 400, "message": null}', Envelope.BARE),
    ],
)
def test_whatever_comes_has_an_envelope_or_none(body, envelope):
    assert complaint_of(Answer(what="", status=400, body=body)).envelope is envelope


def test_absence_is_said_by_the_api_itself():
    def said(response):
        return is_absence(Answer(what="", status=response.status_code, body=response.content))

    assert said(framework(404, "Booking with uid=x was not found in the database"))
    assert said(bare(404, "Booking not found"))
    assert not said(framework(404, "Cannot GET /v2/bookings/x"))
    assert not said(httpx.Response(404, text="<html>"))
    assert not said(bare(410, "gone"))
