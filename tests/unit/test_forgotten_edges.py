"""Identities just outside of those that the ledger derives are somebody else's."""

from dataclasses import replace

import pytest
from laws.world_state import a_scene

from syncd.core.forgotten import GENERATIONS, forgotten_events
from syncd.core.ids import AppointmentId, remote_uid
from syncd.core.scene import Picture
from syncd.testing.builders import a_calendar, an_event

LOST = AppointmentId("lost")


@pytest.mark.parametrize("generation", [0, GENERATIONS + 1])
def test_an_identity_before_the_first_or_after_the_last_is_not_ours(generation):
    event = an_event(mark=LOST, uid=remote_uid(LOST, a_calendar().id, generation))
    picture = Picture(scene=a_scene(), seen=(event,), unheard=frozenset({LOST}))
    first = replace(event, uid=remote_uid(LOST, a_calendar().id, 1))

    assert forgotten_events(picture) == []
    assert forgotten_events(replace(picture, seen=(first,))) == [first]
