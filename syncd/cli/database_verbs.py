"""`syncd db`: the ledger's database itself."""

from __future__ import annotations

import typer

from syncd.cli import render
from syncd.cli.exits import Exit
from syncd.cli.ledger_facts import ledger_facts
from syncd.cli.opening import open_desk, practice_of
from syncd.cli.render import Card, Cell
from syncd.cli.shapes import journal_report_shape
from syncd.cli.verbs import AsJson, verb
from syncd.flows.checking import not_found_by_all, overlapping
from syncd.ledger import Standing

app = typer.Typer(no_args_is_help=True, help="The ledger's database itself.")

_WORDS = {
    Standing.EMPTY: "there is no ledger yet; `syncd practice apply` makes it",
    Standing.OLDER: "older than this release; run `syncd db upgrade`",
    Standing.WITHOUT_TRIGGERS: "lacks what refuses double bookings; run `syncd db upgrade`",
    Standing.CURRENT: "as this release needs it",
    Standing.NEWER: "newer than this release; install the release that it was used with",
    Standing.FOREIGN: "not a syncd ledger",
}


@app.command("status")
@verb
def show_status(*, as_json: AsJson = False) -> Exit:
    """Say which database is used, and how its schema stands to this release."""
    with open_desk(reads_only=True) as desk:
        standing = desk.around.ledger.standing()
        facts = ledger_facts(desk.around.ledger)
    if as_json:
        render.show_json({"standing": standing.value, **facts})
    else:
        tone = "good" if standing is Standing.CURRENT else "bad"
        lines: list[tuple[str, Cell | str]] = [("schema", Cell(_WORDS[standing], tone))]
        lines += [(key, str(value)) for key, value in facts.items() if key == "sqlite"]
        if "warning" in facts:
            lines.append(("warning", Cell(facts["warning"], "warn")))
        render.show_card(Card(heading=Cell(facts["database"], "strong"), lines=lines))
    return Exit.OK if standing is Standing.CURRENT else Exit.LEDGER


@app.command("upgrade")
@verb
def upgrade(*, as_json: AsJson = False) -> Exit:
    """Make the ledger, or bring it to this release's schema. A copy is made first."""
    with open_desk() as desk:
        before = desk.around.ledger.standing()
        copy = desk.around.ledger.migrate()
        address = str(desk.around.ledger.address)
    if as_json:
        copied = str(copy) if copy else None
        changed = before is not Standing.CURRENT
        render.show_json({"database": address, "changed": changed, "copy": copied})
        return Exit.OK
    if before is Standing.CURRENT:
        render.show_line(Cell("ok:", "good"), f"{address} is as this release needs it already")
    else:
        render.show_line(Cell("ok:", "good"), f"{address} is ready")
    if copy is not None:
        render.show_line(f"a copy from before is {copy}")
    return Exit.OK


@app.command("check")
@verb
def check(*, as_json: AsJson = False) -> Exit:
    """Check the whole ledger: its journal, its numbers, and that nothing is booked twice."""
    with open_desk(reads_only=True) as desk, desk.around.ledger.read() as view:
        practice_of(view)
        report = view.verify_journal()
        overlaps = overlapping(view)
        strays = [each.number for each in not_found_by_all(view)]
    sound = report.is_sound and not overlaps and not strays
    if as_json:
        pairs = [[one.number, other.number] for one, other in overlaps]
        found = {"overlaps": pairs, "strays": strays}
        render.show_json({"ok": sound, **journal_report_shape(report), **found})
    else:
        for problem in report.problems:
            where = f"entry {problem.seq}: " if problem.seq is not None else ""
            render.show_line(Cell("journal:", "bad"), where + problem.what)
        for one, other in overlaps:
            render.show_line(
                Cell("overlap:", "bad"), f"{one.number} and {other.number} hold the same time"
            )
        for number in strays:
            told = f"{number} is not found by all who take part; reschedule it once to mend that"
            render.show_line(Cell("stray:", "bad"), told)
        if sound:
            render.show_line(
                Cell("ok:", "good"),
                f"{report.count} journal entries, every number there once, nothing booked twice",
            )
    return Exit.OK if sound else Exit.LEDGER
