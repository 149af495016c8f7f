"""The refusal of overlaps against a plain model, past the ledger, and by its query plan."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from ledger_stores import CAUSE, Store, a_draft_of, book, view
from sqlalchemy import create_engine, text
from sqlalchemy.exc import IntegrityError, OperationalError

from syncd.core.appointment import EXEMPT_FROM_OVERLAP, Appointment, Flag, Status
from syncd.core.errors import SlotTaken
from syncd.core.ids import ActivityId, PractitionerId, RoomId
from syncd.ledger import AppointmentFilter, Ledger, Transaction
from syncd.ledger.engine import parse_address
from syncd.ledger.tables import appointments
from syncd.ledger.triggers import _SQLITE, RESOURCES, _taken
from syncd.testing.builders import NINE, a_practitioner, an_activity

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
OTHER = PractitionerId("dr-lund")


@pytest.fixture
def ledger(store: Store) -> Ledger:
    """With more practitioners."""
    ledger = store.open()
    for who in (OTHER, PractitionerId("dr-vega"), PractitionerId("dr-novak")):
        named = a_practitioner(id=who)
        ledger.write(lambda tx, named=named: tx.save_practitioner(named, CAUSE))
    for each in ("consultation", "group", "class"):
        named = an_activity(id=ActivityId(each))
        ledger.write(lambda tx, named=named: tx.save_activity(named, CAUSE))
    return ledger


def overlapping(**changes: object) -> dict[str, object]:
    """The second half of the hour that begins at nine, and a bit more."""
    return {"start": NINE + 15 * MINUTE, "end": NINE + 45 * MINUTE, **changes}


def save(ledger: Ledger, before: Appointment, **changes: object) -> Appointment:
    after = replace(before, version=before.version + 1, **changes)  # type: ignore[arg-type]
    return ledger.write(lambda tx: tx.save_appointment(before, after, CAUSE))


SHARED = (12, 3)
SPANS = st.sampled_from([SHARED, SHARED, (12, 2), (13, 2)]) | st.tuples(
    st.integers(0, 40), st.integers(1, 12)
)
KINDS = st.sampled_from([None, ("consultation", 1), ("group", 2), ("group", 3), ("class", 3)])
STATUSES = st.sampled_from([Status.BOOKED, Status.BOOKED, Status.PENDING, Status.CANCELLED])


@dataclass(frozen=True)
class Wish:
    """What somebody wants to store, or to make of what is stored already."""

    span: tuple[int, int]
    practitioner: str
    room: str | None
    status: Status
    is_flagged: bool
    is_long: bool
    kind: tuple[str, int] | None
    is_upstream: bool
    of: int | None
    others: tuple[str, ...] = ()

    def fields(self) -> dict[str, Any]:
        unit = DAY / 4 if self.is_long else 10 * MINUTE
        start, length = self.span
        return {
            "start": NINE + start * unit,
            "end": NINE + (start + length) * unit,
            "practitioner_id": PractitionerId(self.practitioner),
            "room_id": self.room and RoomId(self.room),
            "status": self.status,
            "flags": frozenset({Flag.OVERBOOKED}) if self.is_flagged else frozenset(),
            "activity_id": ActivityId(self.kind[0]) if self.kind else None,
            "capacity": self.kind[1] if self.kind else 1,
            "also_with": tuple(map(PractitionerId, self.others)),
        }


WISHES = st.builds(
    Wish,
    span=SPANS,
    practitioner=st.sampled_from(["dr-patel", "dr-patel", "dr-lund", "dr-vega"]),
    room=st.sampled_from([None, "blue", "red"]),
    status=STATUSES,
    is_flagged=st.sampled_from([False, False, False, True]),
    is_long=st.sampled_from([False, False, True]),
    kind=KINDS,
    is_upstream=st.booleans(),
    of=st.none() | st.integers(0, 5),
    others=st.sampled_from([(), (), (), ("dr-vega",), ("dr-vega", "dr-novak")]),
)
PAIR = Wish(SHARED, "dr-patel", "red", Status.BOOKED, False, False, ("group", 2), False, None)
UPSTREAM = replace(PAIR, is_upstream=True)
ALONE = replace(PAIR, room=None, kind=None)
BOTH = replace(ALONE, others=("dr-vega",))


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(wishes=st.lists(WISHES, max_size=14))
@example(wishes=[replace(PAIR, span=(0, 12), is_long=True, kind=None, room=None)] * 2)
@example(wishes=[PAIR] * 3)
@example(wishes=[PAIR, PAIR, replace(PAIR, span=(12, 2), of=0), PAIR])
@example(wishes=[replace(PAIR, span=(12, 6), is_long=True)] * 3)
@example(wishes=[PAIR, replace(PAIR, kind=("class", 3)), replace(PAIR, kind=("group", 1))])
@example(wishes=[PAIR, replace(PAIR, practitioner="dr-lund")])
@example(wishes=[UPSTREAM] * 3)
@example(wishes=[UPSTREAM, replace(UPSTREAM, kind=("class", 3))])
@example(wishes=[UPSTREAM, replace(UPSTREAM, span=(12, 2))])
@example(wishes=[replace(UPSTREAM, kind=("class", 1))] * 2)
@example(wishes=[UPSTREAM, replace(UPSTREAM, practitioner="dr-lund")])
@example(wishes=[BOTH, replace(ALONE, practitioner="dr-vega")])
@example(wishes=[replace(ALONE, practitioner="dr-vega"), BOTH])
@example(wishes=[BOTH, replace(BOTH, practitioner="dr-lund")])
@example(wishes=[replace(BOTH, is_long=True)] * 2)
@example(wishes=[BOTH, replace(BOTH, span=(30, 3), of=0), replace(ALONE, practitioner="dr-vega")])
@example(wishes=[BOTH, replace(ALONE, of=0), replace(ALONE, practitioner="dr-vega")])
@example(wishes=[ALONE, replace(ALONE, practitioner="dr-vega"), replace(BOTH, of=0)])
@example(wishes=[replace(BOTH, kind=("group", 2))] * 3)
def test_the_database_agrees_with_a_plain_model_of_what_may_be_stored(
    ledger: Ledger, wishes: list[Wish]
) -> None:
    """Law: a write is refused exactly when it would hold time that another one holds and does not
    share; what happened upstream is flagged exactly then."""

    def work(tx: Transaction) -> None:
        for each in tx.appointments():
            tx.save_appointment(
                each, replace(each, status=Status.ENTERED_IN_ERROR, version=each.version + 1), CAUSE
            )
        model: list[Appointment] = []
        for wish in wishes:
            there = len(model)
            old = model[wish.of] if wish.of is not None and wish.of < there else None
            others = [each for each in model if each is not old]
            if old is None:
                after = a_draft_of(**wish.fields())
            else:
                after = replace(old, **wish.fields(), version=old.version + 1)
            holds = after.status.holds_time and not wish.is_flagged
            is_new = old is None or _claims_more(old, after) or wish.is_upstream
            is_refused = (
                holds and is_new and _is_taken(after, others, old, upstream=wish.is_upstream)
            )

            def store(after=after, old=old, flag=wish.is_upstream) -> Appointment:
                if old is None:
                    return tx.add_appointment(after, CAUSE, flag_overlap=flag)
                return tx.save_appointment(old, after, CAUSE, flag_overlap=flag)

            if is_refused and not wish.is_upstream:
                with pytest.raises(SlotTaken):
                    store()
                continue
            stored = store()
            assert (Flag.OVERLAP in stored.flags) == is_refused
            if old is None:
                model.append(stored)
            else:
                model[model.index(old)] = stored

    ledger.write(work)


RESOURCES_OF = {"practitioner": "practitioner_id", "room": "room_id"}


def _claims_more(old: Appointment, after: Appointment) -> bool:
    return any(_claims_more_of(each, old, after) for each in RESOURCES_OF.values())


def _claims_more_of(resource: str, old: Appointment, after: Appointment) -> bool:
    """Whether time of the resource is wanted that was not had, or not to oneself."""
    had = old.status.holds_time and not old.flags & EXEMPT_FROM_OVERLAP
    same = getattr(old, resource) == getattr(after, resource)
    if resource == "practitioner_id":
        same = old.practitioners == after.practitioners
    inside = old.interval.contains(after.interval)
    return not (had and same and inside and (old.capacity == 1 or _share(old, after)))


def _is_taken(
    draft: Appointment, others: list[Appointment], old: Appointment | None, *, upstream: bool
) -> bool:
    """By the practitioner or the room; but for places that are left among those who share."""
    for resource in RESOURCES_OF.values():
        wanted = getattr(draft, resource)
        if old is not None and not upstream and not _claims_more_of(resource, old, draft):
            continue
        there = [
            each
            for each in others
            if each.status.holds_time
            and each.interval.overlaps(draft.interval)
            and wanted is not None
            and _of(each, resource) & _of(draft, resource)
        ]
        sharing = [each for each in there if _share(each, draft)]
        if len(sharing) < len(there) or (sharing and len(sharing) >= draft.capacity):
            return True
    return False


def _of(appointment: Appointment, resource: str) -> set[str]:
    is_room = resource == "room_id"
    return {str(appointment.room_id)} if is_room else {*appointment.practitioners}


def _share(one: Appointment, other: Appointment) -> bool:
    both = min(one.capacity, other.capacity) > 1 and one.interval == other.interval
    who = one.activity_id, one.practitioner_id
    return both and who == (other.activity_id, other.practitioner_id)


def test_the_database_refuses_even_those_who_come_past_the_ledger(
    store: Store, ledger: Ledger
) -> None:
    book(ledger)
    second = book(ledger, start=NINE + HOUR)
    columns = "starts_at = (SELECT starts_at FROM appointments WHERE id <> :id)"

    with pytest.raises(Exception, match="refuses an overlap of practitioner"):
        store.sql(f"UPDATE appointments SET {columns} WHERE id = :id", id=second.id)


def test_on_postgresql_two_who_come_past_the_ledger_wait_for_each_other(
    postgresql_store: Store,
) -> None:
    """Without the lock that the trigger takes, neither would see the other, and both would be in."""
    ledger = postgresql_store.open()
    booked = book(ledger, start=NINE + 20 * HOUR)
    changed = {"id", "number", "starts_at", "ends_at"}
    kept = ", ".join(each.name for each in appointments.columns if each.name not in changed)
    insert = (
        f"INSERT INTO appointments (id, number, starts_at, ends_at, {kept}) SELECT :id, :id,"
        f" starts_at - interval '20 hours', ends_at - interval '20 hours', {kept}"
        " FROM appointments WHERE id = :like"
    )
    engine = create_engine(parse_address(postgresql_store.url).url)
    with engine.connect() as first, engine.connect() as second:
        first.execute(text(insert), {"id": "first", "like": booked.id})
        second.execute(text("SET lock_timeout = '200ms'"))
        with pytest.raises(OperationalError, match="lock timeout"):
            second.execute(text(insert), {"id": "second", "like": booked.id})
        second.rollback()
        first.commit()
        with pytest.raises(IntegrityError, match="refuses an overlap of practitioner"):
            second.execute(text(insert), {"id": "second", "like": booked.id})
    engine.dispose()


def test_looking_for_an_overlap_reads_a_short_range_of_one_index(sqlite_store: Store) -> None:
    """The plan for 100,000 appointments is the plan for none: SQLite keeps no statistics here."""
    for resource in RESOURCES:
        condition = re.sub(r"NEW\.(\w+)", r":\1", _taken(resource, _SQLITE))
        names = dict.fromkeys(re.findall(r":(\w+)", condition), 1)
        rows = sqlite_store.sql(f"EXPLAIN QUERY PLAN SELECT {condition}", **names)
        search = f"SEARCH taken USING INDEX ix_appointments_{resource}"
        equal = f"practice_id=? AND {resource}_id=? AND is_long=? AND"
        of_others = [
            f"{search} ({equal} starts_at>? AND starts_at<?)",
            f"{search} ({equal} starts_at<?)",
        ]
        sharing = [] if resource == "client" else [f"{search} ({equal} starts_at=?)"]
        found = [row.detail for row in rows if row.detail.startswith("SEARCH")]
        attended = []
        for each in ("starts_at>? AND starts_at<?", "starts_at<?"):
            attended.append(
                "SEARCH attendances USING COVERING INDEX ix_attendances_time"
                f" (practice_id=? AND practitioner_id=? AND is_long=? AND {each})"
            )
            attended.append(
                "SEARCH taken USING INDEX sqlite_autoindex_appointments_1 (practice_id=? AND id=?)"
            )
        of_all = [*attended, *of_others, *attended] if resource == "practitioner" else []
        assert found == [*of_others, *sharing, *of_all]


def test_appointments_that_overlap_a_window_are_listed(ledger: Ledger) -> None:
    inside = [book(ledger, start=NINE + hours * HOUR) for hours in range(4)]
    window = AppointmentFilter(start=NINE + HOUR, end=NINE + 2 * HOUR + MINUTE)

    assert view(ledger, lambda seen: seen.appointments(window)) == inside[1:3]
