"""Raw requests to a stand-in, to see what it really does. No code of syncd's takes part."""

from __future__ import annotations

import re
from urllib.parse import quote

import httpx
from lxml import etree
from quirky_caldav import HOME, InProcess

from .standin import ORIGIN, PATH, StandIn

OTHER = f"{HOME}other/"
_DAV = "{DAV:}"
_SPACES = 'xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"'
_TEXT = {"Content-Type": "text/calendar; charset=utf-8"}
SCHEDULED = (
    "ORGANIZER:mailto:alice@example.org",
    "ATTENDEE:mailto:alice@example.org",
    "ATTENDEE:mailto:bob@example.org",
)


def event(uid: str = "u1", *lines: str, when: tuple[str, ...] = ()) -> str:
    """A whole object; `when` replaces its start and end."""
    when = when or ("DTSTART:20310304T090000Z", "DTEND:20310304T093000Z")
    whole = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Probe//EN", "BEGIN:VEVENT"]
    whole += [f"UID:{uid}", "DTSTAMP:20260101T000000Z", *when, *lines]
    return "".join(f"{line}\r\n" for line in [*whole, "END:VEVENT", "END:VCALENDAR"])


class Probe:
    """A stand-in and a client of it. `as_syncd` asks under syncd's name."""

    def __init__(self, standin: StandIn) -> None:
        self.standin = standin
        self.site = standin.site

    def ask(self, method: str, path: str, body: str | bytes = "", **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        content = body.encode() if isinstance(body, str) else body
        return self.standin.hand.request(method, path, content=content, headers=named)

    def unknown(self, method: str, path: str) -> httpx.Response:
        """Without logging in."""
        with httpx.Client(transport=InProcess(self.site), base_url=ORIGIN) as client:
            return client.request(method, path, headers={"Depth": "0"})

    def put(
        self, name: str = "a.ics", text: str | bytes = "", *, path: str = PATH, **headers: str
    ) -> httpx.Response:
        return self.ask("PUT", path + quote(name), text or event(name), **_TEXT, **headers)

    def get(self, name: str = "a.ics") -> str:
        return self.ask("GET", PATH + name).text

    def etag(self, name: str = "a.ics") -> str:
        return self.ask("GET", PATH + name).headers.get("etag", "")

    def delete(self, name: str = "a.ics", **headers: str) -> int:
        return self.ask("DELETE", PATH + name, **headers).status_code

    def listed(self, path: str = PATH, depth: str = "1") -> httpx.Response:
        return self.ask("PROPFIND", path, Depth=depth)

    def stated(self, name: str) -> str:
        found = re.search(f"<[a-z]:{name}>([^<]*)<", self.listed(depth="0").text)
        return found[1] if found else ""

    @property
    def token(self) -> str:
        return self.stated("sync-token")

    @property
    def ctag(self) -> str:
        return self.stated("getctag")

    def sync(self, token: str = "", *, limit: int = 0) -> httpx.Response:
        cap = f"<d:limit><d:nresults>{limit}</d:nresults></d:limit>" if limit else ""
        return self.report(
            f"<d:sync-collection {_SPACES}><d:sync-token>{token}</d:sync-token>"
            f"<d:sync-level>1</d:sync-level>{cap}<d:prop><d:getetag/></d:prop></d:sync-collection>"
        )

    def multiget(self, *names: str) -> httpx.Response:
        hrefs = "".join(f"<d:href>{PATH}{name}</d:href>" for name in names)
        return self.report(
            f"<c:calendar-multiget {_SPACES}><d:prop><d:getetag/><c:calendar-data/></d:prop>"
            f"{hrefs}</c:calendar-multiget>"
        )

    def search(self, start: str, end: str, *, expand: bool = False) -> httpx.Response:
        between = f'start="{start}T000000Z" end="{end}T000000Z"'
        data = f"<c:calendar-data>{f'<c:expand {between}/>' if expand else ''}</c:calendar-data>"
        return self.report(
            f"<c:calendar-query {_SPACES}><d:prop>{data}</d:prop><c:filter>"
            '<c:comp-filter name="VCALENDAR"><c:comp-filter name="VEVENT">'
            f"<c:time-range {between}/></c:comp-filter></c:comp-filter></c:filter>"
            "</c:calendar-query>"
        )

    def report(self, body: str) -> httpx.Response:
        return self.ask("REPORT", PATH, body, Depth="1")

    def remake(self) -> None:
        assert self.standin.recreate()


def rows(answer: httpx.Response) -> dict[str, int]:
    """Each row's name and status; 200 where it has properties."""
    assert answer.status_code == 207, answer.status_code
    found: dict[str, int] = {}
    for row in etree.fromstring(answer.content).iter(f"{_DAV}response"):
        href = row.findtext(f"{_DAV}href") or ""
        own = row.findtext(f"{_DAV}status")
        found[href.rpartition("/")[2]] = int(own.split()[1]) if own else 200
    return found


def count(answer: httpx.Response) -> int:
    """How many rows, the same one twice included."""
    return len(list(etree.fromstring(answer.content).iter(f"{_DAV}response")))


def next_token(answer: httpx.Response) -> str:
    return etree.fromstring(answer.content).findtext(f"{_DAV}sync-token") or ""


def ahead(token: str) -> str:
    """A token like this one that has not been given out yet."""
    return re.sub(r"\d*$", lambda found: str(int(found[0] or 0) + 1000), token, count=1)
