"""Tables and cards for people, made from values; times in the practice's zone. Prints nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from syncd.cli.render import Card, Cell, Sheet
from syncd.cli.times import spoken, stamped
from syncd.cli.wording import (
    changed_in,
    hours_of,
    link_cell,
    links_cell,
    short_ref,
    side_of,
    standing_of,
    status_cell,
    subject_of,
)
from syncd.core.appointment import Appointment, Link
from syncd.core.conflict import ConflictRecord
from syncd.core.ids import AppointmentId, Number
from syncd.core.journal import Entry
from syncd.core.operations import Op
from syncd.core.practice import Activity, Calendar, Practitioner, Room
from syncd.flows.planning import Survey
from syncd.flows.practice import Change, Roster, RosterChange
from syncd.flows.rounds import Visit

_OP_TONES = {
    Op.CONFLICT: "bad",
    Op.QUARANTINE: "bad",
    Op.CANCEL: "warn",
    Op.DELETE: "warn",
    Op.UNBLOCK: "warn",
    Op.UNLINK: "warn",
}
_CHANGE_TONES = {Change.ADD: "good", Change.REMOVE: "bad", Change.RESTART: "warn"}


def appointment_card(
    appointment: Appointment,
    links: Iterable[Link],
    practitioners: Iterable[Practitioner],
    *,
    activity: Activity | None,
    tz: ZoneInfo,
) -> Card:
    what = activity.name if activity else appointment.title or "an event of the calendar"
    client = appointment.client
    lines: list[tuple[str, Cell | str]] = [
        ("status", status_cell(appointment)),
        ("what", _as_booked(appointment, what)),
        ("when", f"{spoken(appointment.start, tz, appointment.end)} ({tz})"),
        ("with", ", ".join(each.name for each in practitioners)),
    ]
    if appointment.room_id:
        lines.append(("room", appointment.room_id))
    if client is not None:
        ways = ", ".join(each for each in (client.email, client.phone) if each)
        lines.append(("client", f"{client.name} ({ways})" if ways else client.name))
    if appointment.title and activity:
        lines.append(("title", appointment.title))
    lines += _details(appointment)
    if appointment.hold_expires_at:
        lines.append(("held until", spoken(appointment.hold_expires_at, tz)))
    if appointment.reason:
        lines.append(("reason", appointment.reason))
    lines += [
        (f"in {link.calendar_id}", link_cell(standing_of(link, appointment)))
        for link in sorted(links, key=lambda each: each.calendar_id)
    ]
    return Card(heading=Cell(appointment.number, "strong"), lines=lines)


def _as_booked(appointment: Appointment, what: str) -> str:
    agreed = appointment.as_booked
    if agreed is None:
        return what
    more = (str(agreed.price) if agreed.price is not None else None, agreed.meeting)
    return ", ".join([agreed.activity_name or what, *(each for each in more if each)])


def _details(appointment: Appointment) -> Iterator[tuple[str, Cell | str]]:
    agreed, said = appointment.as_booked, appointment.answers
    if agreed is not None and agreed.link:
        yield "meeting", agreed.link
    if said is None:
        return
    if said.notes:
        yield "notes", said.notes
    if said.address:
        yield "address", said.address
    if said.question and said.answer:
        yield said.question, said.answer


def appointments_sheet(
    found: Sequence[Appointment], links: Mapping[AppointmentId, Sequence[Link]], tz: ZoneInfo
) -> Sheet:
    return Sheet(
        columns=("number", "when", "practitioner", "what", "client", "status", "calendars"),
        rows=[
            (
                Cell(each.number, "strong"),
                spoken(each.start, tz, each.end),
                ", ".join(each.practitioners),
                each.activity_id or each.title or "",
                each.client.name if each.client else "",
                status_cell(each),
                links_cell(each, links.get(each.id, ())),
            )
            for each in found
        ],
        whole=frozenset({"number"}),
        empty="no appointments",
    )


def visits_sheet(visits: Sequence[Visit]) -> Sheet:
    return Sheet(
        columns=(
            "calendar",
            "result",
            "pulled",
            "pushed",
            "conflicts",
            "quarantined",
            "requests",
            "seconds",
        ),
        right=frozenset({"pulled", "pushed", "conflicts", "quarantined", "requests", "seconds"}),
        rows=[_visit_row(each) for each in visits],
        empty="no calendars; name some in practice.toml",
    )


def plan_sheet(made: Survey) -> Sheet:
    return Sheet(
        columns=("calendar", "step", "number", "event", "why"),
        rows=[
            (
                plan.calendar_id,
                Cell(step.op.value, _OP_TONES.get(step.op, "good")),
                step.number or "",
                short_ref(step.ref),
                step.why,
            )
            for plan in made.plans
            for step in plan.steps
        ],
        whole=frozenset({"step", "number"}),
        empty="nothing to do where it could be read"
        if made.failures
        else "nothing to do: ledger and calendars agree",
    )


def conflicts_sheet(
    found: Sequence[ConflictRecord], numbers: Mapping[AppointmentId, Number], tz: ZoneInfo
) -> Sheet:
    return Sheet(
        columns=("id", "number", "calendar", "about", "ledger says", "calendar says", "since"),
        rows=[
            (
                each.id[:8],
                numbers.get(each.appointment_id, ""),
                each.calendar_id,
                each.field.value,
                side_of(each.ledger, tz),
                side_of(each.remote, tz),
                spoken(each.since, tz),
            )
            for each in found
        ],
        whole=frozenset({"id", "number"}),
        empty="no conflicts",
    )


def conflict_card(conflict: ConflictRecord, number: Number, tz: ZoneInfo) -> Card:
    lines: list[tuple[str, Cell | str]] = [
        ("appointment", number),
        ("calendar", conflict.calendar_id),
        ("about", conflict.field.value),
        ("agreed last", side_of(conflict.base, tz)),
        ("ledger says", side_of(conflict.ledger, tz)),
        ("calendar says", side_of(conflict.remote, tz)),
        ("since", spoken(conflict.since, tz)),
    ]
    if conflict.resolved_at is not None:
        who = f"{conflict.resolution} stands, by {conflict.resolved_by}"
        lines.append(("resolved", f"{spoken(conflict.resolved_at, tz)}: {who}"))
    else:
        lines.append(("resolve", f"syncd conflicts resolve {conflict.id} --take ledger|remote"))
    return Card(heading=Cell(f"conflict {conflict.id}", "strong"), lines=lines)


def changes_sheet(changes: Sequence[RosterChange], *, applied: bool) -> Sheet:
    return Sheet(
        columns=("change" if applied else "would", "what", "id", "differs in"),
        rows=[
            (
                Cell(each.change.value, _CHANGE_TONES.get(each.change, "")),
                each.kind,
                each.id,
                ", ".join(each.fields),
            )
            for each in changes
        ],
        empty="nothing to change: the ledger says the same already",
    )


def entries_sheet(entries: Sequence[Entry], tz: ZoneInfo, *, about_one: bool = False) -> Sheet:
    columns = ["#", "when", "who", "did", "to", "what changed", "why"]
    rows = [
        [
            str(each.seq),
            stamped(each.at, tz),
            each.actor,
            each.action,
            subject_of(each),
            changed_in(each, tz),
            each.note or "",
        ]
        for each in entries
    ]
    if about_one:
        at = columns.index("to")
        columns.pop(at)
        for row in rows:
            row.pop(at)
    return Sheet(
        columns=columns,
        rows=rows,
        right=frozenset({"#"}),
        whole=frozenset({"#", "when", "did", "to"}),
        empty="no entries",
    )


def roster_sheets(roster: Roster) -> list[Sheet]:
    practice = roster.practice
    return [
        Sheet(
            title=f"{practice.name} ({practice.timezone}, numbers {practice.number_prefix}-…)",
            columns=("practitioner", "name", "zone", "hours"),
            rows=[
                (each.id, each.name, each.timezone, hours_of(each)) for each in roster.practitioners
            ],
            empty="no practitioners",
        ),
        *_room_sheets(roster.rooms),
        Sheet(
            columns=("activity", "name", "minutes", "offered by", "confirmed by hand"),
            right=frozenset({"minutes"}),
            rows=[
                (
                    each.id,
                    each.name,
                    ", ".join(
                        str(length // timedelta(minutes=1)) for length in each.terms.durations
                    ),
                    ", ".join(each.offering.practitioners) or "everybody",
                    "yes" if each.needs_confirmation else "no",
                )
                for each in roster.activities
            ],
            empty="no activities",
        ),
        calendars_sheet(roster.calendars),
    ]


def _room_sheets(rooms: Sequence[Room]) -> list[Sheet]:
    rows: list[tuple[Cell | str, ...]] = [(each.id, each.name) for each in rooms]
    return [Sheet(columns=("room", "name"), rows=rows)] if rows else []


def calendars_sheet(calendars: Sequence[Calendar]) -> Sheet:
    return Sheet(
        columns=("calendar", "practitioner", "provider", "mode", "shows", "address"),
        rows=[
            (
                each.id,
                each.practitioner_id,
                each.provider,
                each.mode.value,
                each.shows.value,
                str(each.settings.get("url") or ""),
            )
            for each in calendars
        ],
        empty="no calendars; name some in practice.toml",
    )


def _visit_row(visit: Visit) -> list[Cell | str]:
    report = visit.report
    result = Cell("ok", "good")
    if report.code == "BRAKE":
        result = Cell("held by the brake", "bad")
    elif not report.ok:
        result = Cell("failed", "bad")
    elif visit.by_holder:
        result = Cell("ok, by the daemon", "good")
    unknown = visit.by_holder
    return [
        report.calendar_id,
        result,
        "-" if unknown else str(report.pulled),
        "-" if unknown else str(report.pushed),
        Cell(str(report.conflicts), "bad" if report.conflicts else ""),
        Cell(str(report.quarantined), "warn" if report.quarantined else ""),
        "-" if unknown else str(report.requests),
        f"{report.seconds:.1f}",
    ]
