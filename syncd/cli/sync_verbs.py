"""`syncd sync`, `syncd plan` and `syncd apply`: rounds by hand."""

from __future__ import annotations

from typing import Annotated

import typer

from syncd.cli import render
from syncd.cli.exits import Exit, of_findings, of_reports
from syncd.cli.opening import chosen_calendars, open_desk, practice_of
from syncd.cli.render import Cell
from syncd.cli.shapes import plan_shape, visits_shape
from syncd.cli.sheets import plan_sheet, visits_sheet
from syncd.cli.verbs import AsJson, verb
from syncd.core.errors import Unknown
from syncd.core.ids import PlanId
from syncd.flows.planning import Survey, keep_plan
from syncd.flows.rounds import Visit, apply_now, survey_now, sync_now

Calendars = Annotated[
    list[str] | None, typer.Argument(metavar="[CALENDAR]...", help="Only these; all without any.")
]


@verb
def sync(
    calendars: Calendars = None,
    *,
    full: Annotated[
        bool, typer.Option("--full", help="Compare everything, whatever the change feed says.")
    ] = False,
    as_json: AsJson = False,
) -> Exit:
    """Reconcile ledger and calendars once, both ways. Makes the ledger where there is none."""
    with open_desk(creates=True) as desk:
        with desk.around.ledger.read() as view:
            ids = [each.id for each in chosen_calendars(view, calendars or [])]
        terms = desk.terms(in_full=full)
        with render.progress("syncing", len(ids)) as ended:
            visits = sync_now(
                desk.around, ids, terms, tell=lambda _: ended(), stopping=_say_that_it_stops
            )
    if as_json:
        render.show_json(visits_shape(visits))
    else:
        render.show_sheet(visits_sheet(visits))
        _say_troubles(visits)
    return of_reports(each.report for each in visits)


@verb
def plan(calendars: Calendars = None, *, as_json: AsJson = False) -> Exit:
    """Show what a sync would do and why, under a name that `apply` takes. Changes nothing."""
    with open_desk() as desk:
        with desk.around.ledger.read() as view:
            ids = [each.id for each in chosen_calendars(view, calendars or [])]
        made = survey_now(desk.around, ids, desk.terms())
        keep_plan(desk.around, made)
    if as_json:
        render.show_json(plan_shape(made))
    else:
        _show_plan(made)
    codes = [exc.code for exc in made.failures.values()]
    codes += ["BRAKE" for each in made.plans if each.refused is not None]
    return of_findings(codes, asked=len(ids))


@verb
def apply(
    plan_id: Annotated[str, typer.Argument(metavar="PLAN", help="The name that `plan` gave it.")],
    *,
    as_json: AsJson = False,
) -> Exit:
    """Do what a plan says, or nothing if things have moved since it was made."""
    with open_desk() as desk:
        with desk.around.ledger.read() as view:
            practice_of(view)
        try:
            visits = apply_now(desk.around, PlanId(plan_id), desk.terms())
        except Unknown as exc:
            if exc.what == "plan":
                raise Unknown("plan", plan_id, known=("make one with `syncd plan`",)) from exc
            raise
    if as_json:
        render.show_json({"id": plan_id, **visits_shape(visits)})
    else:
        render.show_sheet(visits_sheet(visits))
        _say_troubles(visits)
    return of_reports(each.report for each in visits)


def _show_plan(made: Survey) -> None:
    render.show_sheet(plan_sheet(made))
    for calendar_plan in made.plans:
        if calendar_plan.refused is not None:
            render.say(
                Cell("held:", "bad"), f"{calendar_plan.calendar_id}: {calendar_plan.refused}"
            )
    for calendar_id, exc in sorted(made.failures.items()):
        render.say(Cell("failed:", "bad"), f"{calendar_id}: {exc}")
    if any(each.steps for each in made.plans):
        render.say(Cell("plan:", "strong"), f"{made.id}; do it with `syncd apply {made.id}`")


def _say_that_it_stops() -> None:
    render.say("stopping after the rounds under way; Ctrl-C again to leave at once")


def _say_troubles(visits: list[Visit]) -> None:
    for visit in visits:
        report = visit.report
        if report.error is not None:
            render.say(Cell(f"{report.calendar_id}:", "bad"), report.error)
    if any(each.report.conflicts for each in visits):
        render.say(Cell("conflicts:", "warn"), "see `syncd conflicts list`")
    if any(each.report.quarantined for each in visits):
        render.say(Cell("quarantined:", "warn"), "see `syncd status`")
