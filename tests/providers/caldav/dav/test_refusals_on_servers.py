"""A server that keeps an event and refuses every change of it: one event's trouble, not the
calendar's. It came there by import, by an older release, or through the server's own pages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from quirky_caldav import SERVERS, SINGLE, Quirks
from quirky_caldav.switches import Fault

from syncd.core.errors import Rejected
from syncd.core.events import RemoteEvent
from syncd.core.ids import EventRef
from syncd.ports import Written
from syncd.testing.harness import Desk

from .probing import event
from .standin import PATH, StandIn

BODIES = {
    Fault.X_COMPONENT: event("u", "BEGIN:X-PART", "X-A:1", "END:X-PART"),
    Fault.METHOD: event("u").replace("BEGIN:VEVENT", "METHOD:PUBLISH\r\nBEGIN:VEVENT"),
}
REFUSED = [
    pytest.param(quirks, fault, id=f"{name}: {fault.value} is {quirks.refuses[fault]}")
    for name, quirks in (SERVERS | SINGLE).items()
    for fault in BODIES
    if fault in quirks.refuses and (name in SERVERS or "500" in name)
]


@pytest.fixture
def standin(quirks: Quirks) -> Iterator[StandIn]:
    made = StandIn(quirks)
    yield made
    made.close()


@pytest.mark.parametrize(("quirks", "fault"), REFUSED)
def test_an_event_that_the_server_will_not_change_is_rejected_alone(
    standin: StandIn, fault: Fault
) -> None:
    """Also where it says 500 for ever: that is about the event, as long as others are answered."""
    desk = Desk(standin)
    standin.site.calendars[PATH].put("u.ics", BODIES[fault], "u")
    stuck = desk.provider.get_many([EventRef(f"{PATH}u.ics")])[EventRef(f"{PATH}u.ics")]
    assert isinstance(stuck, RemoteEvent)

    with pytest.raises(Rejected):
        desk.provider.update(stuck, desk.draft(uid=stuck.uid))

    assert isinstance(desk.provider.create(desk.draft()), Written)
    assert standin.site.calendars[PATH].objects["u.ics"].body == BODIES[fault]


@pytest.mark.parametrize("quirks", [SINGLE["no room"], SINGLE["a size limit"]])
def test_what_there_is_no_room_for_is_rejected_alone(standin: StandIn, quirks: Quirks) -> None:
    desk = Desk(standin)
    created = desk.created(draft := desk.draft())
    for number in range(quirks.room):
        standin.site.calendars[PATH].put(f"{number}.ics", event(str(number)), str(number))

    with pytest.raises(Rejected):
        desk.provider.create(desk.draft(title="long " * quirks.longest))

    assert isinstance(desk.provider.update(created, draft), Written)
