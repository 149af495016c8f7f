"""The door to a server: limits, credentials and redirects, against a server that abuses them."""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from faulty_http import Asked, Reply, ScriptedServer, scripted
from quirky_caldav import Quirks, quirky

from syncd.core.errors import Forbidden, NeedsLogin, RateLimited, Transient
from syncd_caldav.addresses import AddressPolicy
from syncd_caldav.answers import Answer, TooLarge
from syncd_caldav.credentials import Credentials
from syncd_caldav.dav import Dav, Timeouts
from syncd_caldav.failures import failure, retry_after

from .conftest import Open, TestClock

NOW = datetime(2031, 3, 3, 8, tzinfo=UTC)
CANARY = "canary-9f2c"


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with scripted(lambda asked: Reply(status=207, body=b"x")) as running:
        yield running


@pytest.fixture
def connect() -> Iterator[Callable[..., Dav]]:
    opened: list[Dav] = []

    def made(url: str, **credentials: str | None) -> Dav:
        dav = Dav(
            url,
            policy=AddressPolicy(),
            credentials=Credentials(secret=lambda _: CANARY, **credentials),
            clock=TestClock(),
            timeouts=Timeouts(connect=1, listing=0.5, single=0.5),
        )
        opened.append(dav)
        return dav

    yield made
    for dav in opened:
        dav.close()


Connect = Callable[..., Dav]


@pytest.mark.parametrize("how", ["trickle", "trickle head"])
def test_a_server_that_trickles_is_left_in_the_end(
    server: ScriptedServer, connect: Connect, how: str
) -> None:
    """No single wait is long, but the request as a whole has a deadline."""
    server.script = lambda asked: Reply(status=207, body=b"<a/>", how=how)
    started = time.monotonic()

    with pytest.raises(Transient, match="in time"):
        connect(server.origin).propfind("/", b"", depth="0")

    assert 0.9 < time.monotonic() - started < 5


def test_an_endless_answer_is_given_up_at_its_cap(server: ScriptedServer, connect: Connect) -> None:
    server.script = lambda asked: Reply(status=200, how="endless")

    with pytest.raises(TooLarge, match="2 MiB"):
        connect(server.origin).get("/x.ics")


def test_a_small_packed_body_that_unpacks_to_a_flood_is_given_up(
    server: ScriptedServer, connect: Connect
) -> None:
    body = gzip.compress(b"\0" * (80 << 20))
    assert len(body) < 1 << 20
    server.script = lambda asked: Reply(status=207, body=body, headers={"Content-Encoding": "gzip"})

    with pytest.raises(TooLarge, match="64 MiB"):
        connect(server.origin).propfind("/", b"", depth="0")


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br"])
def test_an_answer_that_is_not_packed_as_it_says_is_an_outage(
    server: ScriptedServer, connect: Connect, coding: str
) -> None:
    server.script = lambda asked: Reply(
        status=207, body=b"plain", headers={"Content-Encoding": coding}
    )

    with pytest.raises(Transient):
        connect(server.origin).propfind("/", b"", depth="0")


def test_a_packed_listing_is_unpacked(server: ScriptedServer, connect: Connect) -> None:
    server.script = lambda asked: Reply(
        status=207, body=gzip.compress(b"hello"), headers={"Content-Encoding": "gzip"}
    )

    assert connect(server.origin).propfind("/", b"", depth="0").body == b"hello"


def test_versions_are_never_asked_for_through_compression(
    server: ScriptedServer, connect: Connect
) -> None:
    """Proxies that compress rewrite entity tags."""
    dav = connect(server.origin)

    dav.get("/x")
    dav.put("/x", "y")
    dav.delete("/x", if_match='"1"')

    assert {each.headers["Accept-Encoding"] for each in server.asked} == {"identity"}


def test_writes_say_their_condition(server: ScriptedServer, connect: Connect) -> None:
    dav = connect(server.origin)

    dav.put("/x", "y")
    dav.put("/x", "y", if_match='"1"')
    dav.delete("/x", if_match='"1"')

    headers = [each.headers for each in server.asked]
    assert [h.get("If-None-Match") for h in headers] == ["*", None, None]
    assert [h.get("If-Match") for h in headers] == [None, '"1"', '"1"']


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_to_another_origin_is_not_followed(
    server: ScriptedServer, connect: Connect, status: int
) -> None:
    with scripted(lambda asked: Reply(status=207)) as other:
        server.script = lambda asked: Reply(
            status=status, headers={"Location": f"{other.origin}/calendar/?token=x"}
        )
        dav = connect(server.origin, username="alice", reference="env:X")

        answer = dav.propfind("/", b"", depth="0")
        dav.put("/x", "body")

        assert answer.status == status
        assert other.asked == []
        found = failure(answer, NOW)
        assert isinstance(found, Forbidden if status in (301, 308) else Transient)


@pytest.mark.parametrize(
    "location",
    ["http://169.254.169.254/latest/", "//evil.example/", "file:///etc/passwd", ""],
)
def test_a_redirect_to_nowhere_good_is_an_answer_like_any_other(
    server: ScriptedServer, connect: Connect, location: str
) -> None:
    server.script = lambda asked: Reply(status=302, headers={"Location": location})

    assert connect(server.origin).propfind("/", b"", depth="0").status == 302
    assert len(server.asked) == 1


def test_a_redirect_to_nonsense_is_an_outage(server: ScriptedServer, connect: Connect) -> None:
    server.script = lambda asked: Reply(status=302, headers={"Location": "http://[::1/"})

    with pytest.raises(Transient):
        connect(server.origin).propfind("/", b"", depth="0")


