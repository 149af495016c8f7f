"""What practice.toml may say about an account, and what is found of one."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from calcom_provider import CalcomHarness

import syncd_calcom
from syncd.core.errors import Forbidden, Invalid, RateLimited, Transient
from syncd.core.events import Draft
from syncd.core.ids import CalendarId, Uid
from syncd.ports import Access, Adopted, ProviderKind
from syncd.testing.builders import NINE
from syncd_calcom.client import Line
from syncd_calcom.kind import CalcomKind
from syncd_calcom.kinds import Kind, kinds_in
from syncd_calcom.settings import problems_of, read_settings
from syncd_calcom.standin import ALICE_KEY, CAL_DIY, HOSTED, RECORDED, Effect, Fault, serve
from syncd_calcom.versions import version_for

ROOT = Path(__file__).parents[2]
GOOD = {"api_key": "env:CAL_KEY"}
HALF_HOUR = timedelta(minutes=30)


def wrong(**settings):
    return {each.where: each.what for each in problems_of({**GOOD, **settings})}


# Settings


@pytest.mark.parametrize(
    "url",
    [
        "https://api.cal.com/v2",
        "https://api.cal.com/v2/",
        "https://api.cal.com/v2?username=alice",
        "https://cal.example.org:8443/api/v2",
        "http://127.0.0.1:5555/v2",
        "http://localhost:5555/api/v2",
    ],
)
def test_an_address_of_api_v2_is_accepted(url):
    assert wrong(url=url) == {}
    assert wrong(base_url=url) == {}


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("https://api.cal.com/v1", "shut down"),
        ("https://cal.example.org/api/v1/", "shut down"),
        ("https://api.cal.com", "must end in /v2"),
        ("https://api.cal.com/v2/bookings", "must end in /v2"),
        ("http://cal.example.org/v2", "in the clear"),
        ("ftp://api.cal.com/v2", "must be an address"),
        ("https:///v2", "must be an address"),
        ("https://[::1/v2", "not an address"),
        ("https://cal.example.org:x/v2", "not an address"),
        ("https://key@api.cal.com/v2", "must not hold"),
        ("https://api.cal.com/v2?apiKey=secret", "only be asked"),
        ("https://api.cal.com/v2#x", "must be an address"),
    ],
)
def test_another_address_is_refused_with_the_reason(url, why):
    found = wrong(url=url)

    assert why in found["url"]
    assert "secret" not in found["url"]


def test_plain_http_is_for_who_allows_it():
    assert wrong(url="http://cal.lan/v2", allow_http=True) == {}


@pytest.mark.parametrize(
    ("settings", "where", "why"),
    [
        ({"api_key": "cal_live_0123"}, "api_key", "reference"),
        ({"password": "env:OTHER"}, "password", "another word for api_key"),
        ({"base_url": "https://a.example/v2", "url": "https://b.example/v2"}, "url", "another"),
        ({"flavour": "cal.com"}, "flavour", "auto, hosted, cal.diy"),
        ({"event_types": "consultation"}, "event_types", "301=consultation"),
        ({"event_types": "1=a, 1=b"}, "event_types", "twice"),
        ({"event_types": "1=a:0/30"}, "event_types", "no minutes"),
        ({"attendee_email": "nobody"}, "attendee_email", "mail address"),
        ({"since": "soon"}, "since", "date"),
        ({"reason": ""}, "reason", "at least 1"),
        ({"timeout": 0}, "timeout", "greater"),
        ({"timeout": "30"}, "timeout", "integer"),
        ({"usrname": "alice"}, "usrname", "did you mean username"),
    ],
)
def test_each_wrong_setting_is_told_under_its_key(settings, where, why):
    found = wrong(**settings)

    assert why in found[where]
    assert "0123" not in found[where]


def test_all_problems_come_at_once():
    with pytest.raises(Invalid) as caught:
        read_settings({"url": "https://api.cal.com/v1", "flavour": "x", "nonsense": 1})

    assert {each.where for each in caught.value.problems} == {
        "url",
        "flavour",
        "nonsense",
        "api_key",
    }


def test_an_account_is_named_by_its_user_or_its_address():
    assert read_settings(GOOD).account is None
    assert read_settings({**GOOD, "url": "https://a.example/v2?username=al"}).account == "al"
    assert read_settings({**GOOD, "username": "bo"}).account == "bo"
    assert read_settings({**GOOD, "url": "https://a.example/v2/?username=al"}).base.endswith("/v2")


def test_kinds_are_written_in_one_line():
    assert kinds_in(" 301=consultation ,302 = follow-up : 20/30,") == {
        301: Kind(event_type=301, activity="consultation"),
        302: Kind(
            event_type=302,
            activity="follow-up",
            local=timedelta(minutes=20),
            remote=timedelta(minutes=30),
        ),
    }


# Versions


@pytest.mark.parametrize(
    ("path", "version"),
    [
        ("/bookings", "B"),
        ("/bookings/x/cancel", "B"),
        ("/bookings?take=1", "B"),
        ("/event-types/301", "2024-06-14"),
        ("/schedules", "2024-06-11"),
        ("/slots", "2024-09-04"),
        ("/me", None),
        ("/webhooks/x", None),
    ],
)
def test_each_family_of_paths_has_its_version(path, version):
    assert version_for(path, "B") == version


@pytest.mark.parametrize(
    ("profile", "version", "flavour"),
    [(HOSTED, "2026-02-25", "hosted"), (CAL_DIY, "2024-08-13", "cal.diy")],
)
def test_the_kind_of_server_is_found_by_how_it_answers(profile, version, flavour):
    cal = CalcomHarness(profile)

    cal.open().listing(bodies=True)
    [found] = CalcomKind(cal.line).discover(access(cal))

    assert cal.transport.requests[-1].headers["cal-api-version"] in (version, "2024-06-14")
    assert found.settings["flavour"] == flavour


def test_a_server_that_is_said_to_be_hosted_and_is_not_is_told_of():
    with pytest.raises(Forbidden, match="falls back"):
        CalcomHarness(CAL_DIY).open(flavour="hosted").check()


def test_a_server_that_is_said_to_be_cal_diy_is_asked_in_its_version_only():
    cal = CalcomHarness(HOSTED)

    cal.open(flavour="cal.diy").check()

    asked = {each.headers.get("cal-api-version") for each in cal.transport.requests}
    assert asked == {None, "2024-08-13"}


# Discovery and the kind


def access(cal, **settings):
    return Access(
        calendar_id=CalendarId("alice"),
        settings={"url": cal.settings["url"], "api_key": "env:KEY", **settings},
        secret=lambda _: ALICE_KEY,
        zone=cal.zone,
        clock=cal.clock,
    )


@pytest.mark.parametrize("profile", [HOSTED, CAL_DIY, RECORDED], ids=lambda each: each.name)
def test_an_account_is_discovered_with_what_it_takes_to_name_it(profile):
    cal = CalcomHarness(profile)
    kind = CalcomKind(cal.line)

    [found] = kind.discover(access(cal))

    assert found.name == ("alice" if profile is RECORDED else "Alice Peer")
    assert found.url == f"{cal.settings['url']}?username=alice"
    assert "301=consult, " in found.settings["event_types"]
    assert found.writable
    assert kind.check_settings(found.settings) == []
    kind.open(access(cal, **found.settings)).check()


def test_discovery_keeps_the_event_types_that_were_named():
    cal = CalcomHarness()

    [found] = CalcomKind(cal.line).discover(access(cal, event_types="301=consultation"))

    assert found.settings["event_types"] == "301=consultation"


def test_discovery_by_the_other_word_names_one_address():
    cal = CalcomHarness()
    settings = dict(access(cal).settings)
    asked = Access(
        calendar_id=CalendarId("alice"),
        settings={"base_url": settings.pop("url"), **settings},
        secret=lambda _: ALICE_KEY,
        zone=cal.zone,
        clock=cal.clock,
    )

    [found] = CalcomKind(cal.line).discover(asked)

    assert problems_of(found.settings) == []


def test_the_kind_is_what_the_entry_point_names():
    _: ProviderKind = syncd_calcom.kind
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    entry = project["entry-points"]["syncd.providers"][syncd_calcom.kind.name]

    assert entry == "syncd_calcom:kind"


def test_calendars_with_one_key_share_its_limit():
    cal = CalcomHarness()
    cal.desk.limits.of_key = 3
    kind = CalcomKind(cal.line)
    first, second = kind.open(access(cal)), kind.open(access(cal))
    first.check()
    with pytest.raises(RateLimited):
        first.check()
    asked = len(cal.transport.requests)

    with pytest.raises(RateLimited):
        second.check()

    assert len(cal.transport.requests) == asked


# Over a socket


@pytest.mark.parametrize("effect", [Effect.LOST, Effect.HALF])
def test_the_same_over_http(effect):
    cal = CalcomHarness()
    with serve(cal.world) as running:
        settings = {"url": f"{running.origin}/api/v2", "event_types": "305=consultation"}
        kind = CalcomKind(Line(wait=cal.clock.advance))
        provider = kind.open(access(cal, **settings))
        row = cal.book(NINE)
        cal.world.faults.add(Fault(effect=effect, method="POST"))

        begins, ends = NINE + HALF_HOUR, NINE + 2 * HALF_HOUR
        draft = Draft(uid=Uid("u"), start=begins, end=ends, zone="UTC", title="T", mark="m")
        made = provider.create(draft)
        listing = provider.listing(bodies=True)
        provider.close()

    assert isinstance(made, Adopted)
    assert {each.ref for each in listing.changed} == {row.uid, made.event.ref}


def test_a_server_that_is_not_there_is_an_outage():
    cal = CalcomHarness()
    with serve(cal.world) as running:
        settings = {"url": f"{running.origin}/v2"}
    provider = CalcomKind(Line(wait=cal.clock.advance)).open(access(cal, **settings))

    with pytest.raises(Transient, match="cannot be reached"):
        provider.check()


def test_no_end_of_time_is_an_obstacle():
    provider = CalcomHarness().open(since="0001-01-01")

    assert provider.listing(bodies=True).complete
    assert datetime.min.replace(tzinfo=UTC) <= NINE
