"""The story, act by act."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from syncd.cli import render
from syncd.cli.demo.claims import Claims
from syncd.cli.demo.colleague import FOREIGN, WEEKLY, Colleague, meet
from syncd.cli.demo.server import exit_on_sigterm, start_server
from syncd.cli.demo.stage import PASSWORD, Stage, set_up
from syncd.cli.exits import Exit
from syncd.cli.render import Cell
from syncd.core.appointment import Appointment, Status
from syncd.core.time import zone
from syncd.flows.rounds import survey_now
from syncd.wiring import SystemClock

HALF_HOUR = timedelta(minutes=30)
BERLIN = "Europe/Berlin"


def play(*, stay: bool) -> Exit:
    """Play the whole story. OK only if every claim held."""
    clock = SystemClock()
    began = clock.monotonic()
    exit_on_sigterm()
    folder = Path(tempfile.mkdtemp(prefix="syncd-demo-"))
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        accounts = dict.fromkeys(("patel", "meyer"), PASSWORD)
        server = start_server(folder / "server", accounts, clock)
        stack.callback(server.stop)
        with set_up(folder, server) as stage:
            claims = _Play(stage=stage, now=clock.now()).all()
        _sum_up(claims, clock.monotonic() - began)
        if stay:
            _say_how_to_look(stage)
            stack.pop_all()
    return Exit.ERROR if claims.broken else Exit.OK


@dataclass(slots=True)
class _Play:
    stage: Stage
    now: datetime
    claims: Claims = field(default_factory=Claims)
    tz: ZoneInfo = field(default_factory=lambda: zone(BERLIN))

    def all(self) -> Claims:
        patel, _ = self.a_practice()
        self.some_bookings()
        foreign = self.a_colleague_edits(patel)
        self.both_ways()
        self.nothing_of_hers_is_lost(patel, foreign)
        self.nothing_left_to_do()
        self.everything_has_a_cause()
        return self.claims

    def a_practice(self) -> list[Colleague]:
        server = self.stage.server
        render.show_step(1, "A practice, and the calendars that its people already use")
        render.show_line(
            Cell(f"A real CalDAV server (Radicale) runs at {server.origin}, with an empty", "dim")
        )
        render.show_line(Cell("calendar for each of two doctors. practice.toml names them.", "dim"))
        calendars = [
            meet(server.origin, name, PASSWORD)("Appointments") for name in ("patel", "meyer")
        ]
        self.stage.type_in("practice apply")
        return calendars

    def some_bookings(self) -> None:
        render.show_step(2, "Bookings: each gets a number, none is taken twice")
        for practitioner, hour, name in (
            ("dr-patel", 9, "Jane Doe"),
            ("dr-patel", 10, "Tom Baker"),
            ("dr-meyer", 9, "Ada Okoye"),
        ):
            self._book(practitioner, self._at(0, hour), name)
        refused = self._book("dr-patel", self._at(0, 9, 15), "Eve Late", expect=Exit.ERROR)
        self.stage.type_in("sync")
        self.claims.check("a second booking of the same time was refused", holds=refused)
        found = self._appointments()
        self.claims.check(
            "three appointments are in the doctors' calendars",
            holds=len(found) == 3 and self.stage.server.requests()["PUT"] == 3,
            detail="the server counted 3 writes",
        )

    def a_colleague_edits(self, patel: Colleague) -> str:
        render.show_step(
            3, "Meanwhile a colleague edits Dr. Patel's calendar in a program of her own"
        )
        jane, tom = (self._appointment_of(each) for each in ("Jane Doe", "Tom Baker"))
        patel.move(jane.number, timedelta(hours=2))
        patel.delete(tom.number)
        foreign = patel.add(FOREIGN, self._at(1, 11), HALF_HOUR, stamp=self.now)
        patel.add(WEEKLY, self._at(2, 14), 2 * HALF_HOUR, stamp=self.now)
        for line in (
            f"she moves {jane.number} from 9 to 11 o'clock",
            f"she deletes {tom.number}",
            "she adds a follow-up on Tuesday at 11, with a note, an alarm and a colour",
            "she adds a weekly supervision, Wednesdays at 14",
        ):
            render.show_line(Cell("  -", "dim"), line)
        return foreign

    def both_ways(self) -> None:
        render.show_step(4, "What would a sync do? Then do it")
        self.stage.type_in("plan")
        self.stage.type_in("sync")
        jane, tom = (self._appointment_of(each) for each in ("Jane Doe", "Tom Baker"))
        self.claims.check(f"{jane.number} is at 11 now", holds=jane.start == self._at(0, 11))
        self.claims.check(
            f"{tom.number} is cancelled, its number stays", holds=tom.status is Status.CANCELLED
        )
        adopted = self._adopted()
        self.claims.check(
            "her follow-up is an appointment with a number of its own",
            holds=adopted is not None and adopted.start == self._at(1, 11),
            detail=adopted.number if adopted else "",
        )
        render.show_line(Cell("Two weeks on, somebody asks for a Wednesday at 14:", "dim"))
        refused = self._book("dr-patel", self._at(16, 14), "Max Wednesday", expect=Exit.ERROR)
        self.claims.check("her supervision takes its time every week", holds=refused)

    def nothing_of_hers_is_lost(self, patel: Colleague, foreign: str) -> None:
        render.show_step(5, "Her event is moved in the ledger, and nothing else of it changes")
        adopted = self._adopted()
        if adopted is None:
            return
        before = patel.body(foreign)
        start = f"{self._at(1, 15).astimezone(self.tz):%Y-%m-%dT%H:%M}"
        self.stage.type_in(
            f'appointments reschedule {adopted.number} --start {start} --reason "asked by phone"'
        )
        self.stage.type_in("sync patel")
        after = patel.body(foreign)
        self.claims.check("her event was moved in her calendar", holds=before != after)
        self.claims.check_nothing_lost(
            "its note, alarm, colour and all the rest are as she wrote them", before, after
        )

    def nothing_left_to_do(self) -> None:
        render.show_step(6, "One more round does nothing at all")
        before = self.stage.server.requests()
        with self.stage.desk() as desk, desk.around.ledger.read() as view:
            head = view.journal_head()
        self.stage.type_in("sync")
        with self.stage.desk() as desk, desk.around.ledger.read() as view:
            same = view.journal_head() == head
        sent = self.stage.server.requests() - before
        writes = sum(sent[each] for each in ("PUT", "DELETE", "POST", "PROPPATCH"))
        self.claims.check(
            "nothing was written, on either side",
            holds=same and writes == 0,
            detail=f"the server counted {sent.total()} requests, {writes} of them writes",
        )

    def everything_has_a_cause(self) -> None:
        render.show_step(7, "Everything has a cause, and the record of it is whole")
        self.stage.type_in("appointments list")
        self.stage.type_in("journal tail -n 8")
        whole = self.stage.type_in("journal verify")
        self.claims.check("the journal is whole, and no number is missing", holds=whole)
        well = self.stage.type_in("status")
        self.claims.check("ledger and calendars agree", holds=well and self._agree())

    def _at(self, day: int, hour: int, minute: int = 0) -> datetime:
        """That time of the day `day` days after the Monday of the week after next."""
        today = self.now.astimezone(self.tz).date()
        monday = today + timedelta(days=14 - today.weekday())
        local = datetime.combine(monday + timedelta(days=day), time(hour, minute), self.tz)
        return local.astimezone(UTC)

    def _book(
        self, practitioner: str, start: datetime, name: str, *, expect: Exit = Exit.OK
    ) -> bool:
        wall = f"{start.astimezone(self.tz):%Y-%m-%dT%H:%M}"
        email = f"{name.split(maxsplit=1)[0].lower()}@example.org"
        return self.stage.type_in(
            f"book --activity consultation --practitioner {practitioner} --start {wall} "
            f'--name "{name}" --email {email}',
            expect=expect,
        )

    def _appointments(self) -> list[Appointment]:
        with self.stage.desk() as desk, desk.around.ledger.read() as view:
            return view.appointments()

    def _appointment_of(self, name: str) -> Appointment:
        found = self._appointments()
        return next(each for each in found if each.client is not None and each.client.name == name)

    def _adopted(self) -> Appointment | None:
        return next((each for each in self._appointments() if each.is_adopted), None)

    def _agree(self) -> bool:
        """Whether a plan for both calendars is empty."""
        with self.stage.desk() as desk:
            with desk.around.ledger.read() as view:
                ids = [each.id for each in view.calendars()]
            made = survey_now(desk.around, ids, desk.terms())
        return not made.failures and all(each.is_empty for each in made.plans)


def _sum_up(claims: Claims, seconds: float) -> None:
    render.show_line("")
    if claims.broken:
        render.show_line(
            Cell(f"{len(claims.broken)} of {claims.count} claims did not hold:", "bad")
        )
        for claim in claims.broken:
            render.show_line(Cell("  -", "bad"), claim)
    else:
        render.show_line(
            Cell(f"All {claims.count} claims held.", "good"),
            Cell(f"{seconds:.0f} s, against a real server on this machine.", "dim"),
        )


def _say_how_to_look(stage: Stage) -> None:
    server = stage.server
    for line in (
        "",
        "Everything is still there. Look at it:",
        f"  cd {stage.folder}",
        "  syncd status; syncd appointments list; syncd journal tail",
        f"  {server.origin}/  (users patel and meyer, password {PASSWORD})",
        "Change something in a calendar program, then `syncd plan` and `syncd sync`.",
        "Stop it, and remove it:",
        f"  kill {server.pid}; rm -r {stage.folder}",
    ):
        render.show_line(line)
