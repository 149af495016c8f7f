"""Finding calendars: on the real servers from any address, and the odd ways of the others."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from calendar_servers import CalendarServer
from faulty_http import Asked, Reply, ScriptedServer, scripted
from quirky_caldav import SERVERS, SINGLE, quirky

import syncd_caldav
from syncd.core.errors import Forbidden, NeedsLogin, RateLimited, Transient
from syncd.ports import Discovered
from syncd_caldav import discovery

from .conftest import access_to
from .multistatus import multistatus

ACCOUNTS = SERVERS | {
    switch: SINGLE[switch]
    for switch in ("well-known says nothing", "calendars listed thrice", "boxes listed", "digest")
}
CALENDAR = "<d:resourcetype><d:collection/><c:calendar/>{}</d:resourcetype>"


def found_from(url: str, **settings: str | bool) -> list[Discovered]:
    return syncd_caldav.kind.discover(access_to(url, **settings))


@pytest.mark.server
def test_every_address_of_the_account_leads_to_its_calendars(
    calendar_server: CalendarServer,
) -> None:
    url = calendar_server.new_calendar()
    settings = calendar_server.settings(url)
    del settings["url"]
    origin = calendar_server.origin

    for start in (origin, f"{origin}/", f"{origin}/nonsense/", origin + calendar_server.home, url):
        found = {each.url: each for each in found_from(start, **settings)}
        assert found[url].name == "Appointments"
        assert found[url].writable
        assert found[url].settings == {"url": url, **settings}


@pytest.mark.server
def test_what_is_found_can_be_opened(calendar_server: CalendarServer) -> None:
    calendar_server.new_calendar()
    settings = calendar_server.settings(calendar_server.origin)

    for each in syncd_caldav.kind.discover(access_to(**settings)):
        provider = syncd_caldav.kind.open(access_to(**dict(each.settings)))
        provider.check()
        provider.close()


@pytest.mark.parametrize("server", ACCOUNTS)
def test_a_calendar_is_found_once_on_every_server(server: str) -> None:
    """Some list it three times, some list what is none, some say nothing at the well-known
    address."""
    with quirky(ACCOUNTS[server]) as (running, inside):
        inside.calendars["/dav/alice/work/"] = inside.new_store()

        found = found_from(running.origin, username=running.username, password="env:X")

    assert [each.url for each in found] == [f"{running.origin}/dav/alice/work/"]


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with scripted(lambda asked: Reply(status=404)) as running:
        yield running


def response(href: str, props: str) -> str:
    return (
        f"<d:response><d:href>{href}</d:href><d:propstat><d:prop>{props}</d:prop>"
        "<d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>"
    )


def home(href: str) -> str:
    return f"<c:calendar-home-set><d:href>{href}</d:href></c:calendar-home-set>"


def principal(href: str) -> str:
    return f"<d:current-user-principal><d:href>{href}</d:href></d:current-user-principal>"


@pytest.mark.parametrize(
    "place",
    [
        "/.well-known/caldav",
        "/dav/",
        "/SOGo/dav/alice/",
        "/remote.php/dav/",
        "/caldav.php/",
        "/dav.php/",
    ],
)
def test_the_places_of_common_servers_are_tried(server: ScriptedServer, place: str) -> None:
    def script(asked: Asked) -> Reply:
        if asked.path == place:
            return multistatus(response(place, principal("/p/alice/")))
        if asked.path == "/p/alice/":
            return multistatus(response("/p/alice/", home("/c/alice/")))
        if asked.path == "/c/alice/":
            return multistatus(response("/c/alice/work/", CALENDAR.format("")))
        return Reply(status=404)

    server.script = script

    found = found_from(server.origin, username="alice", password="env:X")

    assert [each.url for each in found] == [f"{server.origin}/c/alice/work/"]
    assert found[0].name == "work"


def test_a_well_known_redirect_within_the_origin_is_followed(server: ScriptedServer) -> None:
    def script(asked: Asked) -> Reply:
        if asked.path == "/.well-known/caldav":
            return Reply(status=301, headers={"Location": f"{server.origin}/odd/place/"})
        if asked.path == "/odd/place/":
            return multistatus(response("/odd/place/", home("/c/")))
        if asked.path == "/c/":
            return multistatus(response("/c/work/", CALENDAR.format("")))
        return Reply(status=404)

    server.script = script

    assert [each.url for each in found_from(server.origin)] == [f"{server.origin}/c/work/"]


def test_an_account_at_another_origin_is_named_and_gets_no_credentials(
    server: ScriptedServer,
) -> None:
    with scripted(lambda asked: Reply(status=207)) as other:
        for reply in (
            Reply(status=301, headers={"Location": f"{other.origin}/dav/?secret=1"}),
            multistatus(response("/", principal(f"{other.origin}/dav/"))),
            multistatus(response("/", home(f"{other.origin}/dav/"))),
        ):
            server.script = lambda asked, reply=reply: reply

            with pytest.raises(Forbidden) as caught:
                found_from(server.origin, username="alice", password="env:X")

            assert f"{other.origin}/dav/" in str(caught.value)
            assert "secret" not in str(caught.value)
        assert other.asked == []


def test_only_calendars_of_events_are_found(server: ScriptedServer) -> None:
    tasks = (
        "<c:supported-calendar-component-set>"
        '<c:comp name="VTODO"/></c:supported-calendar-component-set>'
    )
    read_only = (
        "<d:current-user-privilege-set><d:privilege><d:read/></d:privilege>"
        "</d:current-user-privilege-set>"
    )
    rows = [
        response("/", home("/")),
        response("/inbox/", "<d:resourcetype><d:collection/><c:schedule-inbox/></d:resourcetype>"),
        response("/book/", "<d:resourcetype><d:collection/></d:resourcetype>"),
        response("/tasks/", CALENDAR.format("") + tasks),
        response(
            "/gone/", CALENDAR.format('<n:deleted-calendar xmlns:n="http://nextcloud.com/ns"/>')
        ),
        response(
            "/shared/", CALENDAR.format("") + read_only + "<d:displayname>A &amp; B</d:displayname>"
        ),
        response("/work%20one", CALENDAR.format("")),
    ]
    server.script = lambda asked: multistatus(*rows)

    found = found_from(server.origin)

    assert [(each.name, each.url.removeprefix(server.origin), each.writable) for each in found] == [
        ("A & B", "/shared/", False),
        ("work one", "/work%20one/", True),
    ]


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(status=401), NeedsLogin),
        (Reply(status=429), RateLimited),
        (Reply(how="drop"), Transient),
        (Reply(status=404), Forbidden),
        (Reply(status=200), Forbidden),
        (Reply(status=207, body=b"<html>"), Forbidden),
        (Reply(status=503), Transient),
    ],
    ids=["401", "429", "dropped", "404", "200 empty", "page", "503"],
)
def test_nothing_found_says_why(
    server: ScriptedServer, reply: Reply, kind: type[Exception]
) -> None:
    server.script = lambda asked: reply

    with pytest.raises(kind):
        found_from(server.origin, username="alice", password="env:X")

    once = kind in (NeedsLogin, RateLimited)
    assert len(server.asked) == 1 if once else len(server.asked) < 20


def test_a_refused_password_is_not_tried_at_every_door(server: ScriptedServer) -> None:
    """Seven attempts lock an account."""
    server.script = lambda asked: Reply(status=401, headers={"WWW-Authenticate": 'Basic realm="r"'})

    with pytest.raises(NeedsLogin):
        found_from(server.origin, username="alice", password="env:X")

    assert len(server.asked) == 1


def test_a_service_that_dns_names_is_found_or_named(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lookup itself is the caldav library's; here it is only told what to say."""
    asked: list[str] = []

    def service_of(domain: str, timeout: int) -> str:
        asked.append(domain)
        return "https://dav.example.org:8443/calendars/"

    monkeypatch.setattr(discovery, "_service_of", service_of)

    with pytest.raises(Forbidden, match=r"https://dav\.example\.org:8443/calendars/"):
        discovery.discover(
            access_to("https://example.org:1/", connect_timeout=1, allow_private_networks=True),
            resolve=lambda host, port: ["127.0.0.1"],
        )
    assert asked == ["example.org"]


def test_the_caldav_library_finds_nothing_without_a_network() -> None:
    """Its exceptions, whatever they are, stay inside."""
    assert discovery._service_of("no-such-domain.invalid", 1) is None
