"""What the ledger remembers for syncing: links, objects, busy time, conflicts, plans."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from ledger_stores import CAUSE, Store, book, view
from sqlalchemy.event import listen

from syncd.core.appointment import Agreed, Link, LinkState, Origin, Status
from syncd.core.conflict import ConflictField, ConflictRecord, Resolution
from syncd.core.errors import Unknown
from syncd.core.ids import (
    AppointmentId,
    CalendarId,
    ConflictId,
    EventRef,
    PlanId,
    PractitionerId,
    Uid,
    Version,
)
from syncd.core.remote import RemoteKind, RemoteRecord
from syncd.core.time import Interval
from syncd.ledger import BusyBlock, Known, Ledger, Transaction, View
from syncd.testing.builders import NINE, a_calendar, a_link, a_practitioner, a_remote_record

HOUR = timedelta(hours=1)
MAIN = CalendarId("patel-main")
FAMILY = CalendarId("patel-family")
PATEL = PractitionerId("dr-patel")


@pytest.fixture
def ledger(store: Store) -> Ledger:
    """With a second calendar."""
    ledger = store.open()
    ledger.write(lambda tx: tx.save_calendar(a_calendar(id=FAMILY), CAUSE))
    return ledger


def put(ledger: Ledger, *links: Link) -> None:
    ledger.write(lambda tx: tx.put_links(links))


def a_full_link(appointment_id: AppointmentId, **changes: object) -> Link:
    base = Agreed(start=NINE, end=NINE + HOUR, title="Ünïcode 🗓", drafted_title="x", tentative=True)
    link = a_link(
        appointment_id=appointment_id,
        ref=EventRef("/patel-main/1.ics"),
        version=Version('"v1"'),
        digest="d1",
        base=base,
        intended=replace(base, cancelled=True),
        unanswered=(replace(base, title="before"), base),
        generation=3,
        origin=Origin.ADOPTED,
        attempts=2,
        problem="rejected",
        pushed_version=1,
        state=LinkState.IN_SYNC,
    )
    return replace(link, **changes)  # type: ignore[arg-type]


def test_a_link_comes_back_as_it_was_put_and_replaces_the_one_before(ledger: Ledger) -> None:
    booked = book(ledger)
    put(ledger, a_link(appointment_id=booked.id))
    link = a_full_link(booked.id)

    put(ledger, link)

    with ledger.read() as seen:
        assert seen.link(MAIN, booked.id) == link
        assert seen.link(FAMILY, booked.id) is None
        assert seen.links_of([booked.id, AppointmentId("none")]) == {booked.id: [link], "none": []}
        assert seen.links_by_ref(MAIN, [EventRef("/patel-main/1.ics"), EventRef("/x")]) == {
            "/patel-main/1.ics": link
        }
        assert seen.links_by_uid(MAIN, [link.uid, Uid("x")]) == {link.uid: [link]}
        assert seen.links_by_uid(FAMILY, [link.uid]) == {}


def test_the_dirty_links_are_those_whose_calendar_does_not_know_the_newest_version(
    ledger: Ledger,
) -> None:
    clean, dirty, conflicting, suspended = (book(ledger, start=NINE + at * HOUR) for at in range(4))
    hold = book(ledger, start=NINE + 9 * HOUR, status=Status.PROPOSED)
    put(
        ledger,
        a_full_link(clean.id, ref=EventRef("1")),
        a_full_link(dirty.id, ref=EventRef("2"), pushed_version=0),
        a_full_link(conflicting.id, ref=EventRef("3"), pushed_version=0, state=LinkState.CONFLICT),
        a_full_link(suspended.id, ref=EventRef("4"), pushed_version=0, state=LinkState.SUSPENDED),
        a_link(appointment_id=hold.id),
    )

    found = view(ledger, lambda seen: seen.dirty_links(MAIN))

    assert [appointment for _, appointment in found] == [dirty]
    assert view(ledger, lambda seen: seen.dirty_links(FAMILY)) == []


def test_dirty_links_come_in_order_of_time_and_not_more_than_asked(ledger: Ledger) -> None:
    booked = [book(ledger, start=NINE + at * HOUR) for at in (3, 1, 2)]
    put(ledger, *(a_link(appointment_id=each.id) for each in booked))

    found = view(ledger, lambda seen: seen.dirty_links(MAIN, limit=2))

    assert [appointment for _, appointment in found] == [booked[1], booked[2]]


@pytest.mark.parametrize(
    ("look", "index"),
    [
        (lambda seen: seen.dirty_links(MAIN), "ix_links_dirty"),
        (lambda seen: seen.refused_count(MAIN), "ix_links_dirty"),
        (lambda seen: seen.quarantined(MAIN), "ix_remote_events_quarantined"),
        (lambda seen: seen.recurring(MAIN), "ix_remote_events_recurring"),
        (lambda seen: seen.busy(PATEL, Interval(NINE, NINE + HOUR)), "ix_busy_blocks_time"),
        (lambda seen: seen.links_by_ref(MAIN, ["/1"]), "uq_links_ref"),
        (lambda seen: seen.links_by_uid(MAIN, ["1"]), "ix_links_uid"),
        (lambda seen: seen.mirrors(MAIN, ["1"], practitioner_id="dr-patel"), "ix_links_uid"),
        (lambda seen: seen.held_appointments(expired_before=NINE), "ix_appointments_holds"),
        (lambda seen: seen.conflicts_of(["1"]), "ix_conflicts_appointment"),
    ],
)
def test_what_a_round_asks_is_answered_from_a_short_range_of_an_index(
    sqlite_store: Store, look: Callable[[View], object], index: str
) -> None:
    """A round without changes costs the same with ten links as with ten thousand."""
    ledger = sqlite_store.open()
    plans: list[str] = []

    def explain(*event: Any) -> None:
        cursor, statement, values = event[1:4]
        rows = cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", values).fetchall()
        plans.extend(row[3] for row in rows)

    with ledger.read() as seen:
        seen.practice()
        listen(ledger._reading, "before_cursor_execute", explain)
        look(seen)

    assert re.search(rf"SEARCH \w+ USING (COVERING )?INDEX {index} ", plans[0]), plans
    assert not any(plan.startswith("SCAN") for plan in plans), plans


def test_an_event_of_another_calendars_link_is_a_mirror(ledger: Ledger) -> None:
    booked = book(ledger)
    link = a_link(appointment_id=booked.id, uid=Uid("u1"))
    put(ledger, link)

    with ledger.read() as seen:
        assert seen.mirrors(FAMILY, [Uid("u1"), Uid("u2")], practitioner_id="dr-patel") == {
            "u1": (link, booked)
        }
        assert seen.mirrors(MAIN, [Uid("u1")], practitioner_id="dr-patel") == {}


def test_appointments_that_a_calendar_does_not_have_are_found(ledger: Ledger) -> None:
    missing = book(ledger, start=NINE + HOUR)
    book(ledger, start=NINE - 10 * HOUR)
    book(ledger, start=NINE + 2 * HOUR, status=Status.CANCELLED)
    book(ledger, start=NINE + 3 * HOUR, status=Status.PROPOSED)
    linked = book(ledger, start=NINE + 4 * HOUR)
    put(ledger, a_link(appointment_id=linked.id))

    found = view(ledger, lambda seen: seen.unlinked_appointments(MAIN, PATEL, ending_after=NINE))

    assert found == [missing]


def test_live_links_are_those_with_an_event_that_has_not_ended(ledger: Ledger) -> None:
    booked = [book(ledger, start=NINE + at * HOUR) for at in range(4)]
    put(
        ledger,
        a_full_link(booked[0].id, ref=EventRef("0")),
        a_full_link(booked[1].id, ref=EventRef("1")),
        a_full_link(booked[2].id, ref=EventRef("2"), state=LinkState.GONE),
        a_full_link(booked[3].id, ref=None),
    )

    assert view(ledger, lambda seen: seen.live_link_count(MAIN, NINE + HOUR)) == 1


def records() -> list[RemoteRecord]:
    return [
        a_remote_record(ref=EventRef("/busy"), ends_at=NINE, digest="d", version=Version('"2"')),
        a_remote_record(
            ref=EventRef("/weekly"), uid=Uid("w"), recurring=True, body="BEGIN:…", ends_at=None
        ),
        a_remote_record(
            ref=EventRef("/bad"), kind=RemoteKind.QUARANTINED, reason="no DTSTART", uid=Uid("")
        ),
        a_remote_record(ref=EventRef("/ours"), kind=RemoteKind.LINKED, appointment_id="a1"),
    ]


def test_objects_come_back_as_they_were_put(ledger: Ledger) -> None:
    ledger.write(lambda tx: tx.put_remote_events(records()))

    with ledger.read() as seen:
        refs = [each.ref for each in records()]
        assert seen.known(MAIN, [*refs, EventRef("/none")]) == {x.ref: x for x in records()}
        assert seen.known(FAMILY, refs) == {}
        assert seen.known_versions(MAIN)[EventRef("/busy")] == Known(
            Version('"2"'), "d", RemoteKind.BUSY, uid=records()[0].uid
        )
        assert [each.ref for each in seen.recurring(MAIN)] == ["/weekly"]
        assert [each.reason for each in seen.quarantined(MAIN)] == ["no DTSTART"]
        assert seen.known_by_uid(MAIN, [Uid("w")]) == {"w": [records()[1]]}
        assert seen.remote_count(MAIN)[RemoteKind.BUSY] == 2
        assert seen.live_busy_count(MAIN, NINE) == 1


def test_a_forgotten_object_takes_no_time_any_more(ledger: Ledger) -> None:
    def work(tx: Transaction) -> None:
        tx.put_remote_events(records())
        tx.set_busy(MAIN, PATEL, {EventRef("/busy"): [Interval(NINE, NINE + HOUR)]})
        tx.drop_remote_events(MAIN, [EventRef("/busy")])

    ledger.write(work)

    with ledger.read() as seen:
        assert EventRef("/busy") not in seen.known_versions(MAIN)
        assert seen.busy(PATEL, Interval(NINE, NINE + HOUR)) == []


def test_busy_time_is_replaced_by_ref_and_found_by_practitioner_and_window(ledger: Ledger) -> None:
    other = PractitionerId("dr-lund")
    week = [Interval(NINE + day * 24 * HOUR, NINE + day * 24 * HOUR + HOUR) for day in range(5)]

    def work(tx: Transaction) -> None:
        tx.save_practitioner(a_practitioner(id=other), CAUSE)
        tx.set_busy(MAIN, PATEL, {EventRef("/w"): week, EventRef("/x"): week[:1]})
        tx.set_busy(FAMILY, other, {EventRef("/w"): week})
        tx.set_busy(MAIN, PATEL, {EventRef("/w"): week[2:4], EventRef("/x"): []})

    ledger.write(work)

    found = view(ledger, lambda seen: seen.busy(PATEL, Interval(week[0].start, week[3].end)))
    assert found == [
        BusyBlock(calendar_id=MAIN, ref=EventRef("/w"), practitioner_id=PATEL, interval=each)
        for each in week[2:4]
    ]
    edge = Interval(week[2].end, week[3].start)
    assert view(ledger, lambda seen: seen.busy(PATEL, edge)) == []


def a_conflict(appointment_id: AppointmentId, **changes: object) -> ConflictRecord:
    conflict = ConflictRecord(
        id=ConflictId(""),
        appointment_id=appointment_id,
        calendar_id=MAIN,
        field=ConflictField.TIME,
        base={"start": "2031-03-03T09:00:00+00:00"},
        ledger={"start": "2031-03-03T10:00:00+00:00"},
        remote=None,
        since=NINE,
        ref=EventRef("/1"),
        remote_body="BEGIN:VEVENT\r\nSUMMARY:🗓\r\n",
        ledger_version=2,
    )
    return replace(conflict, **changes)  # type: ignore[arg-type]


def test_a_conflict_blocks_the_losing_time_until_it_is_closed(ledger: Ledger) -> None:
    booked = book(ledger)
    losing = Interval(NINE + 5 * HOUR, NINE + 6 * HOUR)

    opened = ledger.write(
        lambda tx: tx.open_conflict(a_conflict(booked.id), CAUSE, blocks=([PATEL], losing))
    )

    assert opened == a_conflict(booked.id, id=opened.id)
    with ledger.read() as seen:
        assert [each.conflict_id for each in seen.busy(PATEL, losing)] == [opened.id]
        assert seen.busy(PATEL, losing, but_for=booked.id) == []
        assert seen.conflicts() == seen.conflicts_of([booked.id])[booked.id] == [opened]
    closing = [
        ledger.write(lambda tx: tx.close_conflict(opened.id, Resolution.LEDGER, CAUSE))
        for _ in range(2)
    ]
    assert closing == [True, False]
    with ledger.read() as seen:
        assert seen.busy(PATEL, losing) == []
        assert seen.conflicts() == []
        closed = seen.conflict(opened.id)
        assert (closed.resolution, closed.resolved_by) == (Resolution.LEDGER, "cli:root")
        assert seen.conflicts(open_only=False) == [closed]
        assert [each.action for each in seen.history(opened.id, kind="conflict")] == [
            "open",
            "close",
        ]


def test_a_conflict_that_a_rule_decided_is_stored_closed(ledger: Ledger) -> None:
    booked = book(ledger)
    decided = a_conflict(booked.id, resolved_at=NINE, resolution=Resolution.REMOTE, resolved_by="x")

    ledger.write(lambda tx: tx.open_conflict(decided, CAUSE))

    assert view(ledger, lambda seen: seen.conflicts()) == []
    assert len(view(ledger, lambda seen: seen.conflicts(open_only=False))) == 1


def test_an_unknown_conflict_is_unknown(ledger: Ledger) -> None:
    with pytest.raises(Unknown):
        view(ledger, lambda seen: seen.conflict(ConflictId("none")))


def test_a_plan_is_kept_until_it_is_old(store: Store) -> None:
    ledger = store.open()
    content = {"calendars": {"patel-main": ["a", 1, None]}}
    ledger.write(lambda tx: tx.save_plan(PlanId("p1"), content))

    assert view(ledger, lambda seen: seen.plan(PlanId("p1"))) == content
    store.clock.advance(HOUR)
    dropped = ledger.write(lambda tx: tx.drop_plans(made_before=store.clock.now()))
    assert dropped == 1
    with pytest.raises(Unknown):
        view(ledger, lambda seen: seen.plan(PlanId("p1")))
