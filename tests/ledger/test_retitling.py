"""Many titles at once: the same as one by one, with a few statements for all."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from ledger_stores import CAUSE, a_draft_of, view

from syncd.core.appointment import Appointment
from syncd.core.errors import VersionConflict
from syncd.core.ids import CalendarId
from syncd.ledger import Ledger
from syncd.testing.builders import NINE, a_calendar, a_link


def some(ledger: Ledger, count: int = 5) -> list[Appointment]:
    drafts = [a_draft_of(start=NINE + timedelta(hours=n)) for n in range(count)]

    def work(tx):
        added = tx.add_appointments(drafts, CAUSE)
        tx.save_calendar(a_calendar(), CAUSE)
        tx.put_links([a_link(appointment_id=each.id, ref=None) for each in added])
        return added

    return ledger.write(work)


def renamed(appointment: Appointment) -> Appointment:
    return replace(appointment, title="Renamed", version=appointment.version + 1)


def test_titles_changed_together_are_stored_journalled_and_dirty_their_links(ledger):
    added = some(ledger)

    ledger.write(lambda tx: tx.retitle_appointments([(a, renamed(a)) for a in added], CAUSE))

    with ledger.read() as now:
        assert [now.appointment(each.id) for each in added] == [renamed(each) for each in added]
        assert len(now.dirty_links(CalendarId("patel-main"))) == len(added)
        assert now.calendar_state(CalendarId("patel-main")).nudges > 0
        assert [entry.action for entry in now.history(added[0].id)] == ["book", "retitle"]
        assert now.verify_journal().is_sound


def test_one_appointment_that_changed_meanwhile_undoes_all(ledger):
    added = some(ledger)
    ledger.write(lambda tx: tx.save_appointment(added[2], renamed(added[2]), CAUSE))

    with pytest.raises(VersionConflict):
        ledger.write(lambda tx: tx.retitle_appointments([(a, renamed(a)) for a in added], CAUSE))

    with ledger.read() as now:
        assert now.appointment(added[0].id) == added[0]


def test_what_changes_more_than_its_title_is_not_taken(ledger):
    [one] = some(ledger, 1)
    moved = replace(renamed(one), start=one.start + timedelta(minutes=5))

    with pytest.raises(ValueError, match="more than its title"):
        ledger.write(lambda tx: tx.retitle_appointments([(one, moved)], CAUSE))


def test_the_calendar_that_a_title_came_from_is_not_nudged(ledger):
    added = some(ledger, 1)
    before = view(ledger, lambda now: now.calendar_state(CalendarId("patel-main")).nudges)

    ledger.write(
        lambda tx: tx.retitle_appointments(
            [(a, renamed(a)) for a in added], CAUSE, quiet_for=CalendarId("patel-main")
        )
    )

    after = view(ledger, lambda now: now.calendar_state(CalendarId("patel-main")).nudges)
    assert after == before