def test_a_redirect_within_the_origin_is_followed_with_method_and_body(
    server: ScriptedServer, connect: Connect
) -> None:
    def script(asked: Asked) -> Reply:
        if asked.path == "/cal":
            return Reply(status=301, headers={"Location": "/cal/"})
        return Reply(status=207, body=asked.body)

    server.script = script

    answer = connect(server.origin).propfind("/cal", b"<x/>", depth="1")

    assert (answer.path, answer.body) == ("/cal/", b"<x/>")
    assert [(each.method, each.headers["Depth"]) for each in server.asked] == [
        ("PROPFIND", "1")
    ] * 2


@pytest.mark.parametrize(("status", "times"), [(302, 1), (303, 1), (307, 2), (308, 2)])
def test_a_write_follows_only_redirects_that_keep_the_method(
    server: ScriptedServer, connect: Connect, status: int, times: int
) -> None:
    server.script = lambda asked: (
        Reply(status=status, headers={"Location": "/b"})
        if asked.path == "/a"
        else Reply(status=201)
    )

    connect(server.origin).put("/a", "body")

    assert server.methods() == ["PUT"] * times


def test_redirects_in_circles_end(server: ScriptedServer, connect: Connect) -> None:
    server.script = lambda asked: Reply(status=301, headers={"Location": "/again/"})

    with pytest.raises(Transient, match="circles"):
        connect(server.origin).propfind("/", b"", depth="0")

    assert len(server.asked) < 6


def test_the_environment_has_no_say(
    server: ScriptedServer, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")

    assert connect(server.origin).get("/x").status == 207


def test_a_token_is_sent_as_a_bearer(server: ScriptedServer, connect: Connect) -> None:
    connect(server.origin, reference="env:T").get("/x")

    assert server.asked[0].headers["Authorization"] == f"Bearer {CANARY}"


def test_a_rotated_secret_is_read_again_when_it_is_refused(server: ScriptedServer) -> None:
    secrets = ["old", "new"]
    server.script = lambda asked: Reply(
        status=207 if asked.headers["Authorization"] == "Bearer new" else 401
    )
    dav = Dav(
        server.origin,
        policy=AddressPolicy(),
        credentials=Credentials(reference="env:T", secret=lambda _: secrets.pop(0)),
        clock=TestClock(),
    )

    assert dav.get("/x").status == 207
    assert len(server.asked) == 2
    dav.close()


def test_a_refused_secret_that_did_not_change_is_sent_once(
    server: ScriptedServer, connect: Connect
) -> None:
    """More attempts would lock the account."""
    server.script = lambda asked: Reply(status=401)

    answer = connect(server.origin, username="alice", reference="env:X").get("/x")

    assert isinstance(failure(answer, NOW), NeedsLogin)
    assert len(server.asked) == 1


def test_digest_is_spoken_where_the_server_wants_it(open_calendar: Open) -> None:
    """Baikal does, as installed."""
    with quirky(Quirks(digest=True)) as (digest_server, _):
        provider = open_calendar(
            f"{digest_server.origin}/dav/alice/missing/", username="alice", password="env:X"
        )

        with pytest.raises(Forbidden, match="not there"):
            provider.check()
        asked = provider.requests
        with pytest.raises(Forbidden, match="not there"):
            provider.check()

        assert provider.requests == asked + 1


def test_no_error_shows_a_credential_or_a_body(server: ScriptedServer, connect: Connect) -> None:
    dav = connect(server.origin, username="alice", reference="env:X")
    for reply in (
        Reply(status=500, body=b"Jane Doe " + CANARY.encode()),
        Reply(status=401, body=CANARY.encode()),
        Reply(status=301, headers={"Location": f"https://alice:{CANARY}@evil.example/"}),
        Reply(how="drop"),
    ):
        server.script = lambda asked, reply=reply: reply
        try:
            shown = str(failure(dav.get("/x"), NOW))
        except Transient as exc:
            shown = repr(exc)
        assert CANARY not in shown
        assert "Jane" not in shown
    assert CANARY not in repr(vars(dav))


def _asking(value: str) -> Answer:
    return Answer(method="GET", path="/", status=503, headers=httpx.Headers({"Retry-After": value}))


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("17", 17),
        ("0", 0),
        ("-5", 0),
        ("9" * 400, 86400),
        ("1000000", 86400),
        ("Mon, 03 Mar 2031 08:01:00 GMT", 60),
        ("Mon, 03 Mar 2031 07:00:00 GMT", 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 86400),
        ("Mon, 03 Mar 2031 09:01:00 +0100", 60),
    ],
)
def test_the_wait_that_a_server_asks_for_is_between_nothing_and_a_day(
    value: str, seconds: int
) -> None:
    assert retry_after(_asking(value), NOW) == timedelta(seconds=seconds)


@pytest.mark.parametrize("value", ["", "soon", "1.5.2", "٣", "Mon, 99 Foo 2031", "1e9", "--5"])
def test_a_wait_that_makes_no_sense_is_none(value: str) -> None:
    assert retry_after(_asking(value) if value.isascii() else _asking(""), NOW) is None


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, NeedsLogin),
        (403, Forbidden),
        (404, Forbidden),
        (405, Forbidden),
        (410, Forbidden),
        (429, RateLimited),
        (400, Transient),
        (408, Transient),
        (418, Transient),
        (423, Transient),
        (500, Transient),
        (502, Transient),
        (503, Transient),
        (504, Transient),
        (507, Transient),
        (599, Transient),
    ],
)
def test_each_status_means_one_thing_for_the_calendar(status: int, kind: type[Exception]) -> None:
    assert type(failure(Answer(method="REPORT", path="/", status=status), NOW)) is kind
