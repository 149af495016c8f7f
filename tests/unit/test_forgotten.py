"""Which events only the ledger's own lost future can have written, and what they show."""

from dataclasses import replace
from datetime import date

import pytest
from laws.world_state import a_scene

from syncd.core.brake import BrakeLimits
from syncd.core.events import Unreadable
from syncd.core.forgotten import forgotten_events, highest_shown, why_forgotten
from syncd.core.ids import (
    AppointmentId,
    CalendarId,
    EventRef,
    Uid,
    Version,
    numbers_in,
    remote_uid,
)
from syncd.core.operations import AdoptEvent
from syncd.core.plan import make_plan
from syncd.core.remote import RemoteKind, RemoteRecord
from syncd.core.scene import Pair, Picture
from syncd.testing.builders import a_link, an_appointment, an_event

LOST = AppointmentId("lost")
HERE = CalendarId("patel-main")
REF = EventRef("/patel-main/lost.ics")
EVENT = an_event(ref=REF, uid=remote_uid(LOST, HERE, 1), mark=LOST)
DAY = date(2025, 9, 21)


def picture(*seen, **given):
    return Picture(**({"scene": a_scene(), "seen": seen, "unheard": frozenset({LOST})} | given))


def a_record(kind):
    return RemoteRecord(
        calendar_id=HERE, ref=REF, version=Version("1"), kind=kind, uid=EVENT.uid, digest="1"
    )


@pytest.mark.parametrize("generation", [1, 2, 16])
def test_an_event_under_any_identity_that_the_ledger_derives_is_forgotten(generation):
    event = replace(EVENT, uid=remote_uid(LOST, HERE, generation))

    assert forgotten_events(picture(event)) == [event]


def test_they_come_in_the_order_of_their_places():
    second = replace(EVENT, ref=EventRef("/patel-main/zz.ics"))
    broken = Unreadable(ref=EventRef("/patel-main/a.ics"), version=Version("1"), reason="odd")

    assert forgotten_events(picture(second, broken, EVENT)) == [EVENT, second]


@pytest.mark.parametrize(
    "event",
    [
        replace(EVENT, mark=None),
        replace(EVENT, uid=Uid("copy@phone")),
        replace(EVENT, uid=remote_uid(LOST, CalendarId("elsewhere"), 1)),
        replace(EVENT, uid=remote_uid(AppointmentId("other"), HERE, 1)),
    ],
    ids=["no mark", "another uid", "another calendar's", "another appointment's"],
)
def test_what_anybody_else_can_have_made_is_not(event):
    assert forgotten_events(picture(event)) == []


def test_what_bears_the_mark_of_an_appointment_that_is_known_is_not():
    assert forgotten_events(picture(EVENT, unheard=frozenset())) == []
    assert forgotten_events(picture(EVENT, unheard=frozenset({"another"}))) == []


def test_the_event_of_a_link_is_not_although_its_mark_is_unheard_of():
    """It was adopted after a release, under its own uid."""
    link = a_link(ref=REF, uid=EVENT.uid)
    pair = Pair(link=link, appointment=an_appointment())

    assert forgotten_events(picture(EVENT, pairs={REF: pair})) == []


@pytest.mark.parametrize("kind", [RemoteKind.BUSY, RemoteKind.IGNORED, RemoteKind.MIRROR])
def test_what_was_known_as_a_strangers_is_not(kind):
    """A person let it pass before."""
    assert forgotten_events(picture(EVENT, records={REF: a_record(kind)})) == []


def test_what_could_not_be_read_before_is():
    known = {REF: a_record(RemoteKind.QUARANTINED)}

    assert forgotten_events(picture(EVENT, records=known)) == [EVENT]


def test_the_reason_counts_them_and_says_what_a_release_does():
    after = (
        " of appointments that this ledger does not know, as after an older backup was restored; "
        "once released, they count as entered by somebody else"
    )

    assert why_forgotten(1) == "1 event is" + after
    assert why_forgotten(2) == "2 events are" + after


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Consultation · J. D. · AID-20250921-0001", [(DAY, 1)]),
        ("AID-20250921-10000 and X9-20250922-0007", [(DAY, 10_000), (date(2025, 9, 22), 7)]),
        ("AID-20250921-999999", [(DAY, 999_999)]),
        ("AID-20250921-1000000", []),
        ("AID-20250921-" + "9" * 5000, []),
        ("AID-20251321-0001", []),
        ("AID-00000101-0001", []),
        ("AID-20250921-001", []),
        ("aid-20250921-0001", []),
        ("xAID-20250921-0001", []),
        ("9AID-20250921-0001", []),
        ("AID-20250921-\u0660\u0660\u0660\u0661", []),
        ("", []),
    ],
)
def test_a_text_shows_the_numbers_that_could_be_ones(text, found):
    assert numbers_in(text) == found


def test_the_highest_of_each_day_counts_and_the_last_of_each_title():
    titles = ["AID-20250921-0003", "AID-20250921-0005", "AID-20250921-0002", "Busy", ""]
    titles += ["AID-20250921-9000 · AID-20250922-0001"]

    shown = highest_shown(replace(EVENT, title=title) for title in titles)

    assert shown == {DAY: 5, date(2025, 9, 22): 1}


def test_a_release_takes_each_forgotten_appointment_up_again_once_under_its_id():
    """Two identities of one appointment may both stand there; a stranger is nobody's."""
    second = replace(EVENT, ref=EventRef("/patel-main/zz.ics"), uid=remote_uid(LOST, HERE, 2))
    copy = replace(EVENT, ref=EventRef("/patel-main/copy.ics"), uid=Uid("copy@phone"))
    other = replace(copy, ref=EventRef("/patel-main/other.ics"), mark=None)

    plan = make_plan(picture(EVENT, second, copy, other), limits=BrakeLimits(), released=True)

    assert [(step.ref, step.revives) for step in plan.pull] == [
        (copy.ref, None),
        (EVENT.ref, LOST),
        (other.ref, None),
        (second.ref, None),
    ]


def test_other_steps_are_left_as_they_are():
    ended = replace(EVENT, transparent=True)
    gone = Pair(link=a_link(ref=EventRef("/patel-main/x.ics")), appointment=an_appointment())
    seen = picture(ended, gone=frozenset({gone.link.ref}), pairs={gone.link.ref: gone})

    plan = make_plan(seen, limits=BrakeLimits(), released=True)

    assert not [step for step in plan.pull if isinstance(step, AdoptEvent)]
    assert len(plan.pull) == 2
