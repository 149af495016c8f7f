"""Each odd answer that a real server was seen to give, or its vendor describes, row by row."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import httpx
import pytest
import respx
from calcom_provider import NEW_YEAR

from syncd.core.errors import Forbidden, NeedsLogin, RateLimited, Rejected, Transient
from syncd.core.events import Absent, Draft, RemoteEvent
from syncd.core.ids import CalendarId, EventRef, Uid, Version
from syncd.ports import Access
from syncd.testing.clock import FrozenClock
from syncd_calcom.answers import Answer, Envelope, complaint_of
from syncd_calcom.client import Line
from syncd_calcom.failures import TABLE, failure, is_absence
from syncd_calcom.provider import CalcomProvider

BASE = "http://localhost/v2"
KEY = "cal_live_0123456789abcdef"
START = datetime(2031, 3, 3, 9, tzinfo=UTC)
ME = {
    "id": 101,
    "username": "alice",
    "email": "alice@example.test",
    "name": "Alice",
    "timeZone": "Europe/Berlin",
}
ROW = {
    "id": 1,
    "uid": "first",
    "title": "Half between Alice and Jane",
    "status": "accepted",
    "start": "2031-03-03T09:00:00.000Z",
    "end": "2031-03-03T09:30:00.000Z",
    "duration": 30,
    "eventTypeId": 301,
    "eventType": {"id": 301, "slug": "half"},
    "icsUid": "first@Cal.com",
    "hosts": [{"id": 101, "email": "alice@example.test", "timeZone": "Europe/Berlin"}],
    "attendees": [{"name": "Jane", "email": "jane@example.test", "timeZone": "Europe/Berlin"}],
    "createdAt": "2031-01-01T00:00:00.000Z",
    "updatedAt": "2031-01-01T00:00:00.000Z",
    "metadata": {},
}
TYPE = {"id": 301, "title": "Half", "slug": "half", "lengthInMinutes": 30}


def success(data, status=200, **headers):
    return httpx.Response(status, json={"status": "success", "data": data}, headers=headers)


def framework(status, message, code="BadRequestException", details=None):
    error = {"code": code, "message": message, "details": details}
    return httpx.Response(
        status,
        json={"status": "error", "timestamp": "now", "path": "/v2/bookings?x=jane", "error": error},
    )


def bare(status, message):
    return httpx.Response(status, json={"statusCode": status, "message": message})


def oauth(status, code):
    return httpx.Response(status, json={"error": code, "error_description": "The token is bad"})


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


# A provider over respx


@pytest.fixture
def cal():
    with respx.mock(base_url=BASE, assert_all_called=False) as router:
        router.get("/me").mock(return_value=success(ME))
        router.get("/bookings").mock(return_value=success([]))
        router.get("/event-types").mock(return_value=success([TYPE]))
        router.get("/event-types/301").mock(return_value=success(TYPE))
        router.get("/bookings/first").mock(return_value=success(ROW))
        yield router


class Waits(list):
    def __call__(self, duration):
        self.append(duration.total_seconds())


@pytest.fixture
def waits():
    return Waits()


@pytest.fixture
def secrets():
    return [KEY]


@pytest.fixture
def provider(waits, secrets):
    access = Access(
        calendar_id=CalendarId("alice"),
        settings={"url": BASE, "api_key": "env:KEY"},
        secret=lambda _: secrets[0],
        zone=ZoneInfo("Europe/Berlin"),
        clock=FrozenClock(NEW_YEAR),
    )
    provider = CalcomProvider(access, line=Line(wait=waits))
    yield provider
    provider.close()


def a_draft(**changes):
    fields = {
        "uid": Uid("u"),
        "start": START,
        "end": START + timedelta(minutes=30),
        "zone": "Europe/Berlin",
        "title": "Consultation",
        "mark": "appointment-1",
    }
    return Draft(**(fields | changes))


def first(provider):
    found = provider.get_many(["first"])["first"]
    assert isinstance(found, RemoteEvent)
    return found


def sent(route):
    return [json.loads(call.request.content) for call in route.calls]


def test_requests_carry_the_key_the_version_and_nothing_of_the_environment(cal, provider):
    provider.get_many(["first"])

    request = cal.calls.last.request
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.headers["cal-api-version"] == "2026-02-25"
    assert "cal-api-version" not in cal.calls[0].request.headers


@pytest.mark.parametrize(
    "answer",
    [
        success({"bookings": [], "nextCursor": None}),
        success(None),
        httpx.Response(200, text="<html>log in</html>"),
        httpx.Response(200, json={"status": "success"}),
        httpx.Response(200, json={"status": "error", "data": []}),
        httpx.Response(200, content=b'{"status": "success", "data": [{"uid"'),
        httpx.Response(204),
        framework(404, "Cannot GET /v2/bookings"),
        framework(400, "wrong"),
        bare(500, "Internal server error"),
    ],
)
def test_a_list_that_is_none_is_never_empty(cal, provider, answer):
    provider.check()
    cal.get("/bookings").mock(return_value=answer)

    with pytest.raises((Transient, Forbidden)):
        provider.listing(bodies=True)
    with pytest.raises((Transient, Forbidden)):
        provider.check()


def test_a_list_that_fails_is_an_outage_and_no_refusal(cal, provider):
    cal.get("/bookings").mock(return_value=bare(500, "Internal server error"))

    with pytest.raises(Transient):
        provider.check()


def test_a_series_that_fails_hides_no_occurrence(cal, provider):
    moved = {**ROW, "status": "cancelled", "recurringBookingUid": "series"}
    cal.get("/bookings/first").mock(return_value=success(moved))
    cal.get("/bookings/series").mock(return_value=bare(500, "Internal server error"))

    assert first(provider).continued_by is None


def test_a_version_that_falls_back_in_silence_is_named(cal, provider):
    cal.get("/bookings").mock(return_value=success({"bookings": [], "nextCursor": None}))

    with pytest.raises(Forbidden, match="2026-02-25 or 2024-08-13 and falls back"):
        provider.check()


def test_a_server_that_knows_only_the_older_version_is_asked_in_that(cal, provider):
    def answer(request):
        is_known = request.headers["cal-api-version"] == "2024-08-13"
        return success([] if is_known else {"bookings": []})

    cal.get("/bookings").mock(side_effect=answer)

    provider.listing(bodies=True)

    assert cal.calls.last.request.headers["cal-api-version"] == "2024-08-13"


def test_another_accounts_key_is_noticed(cal, provider):
    cal.get("/me").mock(return_value=success({**ME, "username": "bob"}))
    access = Access(
        calendar_id=CalendarId("alice"),
        settings={"url": f"{BASE}?username=alice", "api_key": "env:KEY"},
        secret=lambda _: KEY,
        zone=ZoneInfo("UTC"),
        clock=FrozenClock(NEW_YEAR),
    )
    provider = CalcomProvider(access)

    with pytest.raises(Forbidden, match="not of the account"):
        provider.listing(bodies=True)


def test_a_read_is_asked_again_and_a_write_is_not(cal, provider, waits):
    reading = cal.get("/bookings/first").mock(
        side_effect=[httpx.Response(502), httpx.ReadTimeout("slow"), success(ROW)]
    )
    provider.check()
    assert first(provider).title == ROW["title"]
    assert (reading.call_count, waits) == (3, [1, 3])

    writing = cal.post("/bookings").mock(side_effect=httpx.ReadTimeout("slow"))
    with pytest.raises(Transient) as caught:
        provider.create(a_draft())

    assert writing.call_count == 1
    assert caught.value.ambiguous


def test_what_never_left_is_not_ambiguous(cal, provider):
    def refused(_):
        cal.get("/bookings").mock(side_effect=httpx.ConnectError("refused"))
        raise httpx.ConnectError("refused")

    cal.post("/bookings").mock(side_effect=refused)

    with pytest.raises(Transient) as caught:
        provider.create(a_draft())

    assert not caught.value.ambiguous


def test_a_key_that_was_refreshed_is_read_again(cal, provider, secrets):
    provider.check()
    secrets[0] = "cal_live_new"

    def answer(request):
        is_new = request.headers["authorization"] == "Bearer cal_live_new"
        return success(ROW) if is_new else framework(401, "Invalid API Key")

    cal.get("/bookings/first").mock(side_effect=answer)

    assert first(provider).ref == "first"


@pytest.mark.parametrize("secret", ["", " ", "a b", "ключ", "x\ny"])
def test_a_key_that_cannot_be_one_is_not_sent(cal, provider, secrets, secret):
    secrets[0] = secret

    with pytest.raises(NeedsLogin):
        provider.check()

    assert cal.calls.call_count == 0


def test_a_redirect_is_not_followed(cal, provider):
    cal.get("/me").mock(return_value=httpx.Response(302, headers={"location": "http://evil.test"}))

    with pytest.raises(Forbidden):
        provider.check()

    assert cal.calls.call_count == 1


def test_too_many_requests_waits_as_long_as_it_says_and_sends_nothing_meanwhile(cal, provider):
    limited = httpx.Response(429, headers={"X-RateLimit-Reset-Default": "40"})
    cal.get("/bookings/first").mock(return_value=limited)

    for _ in range(2):
        with pytest.raises(RateLimited) as caught:
            provider.get_many(["first"])
        assert caught.value.retry_after == timedelta(seconds=40)

    assert cal.get("/bookings/first").call_count == 1


def test_one_booking_that_fails_is_left_out_and_hides_no_other(cal, provider):
    cal.get("/bookings/bad").mock(return_value=bare(500, "Internal server error"))

    found = provider.get_many(["bad", "first"])

    assert set(found) == {"first"}


def test_what_is_given_to_another_host_is_absent(cal, provider):
    hosts = [{"id": 102, "email": "bob@example.test", "timeZone": "UTC"}]
    cal.get("/bookings/first").mock(return_value=success({**ROW, "hosts": hosts}))

    assert provider.get_many(["first"]) == {"first": Absent(EventRef("first"))}


# Writes: refused, lost, and done all the same


def test_a_cancelling_that_is_refused_and_has_its_effect_is_done(cal, provider):
    """Observed of a series flag on a plain booking: 400, and cancelled."""
    event = first(provider)
    over = {**ROW, "status": "cancelled"}

    def answer(_):
        cal.get("/bookings/first").mock(return_value=success(over))
        return framework(400, "is not part of a recurring booking.")

    cal.post("/bookings/first/cancel").mock(side_effect=answer)

    provider.delete(event.ref, event.version)

    assert cal.get("/bookings/first").call_count == 3


@pytest.mark.parametrize(
    ("answer", "kind", "ambiguous"),
    [
        (bare(401, "booking_limit_reached"), Rejected, None),
        (bare(409, "booking_conflict_error"), Rejected, None),
        (framework(400, "User either already has booking at this time"), Rejected, None),
        (bare(500, "Internal server error"), Rejected, None),
        (httpx.Response(503), Transient, True),
        (success(None), Transient, True),
        (httpx.ReadError("cut"), Transient, True),
    ],
)
def test_a_create_without_effect_raises_what_fits(cal, provider, answer, kind, ambiguous):
    posted = cal.post("/bookings")
    posted.side_effect = answer if isinstance(answer, Exception) else [answer]

    with pytest.raises(kind) as caught:
        provider.create(a_draft())

    assert getattr(caught.value, "ambiguous", None) is ambiguous
    assert posted.call_count == 1


def test_a_refused_move_says_so_and_leaves_the_booking(cal, provider):
    event = first(provider)
    cal.post("/bookings/first/reschedule").mock(
        return_value=framework(400, "User either already has booking at this time")
    )

    with pytest.raises(Rejected, match="busy or away"):
        provider.update(
            event, a_draft(start=START + timedelta(hours=1), end=START + timedelta(hours=1.5))
        )


def test_a_move_that_would_change_the_length_is_not_sent(cal, provider):
    """Observed: a booking of 60 of 15/30/60 minutes comes out as 30."""
    cal.get("/event-types/301").mock(return_value=success({**TYPE, "lengthInMinutes": 60}))
    event = first(provider)

    with pytest.raises(Rejected, match="60 minutes"):
        provider.update(
            event, a_draft(start=START + timedelta(hours=1), end=START + timedelta(hours=1.5))
        )


def test_a_failure_while_looking_after_a_write_stays_ambiguous(cal, provider):
    event = first(provider)
    cal.get("/bookings/first").mock(side_effect=[success(ROW), *[httpx.Response(503)] * 3])
    cal.post("/bookings/first/cancel").mock(return_value=httpx.Response(502))

    with pytest.raises(Transient) as caught:
        provider.delete(event.ref, event.version)

    assert caught.value.ambiguous


def test_the_hosts_own_overrides_are_sent_where_they_are_known(cal, provider):
    posted = cal.post("/bookings").mock(return_value=success({**ROW, "uid": "new"}, 201))

    provider.create(a_draft())

    [body] = sent(posted)
    assert body["allowConflicts"] is body["allowBookingOutOfBounds"] is True
    assert body["attendee"]["email"] == "alice@example.test"
    assert body["metadata"] == {
        "syncd_appointment": "appointment-1",
        "syncd_title": "Consultation",
    }


def test_a_booking_that_came_out_pending_is_confirmed(cal, provider):
    pending = {**ROW, "uid": "new", "status": "pending"}
    cal.post("/bookings").mock(return_value=success(pending, 201))
    confirmed = cal.post("/bookings/new/confirm").mock(return_value=success(ROW))

    assert provider.create(a_draft()).ref == "new"
    assert confirmed.call_count == 1


def test_no_event_type_of_that_length_is_refused_before_anything_is_sent(cal, provider):
    with pytest.raises(Rejected, match="lasts 45 minutes"):
        provider.create(a_draft(end=START + timedelta(minutes=45)))


def test_nothing_is_learnt_of_the_version_of_a_cancelled_event_by_its_stamp(cal, provider):
    before = first(provider)
    cal.get("/bookings/first").mock(
        return_value=success({**ROW, "updatedAt": "2031-02-01T00:00:00.000Z", "rating": None})
    )

    assert first(provider).version == before.version != Version("")
