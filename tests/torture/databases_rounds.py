"""A practice whose calendar is a real server's, behind a proxy that counts: for rounds that end
badly, and for what the next ones make of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from calendar_servers import PASSWORD_VARIABLE, CalendarServer
from system.proxy import Proxy, proxy_to
from system.running_practice import an_event, line
from torture.databases import MONDAY, Desk, a_desk, book_slot, give_calendars, problems_of

from syncd.core.time import Interval
from syncd.flows.rounds import Terms, sync_now
from syncd.flows.surroundings import Surroundings
from syncd.flows.sync import Report
from syncd.testing.builders import HALF_HOUR, a_calendar

FOREIGN = MONDAY + timedelta(days=70)
MOST_ROUNDS = 3


@dataclass
class Workshop:
    """A server, a proxy before it, and a desk without calendars to take copies of."""

    server: CalendarServer
    proxy: Proxy
    template: Desk
    folder: Path
    made: int = 0

    def busy_desk(self, *, bookings: int = 3, events: int = 2) -> Office:
        """A copy with a calendar of its own, bookings to write and a colleague's events to read."""
        self.made += 1
        desk = self.template.copy_to(self.folder / f"desk-{self.made}")
        desk.environ = {PASSWORD_VARIABLE: self.server.password}
        office = Office(desk, self.server, self.proxy, self.server.new_calendar())
        with desk.around() as around:
            office.connect(around)
            office.numbers += [book_slot(around, slot).number for slot in range(bookings)]
        for each in range(events):
            office.put(each)
        return office


@dataclass
class Office:
    """One desk and its calendar."""

    desk: Desk
    server: CalendarServer
    proxy: Proxy
    url: str
    numbers: list[str] = field(default_factory=list)
    foreign: list[Interval] = field(default_factory=list)

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    def connect(self, around: Surroundings) -> None:
        settings = self.server.settings(self.proxy.origin + self.path)
        give_calendars(around, a_calendar(provider="caldav", settings=settings))

    def put(self, which: int) -> None:
        """A colleague's event."""
        start = FOREIGN + which * timedelta(hours=1)
        self.foreign.append(Interval(start, start + HALF_HOUR))
        with self.server.client() as client:
            text = an_event(f"foreign-{which}", start)
            client.put(f"{self.path}foreign-{which}.ics", content=text).raise_for_status()

    def events(self) -> list[str]:
        """What the server really holds, asked without the proxy."""
        with self.server.client() as client:
            listing = client.request("PROPFIND", self.path, headers={"Depth": "1"})
            hrefs = {part.split("</href>")[0] for part in listing.text.split("<href>")[1:]}
            return [client.get(each).text for each in sorted(hrefs) if each.endswith(".ics")]

    def sync(self) -> Report:
        """A round by a process of its own, as far as the ledger can tell."""
        with self.desk.around() as around:
            calendar_id = a_calendar().id
            return sync_now(around, [calendar_id], Terms())[0].report

    def problems_after_rounds(self) -> list[str]:
        """What is not as promised once rounds have been done again: nothing is left to do after a
        few of them, both sides hold the same, once, and nothing was deleted."""
        found = []
        for tries_left in reversed(range(MOST_ROUNDS)):
            report = self.sync()
            if not report.ok:
                found.append(f"a round failed: {report.code} {report.error}")
            if not report.pulled and not report.pushed:
                break
            if not tries_left:
                found.append(f"still at work after {MOST_ROUNDS} rounds")
        own = [each for each in self.proxy.log if each.path.startswith(self.path)]
        found += [f"deleted {each.path}" for each in own if each.method == "DELETE"]
        texts = self.events()
        expected = len(self.numbers) + len(self.foreign)
        uids = Counter(line(text, "UID") for text in texts)
        ours = Counter(line(text, "X-SYNCD-ID") for text in texts if "X-SYNCD-ID" in text)
        found += [f"{uid} is there {n} times" for uid, n in (uids + ours).items() if n > 1]
        if len(texts) != expected:
            found.append(f"{len(texts)} events instead of {expected}")
        with self.desk.around() as around, around.ledger.read() as view:
            starts = sorted(each.start for each in view.appointments())
            quarantined = view.quarantined(a_calendar().id)
        if len(starts) != expected or quarantined:
            found.append(f"{len(starts)} appointments instead of {expected}")
        if not {each.start for each in self.foreign} <= set(starts):
            found.append("a colleague's event did not become an appointment")
        return found + problems_of(self.desk, self.numbers, asked=expected)


@contextmanager
def workshop(folder: Path, server: CalendarServer) -> Iterator[Workshop]:
    """For as long as the `with` block lasts."""
    (folder / "template").mkdir()
    with proxy_to(server.origin) as proxy:
        yield Workshop(server, proxy, a_desk(folder / "template"), folder)
