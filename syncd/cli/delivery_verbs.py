"""`syncd deliveries`: what webhooks sent, and having it looked into again."""

from __future__ import annotations

from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from syncd.cli import render
from syncd.cli.exits import Exit
from syncd.cli.opening import chosen_calendars, open_desk, practice_of
from syncd.cli.render import Card, Cell, Sheet
from syncd.cli.times import rfc3339, stamped
from syncd.cli.verbs import AsJson, verb
from syncd.core.delivery import Delivery
from syncd.core.errors import Unknown
from syncd.core.ids import CalendarId, DeliveryId
from syncd.core.time import zone
from syncd.flows.deliveries import replay as replay_now
from syncd.ledger import View

app = typer.Typer(no_args_is_help=True, help="Webhooks that were received.")

Which = Annotated[str, typer.Argument(metavar="DELIVERY", help="Its id, or the beginning of it.")]


@app.command("list")
@verb
def list_deliveries(
    *,
    lines: Annotated[int, typer.Option("--lines", "-n", min=1, help="How many.")] = 20,
    calendar: Annotated[str | None, typer.Option(help="Only this calendar's.")] = None,
    waiting: Annotated[
        bool, typer.Option("--waiting", help="Only those that are still to be looked into.")
    ] = False,
    as_json: AsJson = False,
) -> Exit:
    """List the newest deliveries, the last one first."""
    with open_desk(reads_only=True) as desk, desk.around.ledger.read() as view:
        tz = zone(practice_of(view).timezone)
        if calendar is not None:
            chosen_calendars(view, [calendar])
        only = CalendarId(calendar) if calendar is not None else None
        found = view.deliveries(limit=lines, calendar_id=only, waiting=waiting)
    if as_json:
        render.show_json({"deliveries": [_shape(each, tz) for each in found]})
    else:
        render.show_sheet(_sheet(found, tz))
    return Exit.OK


@app.command("show")
@verb
def show_delivery(delivery: Which, *, as_json: AsJson = False) -> Exit:
    """Show one delivery, with what was sent."""
    with open_desk(reads_only=True) as desk, desk.around.ledger.read() as view:
        tz = zone(practice_of(view).timezone)
        found = view.delivery(_find(view, delivery))
    if as_json:
        render.show_json(_whole(found, tz))
        return Exit.OK
    render.show_card(_card(found, tz))
    if found.body is not None:
        render.show_text("\n" + _text(found.body))
    return Exit.OK


@app.command("replay")
@verb
def replay(delivery: Which, *, as_json: AsJson = False) -> Exit:
    """Have its calendar read at once, as if it had just come."""
    with open_desk() as desk:
        with desk.around.ledger.read() as view:
            tz = zone(practice_of(view).timezone)
            found = view.delivery(_find(view, delivery))
            chosen_calendars(view, [found.calendar_id])
        found = replay_now(desk.around, found.id)
    if as_json:
        render.show_json(_whole(found, tz))
    else:
        render.say(f"calendar {found.calendar_id} is read by its next round, which is due now")
    return Exit.OK


def _find(view: View, wanted: str) -> DeliveryId:
    """The delivery of this id, or the only one whose id begins so."""
    found = view.delivery_ids(wanted, limit=5) if wanted else []
    if len(found) == 1:
        return found[0]
    raise Unknown("delivery", wanted, known=tuple(found or view.delivery_ids("", limit=5)))


def _sheet(found: list[Delivery], tz: ZoneInfo) -> Sheet:
    rows: list[tuple[Cell | str, ...]] = [
        (
            each.id,
            each.calendar_id,
            stamped(each.received_at, tz),
            each.trigger or Cell("not understood", "warn"),
            each.about,
            _standing(each, tz),
        )
        for each in found
    ]
    columns = ("delivery", "calendar", "received", "trigger", "about", "")
    return Sheet(columns=columns, rows=rows, whole=frozenset({"delivery"}), empty="no deliveries")


def _card(found: Delivery, tz: ZoneInfo) -> Card:
    lines: list[tuple[str, Cell | str]] = [
        ("calendar", found.calendar_id),
        ("received", stamped(found.received_at, tz)),
        ("sent", stamped(found.sent_at, tz) if found.sent_at else "it does not say"),
        ("trigger", found.trigger or Cell("not understood", "warn")),
        ("version", found.version or "it does not say"),
        ("about", found.about or "it does not say"),
        ("looked into", _standing(found, tz)),
        ("as", found.media_type if found.body is not None else Cell("emptied", "dim")),
    ]
    return Card(heading=Cell(found.id, "strong"), lines=lines)


def _standing(each: Delivery, tz: ZoneInfo) -> Cell:
    if each.look_at is not None:
        return Cell(f"due {stamped(each.look_at, tz)}", "warn")
    if each.is_ping:
        return Cell("a test", "dim")
    return Cell("done", "good") if each.looks else Cell("too old to follow", "dim")


def _shape(each: Delivery, tz: ZoneInfo) -> dict[str, Any]:
    return {
        "id": each.id,
        "calendarId": each.calendar_id,
        "receivedAt": rfc3339(each.received_at, tz),
        "sentAt": rfc3339(each.sent_at, tz) if each.sent_at else None,
        "trigger": each.trigger,
        "version": each.version,
        "about": each.about,
        "isPing": each.is_ping,
        "mediaType": each.media_type,
        "lookAt": rfc3339(each.look_at, tz) if each.look_at else None,
        "looks": each.looks,
    }


def _whole(found: Delivery, tz: ZoneInfo) -> dict[str, Any]:
    return {**_shape(found, tz), "body": None if found.body is None else _text(found.body)}


def _text(body: bytes) -> str:
    """What was sent, to read; octets that are no text stand there as such."""
    return body.decode("utf-8", "backslashreplace")
