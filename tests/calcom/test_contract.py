"""What is asked and answered fits the vendor's own document, wherever that is right."""

import json
import os
from functools import cache

import pytest
from recorded_calcom.contract import CORRECTIONS, Contract
from recorded_calcom.recordings import SCENARIOS, needs_openapi, needs_recordings
from recorded_calcom.replaying import Replay

from syncd_calcom.standin import CAL_DIY, HOSTED

pytestmark = [needs_recordings, needs_openapi]


@cache
def contract():
    return Contract()


@cache
def exchanges(profile, scenario):
    """Every request with its answer, where the version is one that the document describes."""
    replay = Replay(scenario, profile)
    replay.run()
    found = []
    for each in replay.done:
        request, response = each.response.request, each.response
        path, headers = request.url.path.removeprefix("/api").rstrip("/").lower(), request.headers
        version = headers.get("cal-api-version")
        is_known = version is None or version in profile.versions
        if is_known and not contract().of_request(request.method, path, dict(headers), None):
            kind = response.headers.get("content-type", "")
            body = response.json() if response.content and "json" in kind else None
            found.append((request, request.url.path, response.status_code, body))
    return found


@pytest.mark.parametrize("profile", [CAL_DIY, HOSTED], ids=lambda each: each.name)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_request_that_succeeds_and_every_answer_fits_the_document(profile, scenario):
    judged = [wrong_by(contract(), each) for each in exchanges(profile, scenario)]

    assert [each for wrong in judged for each in wrong] == []


@pytest.mark.parametrize(
    "correction",
    [each for each in CORRECTIONS if each.is_recorded][:: 1 if "TORTURE" in os.environ else 5],
    ids=lambda each: each.where,
)
def test_a_correction_of_the_document_is_needed(correction):
    """Else the document has been mended, or the stand-in does otherwise: either way it goes."""
    uncorrected = Contract(without=correction)

    assert any(
        wrong_by(uncorrected, exchange)
        for scenario in SCENARIOS
        for exchange in exchanges(CAL_DIY, scenario)
    )


def wrong_by(judge, exchange):
    request, path, status, body = exchange
    wrong = [] if body is None else judge.of_answer(request.method, path, status, body)
    if status < 300 and request.content:
        asked = json.loads(request.content)
        wrong = wrong + judge.of_request(request.method, path, dict(request.headers), asked)
    return wrong


def test_what_a_reassigned_booking_is_answered_fits_only_when_corrected():
    whom = {"id": 1, "name": "Ann", "email": "a@example.test", "displayEmail": "a@example.test"}
    data = {"bookingUid": "x", "reassignedTo": whom}
    answer = {"status": "success", "data": data}
    correction = next(each for each in CORRECTIONS if not each.is_recorded)

    def wrong(judge):
        return judge.of_answer("POST", "/v2/bookings/x/reassign", 200, answer)

    assert wrong(contract()) == []
    assert wrong(Contract(without=correction))
