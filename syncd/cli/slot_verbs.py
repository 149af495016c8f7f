"""`syncd slots` and `syncd explain`: when somebody can be booked, and why not."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from syncd.cli import render
from syncd.cli.booking_verbs import Activity, Minutes, Start, Who, require_activity
from syncd.cli.exits import Exit
from syncd.cli.opening import open_desk, practice_of, practitioner_of
from syncd.cli.reasons import in_words
from syncd.cli.render import Card, Cell, Sheet
from syncd.cli.slot_shapes import judgement_shape, slots_shape
from syncd.cli.times import parse_day, parse_start, spoken
from syncd.cli.verbs import AsJson, verb
from syncd.core.agenda import Slot
from syncd.core.ids import ActivityId, PractitionerId
from syncd.core.time import Interval, zone
from syncd.flows.availability import Judgement, Listing, judge, list_slots
from syncd.flows.hindsight import judge_then

_MINUTE = timedelta(minutes=1)


@verb
def slots(
    *,
    activity: Activity,
    practitioner: Annotated[
        str | None, typer.Option(help="One practitioner's id; everybody's unless given.")
    ] = None,
    day: Annotated[
        str | None, typer.Option("--from", help="The first day, 2031-03-03; today unless given.")
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=92, help="How many days.")] = 7,
    everything: Annotated[
        bool, typer.Option("--all", help="Also what is not available, with the reasons.")
    ] = False,
    as_json: AsJson = False,
) -> Exit:
    """Show when an activity can be booked."""
    with open_desk(reads_only=True) as desk:
        with desk.around.ledger.read() as view:
            tz = zone(practice_of(view).timezone)
            require_activity(view, activity)
            who = practitioner_of(view, practitioner).id if practitioner else None
        first = parse_day(day or desk.around.clock.now().astimezone(tz).date().isoformat(), tz)
        last = parse_day((first.start.astimezone(tz).date() + timedelta(days - 1)).isoformat(), tz)
        period = Interval(first.start, last.end)
        found = list_slots(desk.around, ActivityId(activity), period, practitioner_id=who)
    chosen = [each for each in found.slots if everything or each.available]
    if as_json:
        render.show_json(slots_shape(found, chosen, tz))
    elif chosen:
        render.show_sheet(_sheet(found, chosen, everything=everything))
    else:
        render.say("no slots; `syncd slots --all` says why, `syncd explain` of one time")
    return Exit.OK


@verb
def explain(
    *,
    activity: Activity,
    practitioner: Who,
    start: Start,
    minutes: Minutes = None,
    at: Annotated[
        str | None,
        typer.Option(help="As it was then: an earlier moment, written as the start is."),
    ] = None,
    as_json: AsJson = False,
) -> Exit:
    """Say whether a time is offered to clients, or was, and all that stands in the way."""
    with open_desk(reads_only=True) as desk:
        with desk.around.ledger.read() as view:
            practice_of(view)
            who = practitioner_of(view, practitioner)
            require_activity(view, activity)
        tz = zone(who.timezone)
        which = ActivityId(activity), PractitionerId(who.id), parse_start(start, tz)
        length = minutes * _MINUTE if minutes else None
        if at is not None:
            found = judge_then(desk.around, *which, at=parse_start(at, tz), duration=length)
        else:
            found = judge(desk.around, *which, duration=length)
    if as_json:
        render.show_json(judgement_shape(found))
    else:
        render.show_card(_card(found))
    return Exit.OK


def _sheet(found: Listing, chosen: list[Slot], *, everything: bool) -> Sheet:
    rows: list[tuple[Cell | str, ...]] = []
    for slot in chosen:
        who = found.who_takes(slot)
        tz = zone(who[0].timezone)
        lengths = ", ".join(str(each // _MINUTE) for each in slot.durations)
        row: tuple[Cell | str, ...] = (
            spoken(slot.start, tz),
            ", ".join(each.name for each in who),
            f"{lengths} min" if lengths else Cell("-", "dim"),
        )
        note = Cell("tentative", "warn") if slot.tentative else _places(found, slot)
        if everything and not slot.available:
            note = Cell("; ".join(in_words(each, tz) for each in found.why_not(slot)), "dim")
        rows.append((*row, note))
    return Sheet(columns=("start", "practitioner", "lasts", ""), rows=rows)


def _places(found: Listing, slot: Slot) -> str:
    """How many places are left, where there may be several."""
    capacity = found.activity.offering.capacity
    return f"{slot.places} of {capacity} places" if capacity > 1 and slot.available else ""


def _card(found: Judgement) -> Card:
    tz = zone(found.practitioner.timezone)
    when = spoken(found.interval.start, tz, found.interval.end)
    was = "was " if found.as_of else ""
    verdict = Cell(f"{was}not offered", "bad") if found.obstacles else Cell(f"{was}offered", "good")
    lines: list[tuple[str, Cell | str]] = [
        ("what", found.activity.name),
        ("with", ", ".join(each.name for each in found.practitioners)),
        ("verdict", verdict),
    ]
    lines += [("because", in_words(each, tz)) for each in found.obstacles]
    if found.as_of:
        lines.append(("as of", spoken(found.as_of, tz)))
        lines += [
            ("not known", f"what {each} took then: it changed since") for each in found.unsure
        ]
    return Card(heading=Cell(f"{when} ({tz})", "strong"), lines=lines)
