"""The calendar in memory where a call fails, before or after its effect, or somebody is quicker."""

from __future__ import annotations

import pytest
from memory_events import HOUR, created

from syncd.core.errors import Forbidden, NeedsLogin, RateLimited, Transient
from syncd.ports import Adopted, Gone, Written
from syncd.testing import FaultScript, Hand, MemoryCalendar, MemoryProvider, Moment, answer_lost
from syncd.testing.builders import NINE, a_draft


@pytest.mark.parametrize(
    "error", [Transient("x"), RateLimited("x"), NeedsLogin("x"), Forbidden("x")]
)
@pytest.mark.parametrize("name", ["check", "listing", "create"])
def test_a_fault_before_the_effect_leaves_no_effect(name: str, error: Exception) -> None:
    faults = FaultScript()
    calendar = MemoryCalendar()
    provider = MemoryProvider(calendar, faults=faults)
    faults.at(name, error)
    calls = {
        "check": provider.check,
        "listing": lambda: provider.listing(bodies=True),
        "create": lambda: provider.create(a_draft()),
    }

    with pytest.raises(type(error)):
        calls[name]()
    assert calendar.history == []

    calls[name]()


def test_a_lost_answer_leaves_the_effect_and_a_second_create_adopts_it() -> None:
    faults = FaultScript()
    calendar = MemoryCalendar()
    provider = MemoryProvider(calendar, faults=faults)
    faults.at("create", answer_lost(), moment=Moment.AFTER)

    with pytest.raises(Transient) as caught:
        provider.create(a_draft())

    assert caught.value.ambiguous
    assert isinstance(provider.create(a_draft()), Adopted)
    assert len(calendar.refs) == 1


def test_a_lost_answer_to_an_update_is_found_by_asking_again() -> None:
    faults = FaultScript()
    calendar = MemoryCalendar()
    provider = MemoryProvider(calendar, faults=faults)
    event = created(provider)
    faults.at("update", answer_lost(), moment=Moment.AFTER)
    draft = a_draft(start=NINE + HOUR)

    with pytest.raises(Transient):
        provider.update(event, draft)

    assert isinstance(provider.update(event, draft), Written)
    assert len(calendar.writes(Hand.SYNCD)) == 2


def test_faults_can_be_planned_for_later_and_for_several_times() -> None:
    faults = FaultScript()
    provider = MemoryProvider(MemoryCalendar(), faults=faults)
    faults.at("check", Transient("x"), skip=1, times=2)

    provider.check()
    for _ in range(2):
        with pytest.raises(Transient):
            provider.check()
    provider.check()

    assert [each.name for each in faults.seen] == ["check"] * 4


def test_a_colleague_can_be_quicker_than_a_conditional_update() -> None:
    faults = FaultScript()
    calendar = MemoryCalendar()
    provider = MemoryProvider(calendar, faults=faults)
    event = created(provider)
    faults.at("update", lambda: calendar.colleague_deletes(event.ref))

    assert provider.update(event, a_draft(start=NINE + HOUR)) == Gone()
