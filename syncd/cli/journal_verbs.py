"""`syncd journal`: what happened, and whether the record of it is whole."""

from __future__ import annotations

from typing import Annotated

import typer

from syncd.cli import render
from syncd.cli.exits import Exit
from syncd.cli.opening import open_desk, practice_of
from syncd.cli.render import Cell
from syncd.cli.shapes import entries_shape, journal_report_shape
from syncd.cli.sheets import entries_sheet
from syncd.cli.verbs import AsJson, verb
from syncd.core.time import zone

app = typer.Typer(no_args_is_help=True, help="What happened, by whom and why.")


@app.command("tail")
@verb
def tail(
    *,
    lines: Annotated[int, typer.Option("--lines", "-n", min=1, help="How many entries.")] = 20,
    as_json: AsJson = False,
) -> Exit:
    """Show the newest entries, the last one last."""
    with open_desk(reads_only=True) as desk, desk.around.ledger.read() as view:
        tz = zone(practice_of(view).timezone)
        newest, _ = view.journal_head()
        entries = view.journal(after_seq=max(0, newest - lines))
    if as_json:
        render.show_json(entries_shape(entries))
    else:
        render.show_sheet(entries_sheet(entries, tz))
    return Exit.OK


@app.command("verify")
@verb
def verify(*, as_json: AsJson = False) -> Exit:
    """Check every entry against its neighbours, and the ledger against its entries."""
    with open_desk(reads_only=True) as desk, desk.around.ledger.read() as view:
        practice_of(view)
        report = view.verify_journal()
    if as_json:
        render.show_json(journal_report_shape(report))
    elif report.is_sound:
        erased = f", {report.erased} of them erased" if report.erased else ""
        render.show_line(Cell("ok:", "good"), f"{report.count} entries{erased}, none missing")
    else:
        render.show_line(Cell("damaged:", "bad"), f"{report.count} entries are sound, then:")
        for problem in report.problems:
            where = f"entry {problem.seq}: " if problem.seq is not None else ""
            render.show_line(f"  {where}{problem.what}")
    return Exit.OK if report.is_sound else Exit.LEDGER
