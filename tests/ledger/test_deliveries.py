"""The inbox, on both databases."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from ledger_stores import CAUSE, Store, view

from syncd.core.delivery import Delivery
from syncd.core.errors import LedgerUnwritable, Unknown
from syncd.core.ids import CalendarId, DeliveryId
from syncd.ledger import Ledger
from syncd.testing.builders import a_calendar
from syncd.testing.clock import MONDAY

MAIN = CalendarId("patel-main")
SECOND = timedelta(seconds=1)


def a_delivery(name: str = "d1", **changes: object) -> Delivery:
    kept: dict[str, object] = {
        "id": DeliveryId(name),
        "calendar_id": MAIN,
        "received_at": MONDAY,
        "trigger": "BOOKING_CREATED",
        "version": "2021-10-20",
        "about": "uid-1",
        "sent_at": MONDAY - SECOND,
        "media_type": "application/json",
        "look_at": MONDAY + 6 * SECOND,
        "body": b'{"name":"J\0ne \xff"}',
    }
    return Delivery(**kept | changes)  # type: ignore[arg-type]  # a builder


def stored(ledger: Ledger) -> list[DeliveryId]:
    return view(ledger, lambda seen: [each.id for each in seen.deliveries(limit=1000)])


def keep(ledger: Ledger, *deliveries: Delivery) -> None:
    ledger.write(lambda tx: tx.keep_deliveries(deliveries))


def test_a_delivery_is_read_back_as_it_was_stored_octet_by_octet(ledger: Ledger) -> None:
    given = a_delivery(body=bytes(range(256)))

    keep(ledger, given)

    assert view(ledger, lambda seen: seen.delivery(given.id)) == given


def test_several_are_stored_at_once_and_none_of_them_twice(ledger: Ledger) -> None:
    keep(ledger, a_delivery("d1"))

    keep(ledger, a_delivery("d2"), a_delivery("d1"), a_delivery("d3"), a_delivery("d2"))
    keep(ledger)

    assert sorted(stored(ledger)) == ["d1", "d2", "d3"]


def test_the_same_one_again_changes_nothing(ledger: Ledger) -> None:
    given = a_delivery()
    keep(ledger, given)
    ledger.write(lambda tx: tx.set_looks([replace(given, look_at=None, looks=2)]))

    keep(ledger, replace(given, look_at=MONDAY, body=b"x"))

    found = view(ledger, lambda seen: seen.delivery(given.id))
    assert (found.look_at, found.looks, found.body) == (None, 2, given.body)


def test_many_at_once_by_several_processes_are_one(store: Store) -> None:
    ledgers = [store.open() for _ in range(3)]

    def send(ledger: Ledger) -> None:
        futures = [ledger.submit(lambda tx: tx.keep_deliveries([a_delivery()])) for _ in range(20)]
        for each in futures:
            each.result(30)

    threads = [threading.Thread(target=send, args=(each,)) for each in ledgers]
    for each in threads:
        each.start()
    for each in threads:
        each.join(30)

    assert stored(ledgers[0]) == ["d1"]


def test_those_who_are_submitted_at_once_share_commits(store: Store) -> None:
    ledger = store.open()
    entered, go = threading.Event(), threading.Event()
    first = ledger.submit(lambda _: (entered.set(), go.wait(30)))
    entered.wait(30)

    waiting = [
        ledger.submit(lambda tx, n=n: tx.keep_deliveries([a_delivery(f"d{n}")])) for n in range(32)
    ]
    go.set()

    assert all(each.result(30) is None for each in waiting)
    assert len(stored(ledger)) == 32
    assert first.done()
    assert ledger.commits == 1


def test_one_that_is_given_up_before_its_turn_is_not_stored(store: Store) -> None:
    ledger = store.open()
    entered, go = threading.Event(), threading.Event()
    ledger.submit(lambda _: (entered.set(), go.wait(30)))
    entered.wait(30)

    given_up = ledger.submit(lambda tx: tx.keep_deliveries([a_delivery()]))
    assert given_up.cancel()
    go.set()

    ledger.write(lambda _: None)
    with pytest.raises(Unknown):
        view(ledger, lambda seen: seen.delivery(DeliveryId("d1")))


def test_what_fails_is_told_to_whoever_submitted_it_and_leaves_nothing(ledger: Ledger) -> None:
    def work(tx: object) -> None:
        tx.keep_deliveries([a_delivery()])  # type: ignore[attr-defined]
        raise Unknown("calendar", "x")

    with pytest.raises(Unknown):
        ledger.submit(work).result(30)
    assert view(ledger, lambda seen: seen.deliveries(limit=5)) == []


def test_nothing_is_submitted_to_a_ledger_that_is_only_read(store: Store) -> None:
    with pytest.raises(LedgerUnwritable):
        store.open(read_only=True).submit(lambda tx: tx.keep_deliveries([a_delivery()]))


def test_an_inline_ledger_has_done_it_when_it_returns(sqlite_store: Store) -> None:
    ledger = sqlite_store.open(inline=True)

    assert ledger.submit(lambda tx: tx.keep_deliveries([a_delivery()])).done()


def test_looks_name_each_calendar_with_its_first_look(ledger: Ledger) -> None:
    other = CalendarId("other")
    ledger.write(lambda tx: tx.save_calendar(a_calendar(id=other), CAUSE))
    later = MONDAY + 9 * SECOND
    keep(
        ledger,
        a_delivery("d1", look_at=later),
        a_delivery("d2"),
        a_delivery("d3", look_at=None),
        a_delivery("d4", look_at=None, calendar_id=other),
    )

    assert view(ledger, lambda seen: seen.looks()) == {MAIN: MONDAY + 6 * SECOND}
    waiting = view(ledger, lambda seen: seen.waiting_deliveries(MAIN))
    assert [each.id for each in waiting] == ["d2", "d1"]
    assert view(ledger, lambda seen: seen.waiting_deliveries(other)) == []


def test_lists_are_newest_first_and_never_carry_a_body(ledger: Ledger) -> None:
    for n in range(4):
        look_at = MONDAY if n == 1 else None
        keep(ledger, a_delivery(f"d{n}", received_at=MONDAY + n * SECOND, look_at=look_at))

    found = view(ledger, lambda seen: seen.deliveries(limit=3))
    waiting = view(ledger, lambda seen: seen.deliveries(limit=3, waiting=True))
    elsewhere = view(ledger, lambda seen: seen.deliveries(limit=3, calendar_id=CalendarId("no")))

    assert [each.id for each in found] == ["d3", "d2", "d1"]
    assert [each.id for each in waiting] == ["d1"]
    assert elsewhere == []
    assert {each.body for each in found} == {None}


def test_bodies_are_emptied_and_all_else_stays(ledger: Ledger) -> None:
    given = a_delivery()
    keep(ledger, given, a_delivery("d2", body=None))

    assert ledger.write(lambda tx: tx.empty_deliveries()) == 1

    assert view(ledger, lambda seen: seen.delivery(given.id)) == replace(given, body=None)
    keep(ledger, given)
    assert view(ledger, lambda seen: seen.delivery(given.id)).body is None


def test_old_ones_are_dropped_whole(ledger: Ledger) -> None:
    keep(ledger, a_delivery("old"), a_delivery("new", received_at=MONDAY + SECOND))
    limit = MONDAY + SECOND

    assert view(ledger, lambda seen: seen.has_deliveries(received_before=limit))
    assert ledger.write(lambda tx: tx.drop_deliveries(received_before=limit)) == 1

    assert not view(ledger, lambda seen: seen.has_deliveries(received_before=limit))
    assert [each.id for each in view(ledger, lambda seen: seen.deliveries(limit=9))] == ["new"]


def test_looks_ask_only_the_index_of_what_waits(sqlite_store: Store) -> None:
    """The daemon asks each second, and most deliveries were looked into long ago."""
    plan = sqlite_store.sql(
        "EXPLAIN QUERY PLAN SELECT calendar_id, min(look_at) FROM deliveries"
        " WHERE practice_id = 'riverside' AND look_at IS NOT NULL GROUP BY calendar_id"
    )

    assert "ix_deliveries_waiting" in str(plan)
    assert "SCAN" not in str(plan)
