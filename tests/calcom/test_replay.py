"""What a real Cal.com did, the stand-in does."""

import pytest
from recorded_calcom.differences import EXPLAINED
from recorded_calcom.recordings import SCENARIOS, needs_recordings
from recorded_calcom.replaying import Replay

pytestmark = needs_recordings


@pytest.mark.parametrize("scenario", SCENARIOS or ["none"])
def test_a_recorded_scenario_is_repeated_but_for_what_is_explained(scenario):
    differences = Replay(scenario).run()

    expected = [each for each in EXPLAINED if each.scenario == scenario]
    assert [
        each for each in differences if not any(e.covers(scenario, each) for e in expected)
    ] == []
    assert [e for e in expected if not any(e.covers(scenario, each) for each in differences)] == []


def test_every_recording_was_replayed():
    assert len(SCENARIOS) >= 41
    assert {each.scenario for each in EXPLAINED} <= set(SCENARIOS)
