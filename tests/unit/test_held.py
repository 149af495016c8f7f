"""An event that may be a known one at a new address, while nobody answers for the old one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from laws.worlds import NO_BRAKE, World, a_scene

from syncd.core.events import Timed
from syncd.core.ids import EventRef
from syncd.core.operations import Op
from syncd.core.plan import make_plan
from syncd.core.practice import Mode
from syncd.core.remote import RemoteKind
from syncd.core.time import Interval
from syncd.testing.builders import HALF_HOUR, NINE, an_event

HOUR = Interval(NINE, NINE + timedelta(hours=1))


def plan_of(event, *, mode=Mode.TWO_WAY, records=None, expanded=None):
    """The steps about an event that is held."""
    picture = replace(
        World(scene=a_scene(mode=mode)).look(),
        seen=(event,),
        gone=frozenset(),
        held={event.ref: EventRef("/patel-main/old.ics")},
        records=records or {},
        expanded=expanded or {},
    )
    return make_plan(picture, limits=NO_BRAKE).pull


def test_it_takes_its_time_and_is_nothing_more():
    event = an_event(when=Timed(NINE, NINE + HALF_HOUR))

    [step] = plan_of(event)

    assert (step.op, step.intervals) == (Op.QUARANTINE, (Interval(NINE, NINE + HALF_HOUR),))
    assert not step.keeps_time
    record = step.record
    assert (record.kind, record.version, record.uid) == (
        RemoteKind.QUARANTINED,
        event.version,
        event.uid,
    )
    assert (record.digest, record.body, record.ends_at) == ("", None, NINE + HALF_HOUR)
    assert "own place" in record.reason
    assert record.awaits == "/patel-main/old.ics"


def test_that_it_is_still_held_is_no_news_and_another_version_is():
    event = an_event()
    [step] = plan_of(event)
    known = {event.ref: step.record}

    assert plan_of(event, records=known) == ()
    assert len(plan_of(an_event(version='"another"'), records=known)) == 1


def test_a_series_takes_the_times_it_was_expanded_to_and_keeps_its_body():
    series = an_event(recurring=True)

    [step] = plan_of(series, expanded={series.ref: (HOUR,)})

    assert step.intervals == (HOUR,)
    assert (step.record.body, step.record.ends_at) == (series.body, None)


@pytest.mark.parametrize(
    ("changes", "mode"),
    [
        ({"transparent": True}, Mode.TWO_WAY),
        ({}, Mode.PUBLISH),
        ({"when": Timed(NINE, NINE)}, Mode.TWO_WAY),
    ],
)
def test_what_would_take_no_time_takes_none_while_it_is_held(changes, mode):
    [step] = plan_of(an_event(**changes), mode=mode)

    assert step.intervals == ()
    assert (step.record.ends_at, step.record.body) == (None, None)
