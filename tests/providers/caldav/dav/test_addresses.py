"""Where a calendar may be reached: the addresses that an attacker would write."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest
from faulty_http import Reply, scripted

from syncd.core.errors import Forbidden, Invalid, Transient
from syncd_caldav.addresses import (
    AddressPolicy,
    AddressRefused,
    is_a_name,
    is_loopback_literal,
    resolve_by_system,
)
from syncd_caldav.provider import CalDavProvider

from .conftest import access_to

STRICT = AddressPolicy()
PRIVATE = AddressPolicy(allow_private=True)

DISGUISED_LOOPBACK = (
    "127.1",
    "0x7f000001",
    "2130706433",
    "017700000001",
    "0",
    "0.0.0.0",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "[::]",
    "localhost.",
    "LOCALHOST.",
)
SPECIAL = (
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "[fe80::1]",
    "[fc00::1]",
    "[ff02::1]",
    "[64:ff9b::a9fe:a9fe]",
    "[::ffff:10.0.0.1]",
    "[2001:db8::1]",
)


def _is_refused(url: str, policy: AddressPolicy = STRICT) -> bool:
    """As a connection would find: by its text, or by what its name resolves to."""
    if policy.problem_with(url):
        return True
    host = url.split("//")[1].split("/", maxsplit=1)[0].strip("[]")
    try:
        policy.checked(host, resolve_by_system(host, 443))
    except (AddressRefused, OSError):
        return True
    return False


@pytest.mark.parametrize("host", DISGUISED_LOOPBACK + SPECIAL)
def test_a_private_or_disguised_address_is_refused(host: str) -> None:
    assert _is_refused(f"https://{host}/cal/")


@pytest.mark.parametrize("host", ["169.254.169.254", "[fe80::1]", "224.0.0.1", "0.0.0.0", "[::]"])
def test_allowing_private_networks_does_not_allow_metadata_or_multicast(host: str) -> None:
    assert _is_refused(f"https://{host}/cal/", PRIVATE)


@pytest.mark.parametrize(
    "host", ["10.0.0.1", "192.168.1.1", "100.64.0.1", "[fc00::1]", "[::ffff:10.0.0.1]", "127.1"]
)
def test_private_addresses_are_for_the_admin_to_allow(host: str) -> None:
    assert not _is_refused(f"https://{host}/cal/", PRIVATE)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.0.0.53", "[::1]"])
def test_loopback_written_as_such_needs_no_permission_and_no_tls(host: str) -> None:
    assert STRICT.problem_with(f"http://{host}:5232/cal/") is None
    assert is_loopback_literal(host.strip("[]"))


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946"])
def test_a_public_address_is_admitted(address: str) -> None:
    assert STRICT.checked("cloud.example.org", [address]) == [address]


def test_one_private_address_among_public_ones_refuses_the_name() -> None:
    with pytest.raises(AddressRefused):
        STRICT.checked("two.example.org", ["93.184.216.34", "10.0.0.1"])


def test_a_public_name_may_not_resolve_to_loopback() -> None:
    with pytest.raises(AddressRefused):
        STRICT.checked("rebind.example.org", ["127.0.0.1"])


@pytest.mark.parametrize(
    ("url", "part"),
    [
        ("http://cloud.example.org/cal/", "https"),
        ("ftp://cloud.example.org/", "address such as"),
        ("file:///etc/passwd", "address such as"),
        ("gopher://127.0.0.1/", "address such as"),
        ("cloud.example.org", "address such as"),
        ("", "address such as"),
        ("https://alice:secret@cloud.example.org/", "user name or password"),
        ("https://cloud.example.org:22/", "port 22"),
        ("https://cloud.example.org:99999/", "valid"),
        ("https://[::1/", "valid"),
        ("https://cloud.example.org/a b", "blanks"),
        ("https://cloud.example.org/\r\nX: y", "blanks"),
    ],
)
def test_an_address_that_cannot_be_is_explained_without_its_secrets(url: str, part: str) -> None:
    problem = STRICT.problem_with(url)

    assert problem is not None
    assert part in problem
    assert "secret" not in problem


def test_plain_http_is_for_the_admin_to_allow() -> None:
    assert AddressPolicy(allow_http=True).problem_with("http://cloud.example.org/cal/") is None


def test_a_name_is_told_from_an_address() -> None:
    assert is_a_name("example.org")
    assert not any(is_a_name(host) for host in ("localhost", "127.0.0.1", "127.1", "::1", "0x7f.1"))


def _resolving(*answers: list[str]) -> tuple[Callable[[str, int], list[str]], list[str]]:
    """A resolver that gives each answer once, the last one for ever; and what it was asked."""
    asked: list[str] = []

    def resolve(host: str, _port: int) -> list[str]:
        asked.append(host)
        return answers[min(len(asked), len(answers)) - 1]

    return resolve, asked


def test_a_name_that_answers_differently_the_second_time_is_refused_then() -> None:
    """DNS rebinding: what was checked is what is connected to."""
    resolve, asked = _resolving(["10.9.9.9"], ["127.0.0.1"])
    provider = CalDavProvider(access_to("https://rebind.example.org/cal/"), resolve=resolve)

    for _ in range(2):
        with pytest.raises(Forbidden, match="private"):
            provider.check()

    assert asked == ["rebind.example.org"] * 2


def test_the_connection_goes_to_the_address_that_was_checked() -> None:
    """Asked by name, the system would not find this host at all."""
    with scripted(lambda asked: Reply(status=418)) as server:
        resolve, asked = _resolving(["127.0.0.1"])
        port = server.server_address[1]
        provider = CalDavProvider(
            access_to(
                f"http://calendar.invalid:{port}/cal/",
                allow_http=True,
                allow_private_networks=True,
            ),
            resolve=resolve,
        )

        with pytest.raises(Transient):
            provider.check()

        assert asked == ["calendar.invalid"]
        assert server.asked[0].headers["Host"] == f"calendar.invalid:{port}"
        provider.close()


def test_the_next_address_is_tried_when_the_first_does_not_answer() -> None:
    with socket.socket() as unused, scripted(lambda asked: Reply(status=418)) as server:
        unused.bind(("127.0.0.2", 0))
        port = server.server_address[1]
        resolve, _ = _resolving(["127.0.0.2", "127.0.0.1"])
        url = f"http://calendar.invalid:{port}/cal/"
        provider = CalDavProvider(
            access_to(url, allow_http=True, allow_private_networks=True), resolve=resolve
        )

        with pytest.raises(Transient, match="418"):
            provider.check()
        provider.close()


def test_a_name_without_an_address_is_an_outage() -> None:
    def resolve(host: str, port: int) -> list[str]:
        raise OSError("no such host")

    with pytest.raises(Transient, match="cannot be reached"):
        CalDavProvider(access_to("https://gone.example.org/"), resolve=resolve).check()


def test_a_refused_address_is_refused_before_anything_is_sent() -> None:
    with pytest.raises(Invalid, match="private"):
        CalDavProvider(access_to("https://169.254.169.254/latest/meta-data/"))
