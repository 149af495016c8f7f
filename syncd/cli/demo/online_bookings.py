"""The acts with a third doctor, whose clients book through Cal.com: what they do there arrives by
webhooks, and by the next poll where a webhook is lost.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from syncd.cli import render
from syncd.cli.demo.booking_site import CONSULTATION, forge
from syncd.cli.demo.play import Play, standing_at
from syncd.cli.demo.service import begin
from syncd.cli.render import Cell
from syncd.core.delivery import Delivery
from syncd.core.ids import CalendarId, Number
from syncd.ledger import View

PEER = CalendarId("peer")
DOCTOR = "dr-peer"
PAGE = 20
"""Deliveries looked at: more than the story has."""


@dataclass(slots=True)
class OnlineBookings:
    """`omar` and `rosa` have a booking at Cal.com before syncd comes; Lena books later. Bookings
    are known by their uids there, appointments by their numbers here."""

    play: Play
    omar: str = ""
    lena: str = ""
    numbers: dict[str, Number] = field(default_factory=dict)
    told_at: float = 0.0

    @property
    def address(self) -> str:
        return f"{self.play.stage.door}/webhooks/calcom/{PEER}"

    def a_doctor_on_calcom(self) -> None:
        play, stage = self.play, self.play.stage
        render.show_step(5, "A third doctor is booked through Cal.com, and syncd becomes a service")
        render.show_command("systemctl start syncd    # here: syncd run &")
        begin(stage.service)
        self.omar = stage.site.book(play.at(0, 9), "Omar Haddad")
        stage.site.book(play.at(0, 10), "Rosa Lind")
        for line in (
            f"What stands in for Cal.com runs at {stage.site.origin}: Dr. Peer has an account,",
            "and two clients. One command makes the webhook there, and what practice.toml needs.",
        ):
            render.show_line(Cell(line, "dim"))
        stage.type_in(
            f"calendars add {stage.site.origin}/v2 --id {PEER} --practitioner {DOCTOR} "
            f"--provider calcom --set api_key=file:{stage.site.key_file} "
            f"--set event_types={CONSULTATION}=consultation --webhook-url {stage.door}",
            into=stage.folder / "practice.toml",
        )
        stage.type_in("practice apply")
        stage.service.await_port(stage.port, stage.clock)
        both = {"omar": play.at(0, 9), "rosa": play.at(0, 10)}
        stage.wait_until(
            lambda view: all(
                standing_at(view.appointments(), DOCTOR, each) for each in both.values()
            )
        )
        found = {name: play.appointment_at(DOCTOR, start) for name, start in both.items()}
        self.numbers = {name: each.number for name, each in found.items() if each is not None}
        play.claims.check(
            "both bookings are appointments with numbers",
            holds=len(set(self.numbers.values())) == 2,
            detail=", ".join(self.numbers.values()),
        )

    def clients_book_and_move(self) -> None:
        play, stage = self.play, self.play.stage
        render.show_step(
            6, "Her clients use Cal.com, and Cal.com tells syncd with a signed webhook"
        )
        self.lena = stage.site.book(play.at(1, 10), "Lena Fischer")
        self.omar = stage.site.move(self.omar, play.at(1, 14))
        self.told_at = stage.clock.monotonic()
        for line in (
            "Lena Fischer books Tuesday at 10",
            "Omar Haddad moves his appointment from Monday at 9 to Tuesday at 14",
        ):
            render.show_line(Cell("  -", "dim"), line)
        told = {each.about for each in self._deliveries()}
        play.claims.check("syncd has both in its inbox", holds={self.lena, self.omar} <= told)
        render.show_line(Cell("  -", "dim"), "a stranger says that Omar has cancelled")
        before = self._inbox(), play.journal_head()
        status = forge(stage.site, self.address, self.omar, at=stage.clock.now())
        play.claims.check(
            "the forged webhook was refused, and nothing of it is kept",
            holds=status == 403 and (self._inbox(), play.journal_head()) == before,
            detail=f"status {status}",
        )
        tried = stage.type_in(f"calendars webhook {PEER} --url {stage.door}")
        play.claims.check("the webhook is as it should be, and a test arrived", holds=tried)

    def seconds_later(self) -> None:
        play, stage = self.play, self.play.stage
        render.show_step(8, "Seconds after Cal.com told of it, the ledger has it")
        for line in (
            "syncd reads the calendar 6 to 9 s after a webhook, for Cal.com tells of some changes",
            "before it shows them. What is read is believed, and never what a webhook says.",
        ):
            render.show_line(Cell(line, "dim"))
        render.flush()
        by_webhook = stage.wait_until(self._is_known)
        seconds = stage.clock.monotonic() - self.told_at
        with stage.desk() as desk, desk.around.ledger.read() as view:
            poll = view.calendar(PEER).poll_every.total_seconds()
        stage.type_in("deliveries list")
        lena = play.appointment_at(DOCTOR, play.at(1, 10))
        play.claims.check(
            "Lena's booking is an appointment with a number",
            holds=by_webhook and lena is not None and seconds < poll / 2,
            detail=f"{lena.number}, within {seconds:.0f} s; the next poll was minutes away"
            if lena
            else "",
        )
        omar = play.appointment_at(DOCTOR, play.at(1, 14))
        was = play.appointment_at(DOCTOR, play.at(0, 9))
        play.claims.check(
            "Omar's has the new time, and is the same appointment with the same number",
            holds=omar is not None and was is None and omar.number == self.numbers.get("omar"),
            detail=omar.number if omar else "",
        )

    def a_webhook_is_lost(self) -> None:
        play, stage = self.play, self.play.stage
        render.show_step(9, "A webhook is lost: the next poll finds what it would have told")
        render.show_command("systemctl stop syncd")
        stage.service.stop()
        before = self._inbox()
        stage.site.book(play.at(2, 9), "Noor Aziz")
        for line in (
            "Noor Aziz books Wednesday at 9; Cal.com tells it once, and nobody is there",
            "Rosa Lind calls: the practice moves her appointment to Wednesday at 11",
        ):
            render.show_line(Cell("  -", "dim"), line)
        stage.type_in(
            f"appointments reschedule {self.numbers.get('rosa')} "
            f'--start {play.typed(play.at(2, 11))} --reason "asked by phone"'
        )
        stage.type_in("sync peer")
        noor = play.appointment_at(DOCTOR, play.at(2, 9))
        play.claims.check(
            "Noor's booking is an appointment with a number, without any webhook",
            holds=noor is not None and self._inbox() == before,
            detail=noor.number if noor else "",
        )
        shown = stage.site.shown()
        rosa = play.appointment_at(DOCTOR, play.at(2, 11))
        play.claims.check(
            "Cal.com shows Rosa's booking at its new time, and not at the old one",
            holds=play.at(2, 11) in shown
            and play.at(0, 10) not in shown
            and rosa is not None
            and rosa.number == self.numbers.get("rosa"),
            detail=rosa.number if rosa else "",
        )

    def _is_known(self, view: View) -> bool:
        """Whether what both clients did is in the ledger, and a look for a webhook was what saw
        it."""
        looks = {each.about: each.looks for each in view.deliveries(limit=PAGE, calendar_id=PEER)}
        found = view.appointments()
        return looks.get(self.lena, 0) > 0 and all(
            standing_at(found, DOCTOR, self.play.at(1, hour)) for hour in (10, 14)
        )

    def _deliveries(self) -> list[Delivery]:
        with self.play.stage.desk() as desk, desk.around.ledger.read() as view:
            return view.deliveries(limit=PAGE, calendar_id=PEER)

    def _inbox(self) -> list[str]:
        return [each.id for each in self._deliveries()]
