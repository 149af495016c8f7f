"""A guarded provider is the provider, up to the point where it must stop."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from syncd.core.errors import LeaseLost
from syncd.core.ids import Cursor, EventRef, Version
from syncd.daemon.guard import GuardedProvider, Halted, Pulse
from syncd.ports import CalendarProvider, Written
from syncd.testing import MemoryCalendar, MemoryProvider
from syncd.testing.builders import a_draft, an_event


@pytest.fixture
def calendar():
    return MemoryCalendar()


def guarded(calendar, *, halts=False, may_write=True, pulse=None):
    provider = MemoryProvider(calendar, zone=ZoneInfo("Europe/Berlin"))
    guard: CalendarProvider = GuardedProvider(
        provider, pulse=pulse or Pulse(), halts=lambda: halts, may_write=lambda: may_write
    )
    return guard


WRITES = {
    "create": lambda each: each.create(a_draft()),
    "update": lambda each: each.update(an_event(), a_draft()),
    "delete": lambda each: each.delete(EventRef("/x.ics"), Version("1")),
}
READS = {
    "check": lambda each: each.check(),
    "changes": lambda each: each.changes(Cursor("")),
    "listing": lambda each: each.listing(bodies=True),
}


@pytest.mark.parametrize("call", [*WRITES, *READS])
def test_while_draining_nothing_new_is_asked(calendar, call):
    with pytest.raises(Halted):
        (WRITES | READS)[call](guarded(calendar, halts=True))

    assert guarded(calendar, halts=True).requests == 0


def test_while_draining_what_was_written_is_still_read_back(calendar):
    written = guarded(calendar).create(a_draft())
    assert isinstance(written, Written)

    found = guarded(calendar, halts=True).get_many([written.ref])

    assert found[written.ref].uid == a_draft().uid


@pytest.mark.parametrize("call", WRITES)
def test_without_a_sure_lease_nothing_is_written(calendar, call):
    with pytest.raises(LeaseLost):
        WRITES[call](guarded(calendar, may_write=False))

    assert calendar.history == []


@pytest.mark.parametrize("call", READS)
def test_without_a_sure_lease_it_may_still_read(calendar, call):
    READS[call](guarded(calendar, may_write=False))


def test_every_call_is_a_sign_of_life(calendar):
    pulse = Pulse()
    guard = guarded(calendar, pulse=pulse)
    counts = [pulse.count()]

    for call in (*READS.values(), WRITES["create"], lambda each: each.get_many([])):
        call(guard)
        counts.append(pulse.count())

    assert counts == sorted(set(counts))
