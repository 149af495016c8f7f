"""One bad object harms no other: it is quarantined with its reason, and nobody's words get out."""

from __future__ import annotations

import pytest

from .bombs import BOMBS, event
from .front_desk import FrontDesk
from .targets import CANARY

ODD = (
    *("a body of more than a megabyte", "folds", "more folds than lines may be", "empty lines"),
    *("nested components", "alarms", "a line of quotes", "every second", "an interval of ages"),
    *("more dates than there may be", "zones", "a zone of many blocks", "a uid of 200 KiB"),
)
"""Bombs that each take a moment, and no worker."""
QUARANTINED = {
    *("a body of more than a megabyte", "more folds than lines may be", "nested components"),
    *("every second", "more dates than there may be"),
}


def secretive(body: bytes) -> bytes:
    """The body with words in it that are nobody's business, wherever they may stand."""
    marked = f"SUMMARY:{CANARY}\r\nDESCRIPTION:{CANARY}\r\nATTENDEE:mailto:{CANARY}@x.example\r\n"
    return body.replace(b"BEGIN:VEVENT\r\n", b"BEGIN:VEVENT\r\n" + marked.encode(), 1)


@pytest.mark.parametrize("sends_bodies", [False, True])
def test_bombs_among_the_events_of_a_calendar_leave_the_others_alone(
    desk: FrontDesk, *, sends_bodies: bool
):
    desk.calendar.sends_bodies = sends_bodies
    desk.calendar.put("first.ics", event(b"SUMMARY:First").replace(b"UID:1", b"UID:first"))
    for at, name in enumerate(ODD):
        made = BOMBS[name].made().replace(b"UID:1\r\n", b"UID:bomb-%d\r\n" % at)
        desk.calendar.put(f"{at}.ics", secretive(made))
    last = event(b"SUMMARY:Last").replace(b"UID:1", b"UID:last").replace(b"0303T", b"0304T")
    desk.calendar.put("last.ics", last)

    synced = desk.run("-vv", "sync", "--json")

    assert synced.code == 0, synced
    [calendar] = synced.json["calendars"]
    assert calendar["quarantined"] == len(QUARANTINED)
    assert {"First", "Last"} <= {each["title"] for each in desk.appointments()}
    said = [
        synced,
        *(desk.run(*words) for words in (("plan",), ("status",), ("calendars", "list"))),
    ]
    assert not any(CANARY in each.text for each in said)


def test_what_was_a_bomb_and_is_mended_becomes_an_appointment(desk: FrontDesk):
    desk.calendar.put("1.ics", BOMBS["more folds than lines may be"].made())
    assert desk.run("sync", "--json").json["calendars"][0]["quarantined"] == 1

    desk.calendar.put("1.ics", event(b"SUMMARY:Mended"))

    assert desk.run("sync", "--json").json["calendars"][0]["quarantined"] == 0
    assert [each["title"] for each in desk.appointments()] == ["Mended"]
