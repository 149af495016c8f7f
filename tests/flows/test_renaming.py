"""Events follow the names that they show, whenever somebody changes one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from syncd.core.ids import ActivityId, CalendarId
from syncd.core.practice import Disclosure, Keeper
from syncd.flows.activities import change_activity
from syncd.flows.clients import erase
from syncd.flows.people import Particulars, change_person
from syncd.testing.builders import a_calendar

MAIN = CalendarId("patel-main")


@pytest.fixture
def clinic(open_clinic):
    """A calendar that shows whole names."""
    return open_clinic(a_calendar(disclosure=Disclosure.FULL))


def rename(clinic, appointment, name):
    change_person(clinic.around, appointment.client.id, Particulars(name=name), clinic.cause)


def titles(clinic):
    return [event.title for event in clinic.calendar().events()]


def test_a_new_name_is_written_where_the_old_one_was_and_nowhere_else(clinic):
    jane = clinic.book(name="Jane Doe")
    clinic.book(name="John Roe", start=jane.end)
    clinic.settle()
    before = len(clinic.calendar().history)

    rename(clinic, jane, "Jane Poe")
    clinic.settle()

    assert len(clinic.calendar().history) == before + 1
    assert sorted("Jane Poe" in each for each in titles(clinic)) == [False, True]
    assert not any("Doe" in each for each in titles(clinic))


@pytest.mark.parametrize("write", ["create", "update"])
@pytest.mark.parametrize("again", [1, 2])
def test_a_new_name_while_the_old_one_is_written_is_written_next(clinic, write, again):
    jane = clinic.book(name="Jane Doe")
    if write == "update":
        clinic.settle()
        rename(clinic, jane, "Jane Moe")

    def twice():
        for count in range(again):
            rename(clinic, jane, f"Jane Poe {count}")

    clinic.faults[MAIN].at(write, twice)
    clinic.settle()

    assert [f"Jane Poe {again - 1}" in each for each in titles(clinic)] == [True]


def test_a_new_name_of_an_activity_while_the_old_one_is_written_is_written_next(clinic):
    clinic.book()
    with clinic.ledger.read() as view:
        lesson = view.activity(ActivityId("consultation"))
    lesson = replace(lesson, kept_by=Keeper.HTTP)
    clinic.ledger.write(lambda tx: tx.save_activity(lesson, clinic.cause))
    clinic.faults[MAIN].at(
        "create",
        lambda: change_activity(clinic.around, replace(lesson, name="Lesson"), clinic.cause),
    )
    clinic.settle()

    assert ["Lesson" in each for each in titles(clinic)] == [True]


def test_whose_name_is_erased_is_not_named_by_events_to_come(clinic):
    jane = clinic.book(name="Jane Doe")
    clinic.settle()

    erase(clinic.around, jane.client.id, clinic.cause, anyway=True)
    clinic.settle()

    [title] = titles(clinic)
    assert "Jane" not in title
    assert jane.number in title
