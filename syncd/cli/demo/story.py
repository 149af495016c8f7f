"""The story from the first act to the last, with what is started before and removed after it.

While webhooks are waited for, the doctors' own calendars go on: so acts of both stories alternate.
"""

from __future__ import annotations

import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path

from syncd.cli import render
from syncd.cli.demo.booking_site import start_site
from syncd.cli.demo.claims import Claims
from syncd.cli.demo.online_bookings import OnlineBookings
from syncd.cli.demo.own_calendars import a_practice
from syncd.cli.demo.play import Play
from syncd.cli.demo.process import exit_on_sigterm
from syncd.cli.demo.server import start_server
from syncd.cli.demo.stage import PASSWORD, Stage, set_up
from syncd.cli.exits import Exit
from syncd.cli.render import Cell
from syncd.wiring import SystemClock


def play(*, stay: bool) -> Exit:
    """Play the whole story. OK only if every claim held."""
    clock = SystemClock()
    began = clock.monotonic()
    exit_on_sigterm()
    folder = Path(tempfile.mkdtemp(prefix="syncd-demo-"))
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        accounts = dict.fromkeys(("patel", "meyer"), PASSWORD)
        server = start_server(folder / "server", accounts)
        stack.callback(server.process.stop)
        site = start_site(folder / "site")
        stack.callback(site.process.stop)
        stack.callback(site.close)
        with set_up(folder, server, site, clock) as stage:
            server.process.await_port(server.port, clock)
            claims = _all_acts(Play(stage=stage, now=clock.now()))
        _sum_up(claims, clock.monotonic() - began)
        if stay:
            _say_how_to_look(stage)
            stack.pop_all()
            site.close()
    return Exit.ERROR if claims.broken else Exit.OK


def _all_acts(play: Play) -> Claims:
    own = a_practice(play)
    own.some_bookings()
    own.a_colleague_edits()
    own.both_ways()
    play.stage.site.process.await_port(play.stage.site.port, play.stage.clock)
    online = OnlineBookings(play)
    online.a_doctor_on_calcom()
    online.clients_book_and_move()
    own.nothing_of_hers_is_lost()
    online.seconds_later()
    online.a_webhook_is_lost()
    _nothing_left_to_do(play)
    _everything_has_a_cause(play)
    return play.claims


def _nothing_left_to_do(play: Play) -> None:
    render.show_step(10, "One more round does nothing at all")
    server, site = play.stage.server, play.stage.site
    counted, shown, head = server.requests(), site.shown(), play.journal_head()
    play.stage.type_in("sync")
    sent = server.requests() - counted
    writes = sum(sent[each] for each in ("PUT", "DELETE", "POST", "PROPPATCH"))
    play.claims.check(
        "nothing was written, on any side",
        holds=writes == 0 and play.journal_head() == head and site.shown() == shown,
        detail=f"the CalDAV server counted {sent.total()} requests, {writes} of them writes",
    )


def _everything_has_a_cause(play: Play) -> None:
    render.show_step(11, "Everything has a cause, and the record of it is whole")
    play.stage.type_in("appointments list")
    play.stage.type_in("journal tail -n 8")
    whole = play.stage.type_in("journal verify")
    play.claims.check("the journal is whole, and no number is missing", holds=whole)
    well = play.stage.type_in("status")
    play.claims.check("ledger and calendars agree", holds=well and play.agree())


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
            Cell(f"{seconds:.0f} s; no other machine was asked.", "dim"),
        )


def _say_how_to_look(stage: Stage) -> None:
    server, site = stage.server, stage.site
    for line in (
        "",
        "Everything is still there. Look at it:",
        f"  cd {stage.folder}",
        "  syncd status; syncd appointments list; syncd journal tail",
        f"  {server.origin}/  (users patel and meyer, password {PASSWORD})",
        f"  {site.origin}/v2  (what stands in for Cal.com; its key is in {site.key_file.name})",
        "Change something in a calendar program, then `syncd plan` and `syncd sync`.",
        "Stop it, and remove it:",
        f"  kill {server.process.pid} {site.process.pid}; rm -r {stage.folder}",
    ):
        render.show_line(line)
