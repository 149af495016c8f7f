"""Find the calendars of an account from whatever address its owner knows.

The address as given, then RFC 6764's well-known one, then the places where common servers keep
their accounts, then DNS. Credentials go to the configured origin only; an account that lives
elsewhere is named in the error, not visited. Writes nothing. RFC 6764, RFC 5397, RFC 4791 §6.2.1.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from urllib.parse import quote, unquote, urlsplit

from syncd.core.errors import Forbidden, NeedsLogin, RateLimited, SyncdError, Transient
from syncd.ports import Access, Discovered
from syncd_caldav import xml
from syncd_caldav.addresses import AddressRefused, Resolve, is_a_name, resolve_by_system
from syncd_caldav.answers import Answer
from syncd_caldav.connecting import connect
from syncd_caldav.dav import Dav
from syncd_caldav.failures import failure
from syncd_caldav.hrefs import canonical, path_of
from syncd_caldav.settings import CalDavSettings, read_settings
from syncd_caldav.xml import CALDAV, DAV, Row

_NAME = f"{DAV}displayname"
_PRINCIPAL = f"{DAV}current-user-principal"
_HOMES = f"{CALDAV}calendar-home-set"
_COMPONENTS = f"{CALDAV}supported-calendar-component-set"
_PRIVILEGES = f"{DAV}current-user-privilege-set"
_WHERE = (xml.RESOURCETYPE, _PRINCIPAL, _HOMES)
_WHAT = (xml.RESOURCETYPE, _NAME, _COMPONENTS, _PRIVILEGES)
_WRITES = frozenset(f"{DAV}{name}" for name in ("write", "write-content", "bind", "all"))
_COPIES = (".ics", ".xml")
"""One server lists every calendar three times: as a collection, and as two exports."""


def discover(access: Access, *, resolve: Resolve = resolve_by_system) -> list[Discovered]:
    """The account's calendars that hold events. `NeedsLogin`, `Forbidden` or `Transient` when
    nothing was found, with the reason that says most."""
    settings = read_settings(access.settings)
    dav = connect(settings, access, resolve)
    try:
        return _Search(dav, access, settings).run(resolve)
    finally:
        dav.close()


class _Search:
    def __init__(self, dav: Dav, access: Access, settings: CalDavSettings) -> None:
        self._dav = dav
        self._access = access
        self._settings = settings
        self._failures: list[SyncdError] = []
        self._elsewhere: list[str] = []

    def run(self, resolve: Resolve) -> list[Discovered]:
        for path in chain(self._places(), self._by_dns(resolve)):
            rows = self._calendars_from(path)
            if rows:
                return [self._described(row) for row in rows]
        raise self._what_stood_in_the_way()

    def _places(self) -> Iterator[str]:
        """Where to ask at the configured origin, as long as it answers at all."""
        given = urlsplit(self._settings.url).path or "/"
        user = quote(self._settings.username or "", safe="@")
        places = ["/.well-known/caldav", "/", "/dav/"]
        if user:
            places += [f"/SOGo/dav/{user}/"]
        places += ["/remote.php/dav/", "/caldav.php/", "/dav.php/"]
        yield given
        for place in places:
            if self._dav.answered and place.rstrip("/") != given.rstrip("/"):
                yield place

    def _calendars_from(self, path: str) -> list[Row]:
        """The calendars that can be reached from one address; none if it leads nowhere."""
        here = self._ask(path, _WHERE, "0")
        if not here:
            return []
        homes = list(here[0].hrefs_in(_HOMES))
        principal = here[0].href_in(_PRINCIPAL)
        if not homes and principal:
            homes = [
                home
                for row in self._ask(self._path(principal), _WHERE, "0")
                for home in row.hrefs_in(_HOMES)
            ]
        listed = [row for home in homes for row in self._ask(self._path(home), _WHAT, "1")]
        if not any(row.is_calendar for row in listed):
            depth = "0" if here[0].is_calendar else "1"
            listed = self._ask(path, _WHAT, depth)
        return _unique(row for row in listed if _holds_events(row))

    def _ask(self, path: str, names: tuple[str, ...], depth: str) -> list[Row]:
        """The rows of a PROPFIND; none, with the reason kept, where it fails."""
        if not path:
            return []
        try:
            answer = self._dav.propfind(path, xml.propfind(names), depth=depth)
            if answer.status != 207:
                raise self._refused(answer)
            rows = xml.parse_multistatus(answer.body).rows
        except (NeedsLogin, RateLimited):
            raise  # more attempts would only make it worse
        except (SyncdError, xml.NotXml) as exc:
            if isinstance(exc, SyncdError):
                self._failures.append(exc)
            return []
        return [row for row in rows if row.status is None or row.status < 400]

    def _refused(self, answer: Answer) -> SyncdError:
        if answer.moved_to:
            self._elsewhere.append(answer.moved_to)
        found = failure(answer, self._access.clock.now())
        if isinstance(found, Transient) and answer.status < 500:
            return Forbidden(f"no WebDAV there ({answer.method} was answered {answer.status})")
        return found

    def _path(self, href: str) -> str:
        """The path of an address that the server names; "" where it is at another origin, or no
        address at all."""
        try:
            parts = urlsplit(href)
        except ValueError:
            return ""
        if parts.netloc and f"{parts.scheme}://{parts.netloc}" != self._dav.origin:
            self._elsewhere.append(href)
            return ""
        return path_of(href)

    def _described(self, row: Row) -> Discovered:
        path = path_of(row.href).rstrip("/") + "/"
        url = self._dav.origin + path
        privileges = row.names(_PRIVILEGES)
        return Discovered(
            name=row.text(_NAME) or unquote(path.rstrip("/").rpartition("/")[2]),
            url=url,
            settings={**self._access.settings, "url": url},
            writable=not privileges or bool(privileges & _WRITES),
        )

    def _by_dns(self, resolve: Resolve) -> Iterator[str]:
        """What the domain's SRV and TXT records say, asked through the caldav library."""
        parts = urlsplit(self._settings.url)
        host = parts.hostname or ""
        if not is_a_name(host) or parts.scheme != "https":
            return
        try:
            self._settings.policy.checked(host, resolve(host, parts.port or 443))
        except (OSError, AddressRefused):
            return
        found = _service_of(host, self._settings.connect_timeout)
        if found and found.startswith(f"{self._dav.origin}/"):
            yield found[len(self._dav.origin) :]
        elif found:
            self._elsewhere.append(found)

    def _what_stood_in_the_way(self) -> SyncdError:
        other = next((each for each in self._elsewhere), None)
        if other is not None:
            parts = urlsplit(other)
            return Forbidden(
                f"the account lives at {parts.scheme}://{parts.netloc}{parts.path}; "
                "use that as its url"
            )
        silent = [each for each in self._failures if not isinstance(each, Forbidden)]
        if silent and len(silent) == len(self._failures):
            return silent[0]
        return Forbidden("no calendar was found there; give the address of a calendar as its url")


