"""A practice whose rounds run in this process: the real ledger, flows and provider, a real server.

Between provider and server stands the proxy whose requests a spoiler counts and spoils. For speed
only the process is left out; whole processes are spoilt in `test_outages_of_syncs`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from calendar_servers import PASSWORD_VARIABLE, CalendarServer
from system.proxy import Proxy, proxy_to
from system.running_practice import CAUSE, MAIN
from torture.diary import Diary
from torture.shown import Desk
from torture.spoiler import Spoiler

from syncd.core.remote import CalendarState
from syncd.flows.mandate import Mandate
from syncd.flows.practice import Roster, apply_roster
from syncd.flows.surroundings import Surroundings
from syncd.flows.sync import Report, run_round
from syncd.testing.builders import a_calendar, a_practice, a_practitioner, an_activity
from syncd.wiring import furnish
from syncd_caldav.dav import Timeouts
from syncd_caldav.provider import CalDavProvider
from syncd_config import Settings

IMPATIENT = Timeouts(connect=2, listing=0.6, single=0.6)
"""While there are faults nobody waits long for a server on loopback."""
PATIENT = Timeouts()
LEASE = timedelta(hours=1)
WRITES = ("PUT", "DELETE")


@dataclass
class Bench:
    """One practitioner, one calendar, and both their hands in the diary."""

    around: Surroundings
    proxy: Proxy
    spoiler: Spoiler
    diary: Diary
    fence: int
    _opened: list[CalDavProvider] = field(default_factory=list)

    def sync(self, *, in_full: bool = False) -> Report:
        """One round, as a daemon would do it."""
        mandate = Mandate(run_id="torture", fence=self.fence)
        return run_round(self.around, self._provider(), MAIN, mandate, in_full=in_full)

    def reconnect(self) -> None:
        """As after a restart: nothing is known of the server."""
        while self._opened:
            self._opened.pop().close()

    @contextmanager
    def impatience(self) -> Iterator[None]:
        """Give up early what does not answer."""
        dav = self._provider()._dav
        dav.timeouts = IMPATIENT
        yield
        dav.timeouts = PATIENT

    def state(self) -> CalendarState:
        with self.around.ledger.read() as view:
            return view.calendar_state(MAIN)

    def writes(self) -> int:
        return sum(each.method in WRITES for each in self.proxy.log)

    def furnish(self) -> None:
        """Some appointments of either hand, at rest."""
        for _ in range(5):
            self.diary.books()
            self.diary.adds()
        assert self.sync().ok
        assert self.sync().ok
        assert self.diary.unsettled() == []
        self.diary.remember_whole()

    def _provider(self) -> CalDavProvider:
        if not self._opened:
            with self.around.ledger.read() as view:
                calendar = view.calendar(MAIN)
                practitioner = view.practitioner(calendar.practitioner_id)
            self._opened.append(self.around.open_provider(calendar, practitioner))
        return self._opened[0]


@contextmanager
def a_bench(folder: Path, server: CalendarServer, elsewhere: str) -> Iterator[Bench]:
    """An empty ledger in `folder` and an empty calendar at `server`."""
    settings = Settings(
        state_directory=folder, database_url=f"sqlite:///{folder / 'ledger.sqlite3'}"
    )
    around = furnish(settings, {PASSWORD_VARIABLE: server.password})
    around.ledger.migrate()
    path = urlsplit(server.new_calendar()).path
    desk = Desk(server, path)
    with proxy_to(server.origin) as proxy:
        calendar = a_calendar(provider="caldav", settings=server.settings(proxy.origin + path))
        roster = Roster(
            practice=a_practice(),
            practitioners=(a_practitioner(),),
            activities=(an_activity(),),
            calendars=(calendar,),
        )
        apply_roster(around, roster, CAUSE)
        fence = around.ledger.write(lambda tx: tx.take_lease(MAIN, around.node, LEASE))
        assert fence is not None
        diary = Diary(around, desk)
        spoiler = Spoiler(proxy, elsewhere, diary.colleague_renames_at)
        bench = Bench(around, proxy, spoiler, diary, fence)
        yield bench
        spoiler.calm_down()
        bench.reconnect()
    desk.close()
    around.ledger.close()
