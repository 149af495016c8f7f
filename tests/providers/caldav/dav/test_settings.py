"""The settings of a calendar: every mistake at once, each under its key, no value repeated."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import syncd_caldav
from syncd.core.problem import Problem
from syncd.ports import CalendarProvider, ProviderKind
from syncd_caldav.etags import as_version, same, strong
from syncd_caldav.provider import CalDavProvider
from syncd_caldav.settings import CalDavSettings, problems_of

from .conftest import access_to

URL = "https://cloud.example.org/dav/patel/appointments/"
GOOD = {"url": URL, "username": "patel", "password": "env:PATEL"}


def _by_key(problems: list[Problem]) -> dict[str, str]:
    return {problem.where: problem.what for problem in problems}


def test_the_kind_and_the_provider_fit_their_ports() -> None:
    kind: ProviderKind = syncd_caldav.kind
    provider: CalendarProvider = CalDavProvider(access_to(URL))

    assert kind.name == "caldav"
    assert provider.requests == 0
    provider.close()


@pytest.mark.parametrize(
    "settings",
    [
        {"url": URL},
        GOOD,
        {"url": URL, "token": "file:/run/token"},
        {**GOOD, "timeout": 60, "allow_private_networks": True, "email": "a@b.example"},
        {"url": "http://localhost:5232/alice/work/"},
        {"url": "http://nas.local/cal/", "allow_http": True, "allow_private_networks": True},
    ],
)
def test_what_is_right_has_no_problems(settings: dict[str, object]) -> None:
    assert syncd_caldav.kind.check_settings(settings) == []


def test_every_mistake_is_found_at_once() -> None:
    found = _by_key(
        problems_of(
            {
                "url": "http://cloud.example.org/",
                "user": "patel",
                "password": "hunter2-hunter2",
                "timeout": 0,
                "allow_private": True,
                "listing_timeout": "long",
            }
        )
    )

    assert set(found) == {
        "url",
        "user",
        "password",
        "timeout",
        "allow_private",
        "listing_timeout",
        "username",
    }
    assert "https" in found["url"]
    assert "username" in found["user"]
    assert "allow_private_networks" in found["allow_private"]
    assert "env:NAME" in found["password"]
    assert not any("hunter2" in what for what in found.values())


def test_a_url_is_needed() -> None:
    assert _by_key(problems_of({})) == {"url": "is missing"}


def test_a_username_and_a_password_belong_together() -> None:
    assert set(_by_key(problems_of({"url": URL, "username": "patel"}))) == {"password"}
    assert set(_by_key(problems_of({"url": URL, "password": "env:X"}))) == {"username"}
    assert set(_by_key(problems_of({**GOOD, "token": "env:T"}))) == {"token"}


@given(
    st.dictionaries(
        st.sampled_from([*CalDavSettings.model_fields, "nonsense"]),
        st.one_of(
            st.none(), st.booleans(), st.integers(), st.text(max_size=30), st.lists(st.text())
        ),
    )
)
def test_no_settings_make_the_check_itself_fail(settings: dict[str, object]) -> None:
    assert all(isinstance(problem, Problem) for problem in problems_of(settings))


@pytest.mark.parametrize(
    ("settings", "owner"),
    [
        ({}, ()),
        ({"username": "alice"}, ()),
        ({"username": "Alice@Example.org"}, ("mailto:alice@example.org",)),
        ({"email": " a@x.example , B@x.example,"}, ("mailto:a@x.example", "mailto:b@x.example")),
    ],
)
def test_the_owners_addresses_come_from_the_settings_where_they_are(
    settings: dict[str, str], owner: tuple[str, ...]
) -> None:
    assert CalDavSettings(url=URL, **settings).owner == owner


@pytest.mark.parametrize(
    ("etag", "version", "tag"),
    [
        ('"abc"', '"abc"', '"abc"'),
        (' "abc" ', '"abc"', '"abc"'),
        ('W/"abc"', 'W/"abc"', None),
        ("abc", "abc", '"abc"'),
        ('"abc-gzip"', '"abc"', '"abc"'),
        ('"abc;gzip"', '"abc"', '"abc"'),
        ('"abc--gzip"', '"abc"', '"abc"'),
        ("", "", None),
        ('"a\nb"', "", None),
        ('"' + "x" * 2000 + '"', "", None),
    ],
)
def test_an_entity_tag_as_version_and_as_condition(
    etag: str, version: str, tag: str | None
) -> None:
    assert as_version(etag) == version
    assert strong(as_version(etag)) == tag


def test_versions_are_compared_weakly_and_nothing_is_like_nothing() -> None:
    assert same(as_version('W/"a"'), as_version('"a"'))
    assert not same(as_version('"a"'), as_version('"b"'))
    assert not same(as_version(""), as_version(""))
