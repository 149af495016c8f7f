"""One calendar collection: where it is, whether it is there, who owns it.

Reads and writes no events. An answer that is not a complete multistatus document is an outage, not
an empty calendar. RFC 4791 §4.2, RFC 3744 §5, RFC 6638 §2.4.1.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b

from syncd.core.errors import Forbidden, SyncdError
from syncd.core.events import AllDay, RemoteEvent, Unreadable
from syncd.core.ids import EventRef, Uid, Version
from syncd.ports import Clock
from syncd_caldav import xml
from syncd_caldav.answers import Answer
from syncd_caldav.dav import Dav
from syncd_caldav.events import NotAnEvent, read_event
from syncd_caldav.failures import NotWhatWasAsked, failure
from syncd_caldav.hrefs import Hrefs
from syncd_caldav.profile import Family, Profile
from syncd_caldav.xml import CALDAV, DAV, Multistatus, Row

_COMPONENTS = f"{CALDAV}supported-calendar-component-set"
_REPORTS = f"{DAV}supported-report-set"
_PRIVILEGES = f"{DAV}current-user-privilege-set"
_PRINCIPAL = f"{DAV}current-user-principal"
_OWNER = f"{DAV}owner"
_ADDRESSES = f"{CALDAV}calendar-user-address-set"
_ASKED = (
    *(xml.RESOURCETYPE, xml.SYNC_TOKEN, xml.GETCTAG),
    *(_COMPONENTS, _REPORTS, _PRIVILEGES, _PRINCIPAL, _OWNER),
)
_WRITES = frozenset(f"{DAV}{name}" for name in ("write", "write-content", "bind", "all"))


@dataclass(frozen=True, slots=True)
class Mark:
    """How far the collection had come when it was asked; "" where the server does not say."""

    sync_token: str
    ctag: str


class Collection:
    """`owner` holds addresses known from the settings; the server's own are added when an event
    with attendees first asks for them."""

    def __init__(self, dav: Dav, path: str, clock: Clock, owner: Iterable[str] = ()) -> None:
        self.dav = dav
        self.path = path
        self.clock = clock
        self.hrefs = Hrefs(path)
        self.profile = Profile()
        self._owner = frozenset(address.lower() for address in owner)
        self._owner_asked = False
        self._checked = False

    def check(self) -> Mark:
        """Where the collection stands, once it has shown that it is a calendar; else `Forbidden`,
        `NeedsLogin`, or `Transient` where that cannot be told."""
        answer = self.dav.propfind(self.path, xml.propfind(_ASKED), depth="0")
        rows = self.multistatus(answer).rows
        if not rows:
            raise NotWhatWasAsked(answer, "it says nothing about the calendar")
        row = next((each for each in rows if self.hrefs.is_collection(each.href)), rows[0])
        self.require_calendar(row, answer)
        self._checked = True
        self.hrefs.also_known_as(row.href)
        self._learn(row)
        return Mark(row.text(xml.SYNC_TOKEN), row.text(xml.GETCTAG))

    def has_address(self, ref: EventRef) -> bool:
        """Whether `ref` is an address in this calendar; asks once how the server itself spells the
        calendar's, where `ref` does not fit the configured one."""
        if not self.hrefs.holds(ref) and not self._checked:
            self.check()
        return self.hrefs.holds(ref)

    def know(self) -> None:
        """Before the first write: learn what kind of server this is, unless its answers told."""
        if self.profile.family is Family.UNKNOWN and not self._checked:
            self.check()

    def require_calendar(self, row: Row, answer: Answer) -> None:
        """Return if `row` describes a calendar that can hold events."""
        if row.status is not None and row.status >= 400:
            found = Answer(method=answer.method, path=answer.path, status=row.status)
            raise failure(found, self.clock.now())
        if xml.RESOURCETYPE not in row.properties:
            raise NotWhatWasAsked(answer, "it does not say what the address is")
        if not row.is_calendar:
            raise Forbidden("the address is not a calendar; `syncd calendars discover` finds them")
        components = row.properties.get(_COMPONENTS)
        if components is not None and len(components):
            kinds = {each.get("name", "").upper() for each in components}
            if "VEVENT" not in kinds:
                raise Forbidden("the calendar holds no events (only tasks, journals or the like)")

    def multistatus(self, answer: Answer) -> Multistatus:
        """The rows of a 207 answer; the failure that any other answer is."""
        self.profile.recognise(answer.headers, answer.path)
        if answer.status != 207:
            if 200 <= answer.status < 300:
                raise NotWhatWasAsked(answer, "207 was expected")
            raise failure(answer, self.clock.now())
        try:
            return xml.parse_multistatus(answer.body)
        except xml.NotXml as exc:
            raise NotWhatWasAsked(answer, str(exc)) from exc

    def _learn(self, row: Row) -> None:
        reports = row.names(_REPORTS)
        token = row.text(xml.SYNC_TOKEN)
        self.profile.recognise_token(token)
        self.profile.has_sync = bool(token) or f"{DAV}sync-collection" in reports
        self.profile.has_ctag = bool(row.text(xml.GETCTAG))
        privileges = row.names(_PRIVILEGES)
        if privileges:
            self.profile.writable = bool(privileges & _WRITES)

    def read(
        self, ref: EventRef, version: Version, body: str | bytes, *, ask: bool = True
    ) -> RemoteEvent | Unreadable:
        """The event in `body`. `ask`: the server may be asked who the calendar's owner is."""
        if ask and not self._owner_asked:
            marker = b"ATTENDEE" if isinstance(body, bytes) else "ATTENDEE"
            if marker in body:  # type: ignore[operator]  # both are of one kind
                self._ask_owner()
        found = read_event(ref, version, _with_line_ends(body), owner=self._owner)
        return _set_aside(found, body) if isinstance(found, NotAnEvent) else found

    @property
    def owner(self) -> frozenset[str]:
        """The addresses by which the owner is known to be invited so far."""
        return self._owner

    def begin(self) -> None:
        """A new round: what could not be learnt about the owner may be asked again."""
        self._owner_asked = any(address.startswith("mailto:") for address in self._owner)

    def _ask_owner(self) -> None:
        """Learn by which addresses the owner is invited. Failing to is no failure."""
        self._owner_asked = True
        try:
            rows = self._rows_about(self.path, (_OWNER, _PRINCIPAL))
            principals = (rows[0].href_in(_OWNER), rows[0].href_in(_PRINCIPAL)) if rows else ()
            for principal in dict.fromkeys(filter(None, principals)):
                path = self.hrefs.on_our_origin(principal)
                found = [row.hrefs_in(_ADDRESSES) for row in self._rows_about(path, (_ADDRESSES,))]
                mailboxes = {each.lower() for hrefs in found for each in hrefs if "@" in each}
                if mailboxes:
                    self._owner |= mailboxes
                    return
        except SyncdError:
            return

    def _rows_about(self, path: str, names: tuple[str, ...]) -> tuple[Row, ...]:
        if not path:
            return ()
        return self.multistatus(self.dav.propfind(path, xml.propfind(names), depth="0")).rows


def _with_line_ends(body: str | bytes) -> str | bytes:
    """XML makes LF of every CRLF (XML 1.0 §2.11): put back what RFC 5545 wants, so that a body is
    the same whichever way it came."""
    if isinstance(body, bytes):
        return body if b"\r\n" in body else body.replace(b"\n", b"\r\n")
    return body if "\r\n" in body else body.replace("\n", "\r\n")


def _set_aside(found: NotAnEvent, body: str | bytes) -> RemoteEvent:
    """A task or journal as something that takes no time, so that it is remembered by its version
    and not fetched again in each round."""
    raw = body if isinstance(body, bytes) else body.encode(errors="replace")
    return RemoteEvent(
        ref=found.ref,
        version=found.version,
        uid=Uid(found.ref),
        when=AllDay(date(1970, 1, 1), date(1970, 1, 2)),
        transparent=True,
        digest=blake2b(raw, digest_size=16).hexdigest(),
    )