def _service_of(domain: str, timeout: int) -> str | None:
    """The address of the CalDAV service of a domain, by RFC 6764; None where it names none. Sends
    no credentials."""
    from caldav.discovery import discover_caldav  # noqa: PLC0415  costs half a second, rarely used
    from caldav.lib.error import DAVError  # noqa: PLC0415

    try:
        found = discover_caldav(domain, timeout=timeout)
    except (DAVError, OSError, ValueError):
        return None
    return str(found.url) if found is not None else None


def _holds_events(row: Row) -> bool:
    types = {name.rpartition("}")[2] for name in row.names(xml.RESOURCETYPE)}
    if not row.is_calendar or types & {"deleted-calendar", "schedule-inbox"}:
        return False  # a personal calendar of SOGo is a schedule-outbox too
    components = row.properties.get(_COMPONENTS)
    if components is None or not len(components):
        return True
    return any(each.get("name", "").upper() == "VEVENT" for each in components)


def _unique(rows: Iterable[Row]) -> list[Row]:
    """Each calendar once, in the server's order, as the plain collection where there is one."""
    found: dict[str, Row] = {}
    copies: dict[str, Row] = {}
    for row in rows:
        path = canonical(path_of(row.href)).rstrip("/")
        stem = next((path.removesuffix(end) for end in _COPIES if path.endswith(end)), None)
        if stem is None or row.href.endswith("/"):
            found.setdefault(path, row)
        else:
            copies.setdefault(stem, row)
    return list(found.values()) + [row for stem, row in copies.items() if stem not in found]
