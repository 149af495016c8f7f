"""Where a calendar may be reached: schemes, ports and addresses, checked on what is connected to.

A name is resolved once for each connection, every address it has is checked, and the connection
goes to one of those: a name that answers differently the second time gains nothing. TLS and the
Host header still carry the name. Asks nothing of a server. Special-purpose ranges: RFC 6890.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urlsplit

import httpcore

IPAddress = IPv4Address | IPv6Address
Resolve = Callable[[str, int], list[str]]
SocketOption = (
    tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]
)

_NAT64 = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
_WEB_PORTS = (80, 443)
_FIRST_FREE_PORT = 1024


class AddressRefused(Exception):
    """The address is one that this calendar may not be reached at. The message says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressPolicy:
    """What the admin allows. Loopback needs no permission where it is written as such, and only
    there: `127.1` and a public name that resolves to 127.0.0.1 do not count."""

    allow_http: bool = False
    allow_private: bool = False

    def problem_with(self, url: str) -> str | None:
        """What is wrong with `url` as an address of a calendar, before any name is resolved."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            return "is not a valid address"
        if parts.scheme not in ("http", "https") or not host:
            return "must be an address such as https://cloud.example.org/dav/calendar/"
        if "@" in parts.netloc:
            return "must not contain a user name or password; use username and password"
        if any(ord(char) <= 0x20 or ord(char) == 0x7F for char in url):
            return "contains blanks or control characters"
        return self._unsafe(parts, host, port)

    def _unsafe(self, parts: SplitResult, host: str, port: int | None) -> str | None:
        if is_loopback_literal(host):
            return None
        if parts.scheme == "http" and not self.allow_http:
            return "must use https (allow_http = true sends the password readable for everyone)"
        if port and port < _FIRST_FREE_PORT and port not in _WEB_PORTS and not self.allow_private:
            return f"uses port {port}; below 1024 only 80 and 443 are allowed"
        literal = _literal(host)
        if literal is not None and not self.admits(host, literal):
            return _refusal(host)
        return None

    def admits(self, host: str, address: IPAddress) -> bool:
        """Whether the configured `host` may be reached at `address`."""
        if address.is_loopback and is_loopback_literal(host):
            return True
        inner = _embedded(address)
        if inner is not None:
            return self.allow_private and (inner is address or self.admits(host, inner))
        if (
            address.is_multicast
            or address.is_unspecified
            or address.is_link_local
            or (address.is_reserved and not address.is_loopback)
        ):
            return False
        return address.is_global or self.allow_private

    def checked(self, host: str, addresses: Iterable[str]) -> list[str]:
        """The addresses themselves; `AddressRefused` if any one of them is not admitted."""
        found = [ip_address(address.partition("%")[0]) for address in addresses]
        if not found:
            raise OSError(f"{host} has no address")
        if not all(self.admits(host, address) for address in found):
            raise AddressRefused(_refusal(host))
        return [str(address) for address in found]


def is_loopback_literal(host: str) -> bool:
    """Whether `host` is loopback by its very spelling: localhost, 127.x.y.z or ::1."""
    literal = _literal(host)
    if literal is None:
        return host.lower() == "localhost"
    return literal.is_loopback and _embedded(literal) is None


def is_a_name(host: str) -> bool:
    """Whether `host` is a domain name that DNS may know, and no address in any spelling."""
    last = host.rstrip(".").rpartition(".")[2]
    return "." in host.rstrip(".") and not last.isdigit() and not last.startswith("0x")


def resolve_by_system(host: str, port: int) -> list[str]:
    """Every address that the system knows for `host`, in its order of preference."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as exc:
        raise OSError(f"{host[:80]!r} is not a host name") from exc
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class GuardedBackend(httpcore.NetworkBackend):
    """Connects to checked addresses only, and ends every wait at one `deadline` (monotonic
    seconds), so that a server that trickles bytes cannot hold a worker for ever."""

    def __init__(
        self,
        policy: AddressPolicy,
        monotonic: Callable[[], float],
        resolve: Resolve = resolve_by_system,
    ) -> None:
        self._policy = policy
        self._monotonic = monotonic
        self._resolve = resolve
        self._sockets = httpcore.SyncBackend()
        self.deadline = float("inf")

    def left(self, timeout: float | None) -> float | None:
        """The shorter of `timeout` and what is left until the deadline, in seconds."""
        remaining = self.deadline - self._monotonic()
        if remaining <= 0:
            raise httpcore.ReadTimeout("the deadline of the request has passed")
        if remaining == float("inf"):
            return timeout
        return remaining if timeout is None else min(timeout, remaining)

    def connect_tcp(  # noqa: PLR0917  httpcore calls it so
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore.NetworkStream:
        try:
            addresses = self._policy.checked(host, self._resolve(host, port))
        except OSError as exc:
            raise httpcore.ConnectError(f"no address for {host}") from exc
        failure: httpcore.ConnectError | httpcore.ConnectTimeout | None = None
        for address in addresses:
            try:
                stream = self._sockets.connect_tcp(
                    address, port, self.left(timeout), local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as exc:
                failure = exc
            else:
                return _DeadlineStream(stream, self)
        raise failure or httpcore.ConnectError(f"no address for {host}")


class _DeadlineStream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream, backend: GuardedBackend) -> None:
        self._stream = stream
        self._backend = backend

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._backend.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._backend.left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: object, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        secured = self._stream.start_tls(
            ssl_context,  # type: ignore[arg-type]  # the base class says SSLContext, we pass it on
            server_hostname,
            self._backend.left(timeout),
        )
        return _DeadlineStream(secured, self._backend)

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)


def _literal(host: str) -> IPAddress | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _embedded(address: IPAddress) -> IPAddress | None:
    """What an IPv6 address that stands for another really reaches (itself for NAT64)."""
    if isinstance(address, IPv4Address):
        return None
    if any(address in network for network in _NAT64):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]


def _refusal(host: str) -> str:
    return (
        f"{host[:120]} is a private or special address; "
        "allow_private_networks = true permits private ones"
    )
