"""The application on a socket: what holds for connections, whatever is asked."""

import socket
import time

import pytest
from httpx import Client

from syncd.core.errors import Invalid, Unavailable
from syncd.web import create_app, server
from syncd.web.envelope import SECURITY
from syncd.web.server import Address, listen

from .conftest import served, wait_for
from .test_credentials import again


@pytest.mark.parametrize("text", ["", "8470", "localhost:", ":8470", "a:b", "127.0.0.1:70000"])
def test_what_is_no_address_is_refused(text):
    with pytest.raises(Invalid, match="host and a port"):
        Address.parse(text)


def test_an_address_is_spelled_as_it_was_said():
    assert str(Address.parse("127.0.0.1:8470")) == "127.0.0.1:8470"
    assert str(Address.parse("[::1]:8470")) == "[::1]:8470"


def test_an_address_that_is_taken_is_said_at_once():
    with (
        listen(Address("127.0.0.1", 0)) as taken,
        pytest.raises(Unavailable, match=r"cannot listen on 127\.0\.0\.1"),
    ):
        listen(Address("127.0.0.1", taken.getsockname()[1]))


def test_answers_do_not_wait_for_an_acknowledgement_of_their_first_half():
    """asyncio sets TCP_NODELAY only where the socket says that it is TCP."""
    with listen(Address("127.0.0.1", 0)) as sock:
        assert sock.proto == socket.IPPROTO_TCP


def test_who_connects_and_asks_nothing_is_let_go(door, monkeypatch):
    monkeypatch.setattr(server, "FIRST_SECONDS", 0.2)
    with served(create_app(door.office)) as base:
        host, port = base.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=10) as silent:
            silent.sendall(b"GET /livez HT")
            assert silent.recv(100) == b""


def test_a_body_that_never_ends_is_not_waited_for(door, monkeypatch):
    monkeypatch.setattr("syncd.web.envelope.BODY_SECONDS", 0.3)

    def slowly():
        yield b"{"
        time.sleep(1)
        yield b"}"

    answer = door.ask("POST", "/appointments", content=slowly())

    assert (answer.status_code, answer.json()["code"]) == (408, "REQUEST_TIMEOUT")


def test_only_named_websites_may_call_from_a_browser(door):
    ours, theirs = "https://practice.example", "https://elsewhere.example"
    with again(door, origins=(ours,)) as open_door:
        asked = open_door.get("/me", headers={"Origin": ours})
        stranger = open_door.get("/me", headers={"Origin": theirs})
        refused = open_door.ask(
            "POST", "/appointments", content=b" " * 70_000, headers={"Origin": ours}
        )

    assert asked.headers["access-control-allow-origin"] == ours
    assert "X-Request-Id" in asked.headers["access-control-expose-headers"]
    assert "access-control-allow-origin" not in stranger.headers
    assert refused.headers["access-control-allow-origin"] == ours
    assert refused.status_code == 413
    assert SECURITY.keys() <= {each.title() for each in asked.headers}


def test_a_server_that_ends_by_itself_says_so(door):
    ended = []
    running = server.WebServer(
        create_app(door.office), listen(Address("127.0.0.1", 0)), on_end=lambda: ended.append(True)
    )
    running._server.serve = None  # it breaks
    running.start()

    wait_for(lambda: ended)
    running.stop()


def test_one_that_is_told_to_drain_takes_no_more(door):
    running = server.WebServer(create_app(door.office), listen(Address("127.0.0.1", 0)))
    running.start()
    with Client(base_url=f"http://{running.address}", trust_env=False) as http:
        wait_for(lambda: http.get("/livez").status_code == 200)
    running.drain()
    running.stop()

    with pytest.raises(OSError):
        socket.create_connection((running.address.host, running.address.port), timeout=1)
