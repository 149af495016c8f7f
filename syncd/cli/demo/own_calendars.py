"""The acts with two doctors' calendars on a CalDAV server, and a colleague who edits one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from syncd.cli import render
from syncd.cli.demo.colleague import FOREIGN, WEEKLY, Colleague, meet
from syncd.cli.demo.play import HALF_HOUR, Play
from syncd.cli.demo.stage import PASSWORD
from syncd.cli.exits import Exit
from syncd.cli.render import Cell
from syncd.core.appointment import Status


@dataclass(slots=True)
class OwnCalendars:
    """`patel` is the colleague who edits Dr. Patel's calendar, `foreign` the address of an event
    that she adds there."""

    play: Play
    patel: Colleague
    foreign: str = ""

    def some_bookings(self) -> None:
        play = self.play
        render.show_step(2, "Bookings: each gets a number, none is taken twice")
        for practitioner, hour, name in (
            ("dr-patel", 9, "Jane Doe"),
            ("dr-patel", 10, "Tom Baker"),
            ("dr-meyer", 9, "Ada Okoye"),
        ):
            play.book(practitioner, play.at(0, hour), name)
        refused = play.book("dr-patel", play.at(0, 9, 15), "Eve Late", expect=Exit.ERROR)
        play.stage.type_in("sync")
        play.claims.check("a second booking of the same time was refused", holds=refused)
        play.claims.check(
            "three appointments are in the doctors' calendars",
            holds=len(play.appointments()) == 3 and play.stage.server.requests()["PUT"] == 3,
            detail="the server counted 3 writes",
        )

    def a_colleague_edits(self) -> None:
        play, patel = self.play, self.patel
        render.show_step(
            3, "Meanwhile a colleague edits Dr. Patel's calendar in a program of her own"
        )
        jane, tom = (play.appointment_of(each) for each in ("Jane Doe", "Tom Baker"))
        patel.move(jane.number, timedelta(hours=2))
        patel.delete(tom.number)
        self.foreign = patel.add(FOREIGN, play.at(1, 11), HALF_HOUR, stamp=play.now)
        patel.add(WEEKLY, play.at(2, 14), 2 * HALF_HOUR, stamp=play.now)
        for line in (
            f"she moves {jane.number} from 9 to 11 o'clock",
            f"she deletes {tom.number}",
            "she adds a follow-up on Tuesday at 11, with a note, an alarm and a colour",
            "she adds a weekly supervision, Wednesdays at 14",
        ):
            render.show_line(Cell("  -", "dim"), line)

    def both_ways(self) -> None:
        play, claims = self.play, self.play.claims
        render.show_step(4, "What would a sync do? Then do it")
        play.stage.type_in("plan")
        play.stage.type_in("sync")
        jane, tom = (play.appointment_of(each) for each in ("Jane Doe", "Tom Baker"))
        claims.check(f"{jane.number} is at 11 now", holds=jane.start == play.at(0, 11))
        claims.check(
            f"{tom.number} is cancelled, its number stays", holds=tom.status is Status.CANCELLED
        )
        adopted = play.appointment_at("dr-patel", play.at(1, 11))
        claims.check(
            "her follow-up is an appointment with a number of its own",
            holds=adopted is not None and adopted.is_adopted,
            detail=adopted.number if adopted else "",
        )
        render.show_line(Cell("Two weeks on, somebody asks for a Wednesday at 14:", "dim"))
        refused = play.book("dr-patel", play.at(16, 14), "Max Wednesday", expect=Exit.ERROR)
        claims.check("her supervision takes its time every week", holds=refused)

    def nothing_of_hers_is_lost(self) -> None:
        """While the service runs: it has the calendar, and does the round that `sync` asks for."""
        play = self.play
        render.show_step(
            7, "Meanwhile her event is moved in the ledger: nothing else of it changes"
        )
        adopted = play.appointment_at("dr-patel", play.at(1, 11))
        if adopted is None:
            return
        before = self.patel.body(self.foreign)
        play.stage.type_in(
            f"appointments reschedule {adopted.number} --start {play.typed(play.at(1, 15))} "
            '--reason "asked by phone"'
        )
        play.stage.type_in("sync patel")
        after = self.patel.body(self.foreign)
        play.claims.check("her event was moved in her calendar", holds=before != after)
        play.claims.check_nothing_lost(
            "its note, alarm, colour and all the rest are as she wrote them", before, after
        )


def a_practice(play: Play) -> OwnCalendars:
    server = play.stage.server
    render.show_step(1, "A practice, and the calendars that its people already use")
    render.show_line(
        Cell(f"A real CalDAV server (Radicale) runs at {server.origin}, with an empty", "dim")
    )
    render.show_line(Cell("calendar for each of two doctors. practice.toml names them.", "dim"))
    patel, _ = (meet(server.origin, name, PASSWORD)("Appointments") for name in ("patel", "meyer"))
    play.stage.type_in("practice apply")
    return OwnCalendars(play=play, patel=patel)
