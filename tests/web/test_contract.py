"""Whatever is sent to what the document names, as whoever, is answered as the document says: no
mistake of ours, no status and no shape that is not documented."""

import os
from contextlib import suppress

import pytest
import schemathesis
from httpx import InvalidURL, LocalProtocolError
from hypothesis import HealthCheck, given, reject, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import ignored_auth

from .conftest import NINE
from .test_credentials import again

EXAMPLES = 60 if "TORTURE" in os.environ else 3
UNFIT = [ignored_auth]
"""Sends requests of its own; test_roles asks each route without a credential."""
FINE = ["2xx", "401", "403", "404", "409", "410", "412", "422", "429"]
"""What no schema can say (an end before its start, a length that is not offered) is a 422, too."""
ROLES = ("admin", "patel", "jane", "mother", "website", None)
ASKING = ROLES if "TORTURE" in os.environ else ("admin", "jane", None)


@pytest.fixture(params=ASKING, ids=str)
def asked(request, door):
    """The served document and the headers of one role, of a clinic in which something happened."""
    made = door.booked("jane", NINE)
    door.booked("jane", "2031-03-04T09:00:00+01:00")
    door.act(made["id"], "cancel", "jane")
    token = door.tokens.get(request.param)
    with again(door, requests_a_minute=10**9, failures_a_minute=10**9) as found:
        schema = schemathesis.openapi.from_url(f"{found.http.base_url}/api/v1/openapi.json")
        schema.config.checks.positive_data_acceptance.expected_statuses = FINE
        yield (
            schema,
            {"Authorization": f"Bearer {token}"} if token else {},
            found.http,
        )


def ask(http, wanted):
    """With our own client: what schemathesis brings does not go with the urllib3 that CalDAV's
    library installs."""
    parts = {"params": "params", "headers": "headers", "json": "json", "data": "content"}
    sent = {ours: wanted[key] for key, ours in parts.items() if wanted.get(key) is not None}
    try:
        return http.request(wanted["method"], wanted["url"], **sent)
    except (LocalProtocolError, InvalidURL):
        reject()  # no client could send that


@pytest.mark.timeout(600)
def test_every_answer_is_as_documented(asked):
    schema, headers, http = asked
    for found in schema.get_all_operations():
        operation = found.ok()
        for mode in GenerationMode:

            @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
            @given(case=operation.as_strategy(generation_mode=mode))
            def check(case):
                wanted = case.as_transport_kwargs(headers=headers)
                case.validate_response(ask(http, wanted), excluded_checks=UNFIT)

            with suppress(Unsatisfiable):  # nothing wrong can be sent where nothing is asked for
                check()
