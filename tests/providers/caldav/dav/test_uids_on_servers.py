"""An event of ours under another address than the one that we would create it at: a colleague's
tool moved it, or a copy of it lives in another calendar of the account. RFC 4791 §5.3.2.1."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from quirky_caldav import HOME, SERVERS, SINGLE, Quirks
from quirky_caldav.switches import SameUid

from syncd.core.ids import EventRef
from syncd.ports import Adopted, KeyBurnt, Written
from syncd.testing.harness import Desk

from .standin import PATH, StandIn

TRIED = SERVERS | {name: quirks for name, quirks in SINGLE.items() if "uid" in name}
OTHER = f"{HOME}other/"


@pytest.fixture(params=TRIED)
def quirks(request: pytest.FixtureRequest) -> Quirks:
    return TRIED[request.param]


@pytest.fixture
def standin(quirks: Quirks) -> Iterator[StandIn]:
    made = StandIn(quirks)
    yield made
    made.close()


def test_a_uid_that_went_to_another_address_is_adopted_or_given_up(
    standin: StandIn, quirks: Quirks
) -> None:
    """Where the server says where it is, it is adopted; where it stores the same UID twice, there is
    nothing to know; never is it an error that would stop the calendar, or a refusal of the event."""
    desk = Desk(standin)
    ref = desk.created(draft := desk.draft()).ref
    text = standin.text(ref)
    standin.delete(ref)
    elsewhere = standin.put(EventRef(f"{PATH}elsewhere.ics"), text)

    result = desk.provider.create(draft)

    match quirks.same_uid:
        case SameUid.STORED if not quirks.burns_names:
            assert isinstance(result, Written)
        case SameUid.SCHEDULING_403 | SameUid.CONFLICT_409 if not quirks.burns_names:
            assert result == Adopted(desk.event(elsewhere))
        case _:
            assert isinstance(result, KeyBurnt)
    assert desk.event(elsewhere).mark == draft.mark


def test_a_uid_of_another_calendar_is_given_up_or_used(standin: StandIn, quirks: Quirks) -> None:
    desk = Desk(standin)
    ref = desk.created(draft := desk.draft()).ref
    text = standin.text(ref)
    standin.delete(ref)
    standin.site.make(OTHER)
    standin.put(EventRef(f"{OTHER}copy.ics"), text)

    result = desk.provider.create(draft)

    once = quirks.same_uid_elsewhere is not SameUid.STORED
    assert isinstance(result, KeyBurnt if once or quirks.burns_names else Written)
