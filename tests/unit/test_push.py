"""What is written to a calendar, and what is not."""

from dataclasses import replace
from datetime import timedelta

import pytest
from laws.worlds import a_scene

from syncd.core.appointment import Agreed, LinkState, Origin, Status
from syncd.core.events import EventStatus
from syncd.core.ids import ActivityId, EventRef, Version
from syncd.core.operations import Op
from syncd.core.practice import Disclosure, Mode
from syncd.core.push import is_unsettled, plan_push
from syncd.testing.builders import HALF_HOUR, NINE, a_link, an_agreed, an_appointment
from syncd.testing.clock import MONDAY

TITLE = "Consultation · J. D. · AID-20310303-0001"
REF = EventRef("/patel-main/ours.ics")
SCENE = a_scene()


def written(**changes):
    """A link of ours whose event shows just what the appointment wants."""
    base = an_agreed(title=TITLE, drafted_title=TITLE)
    link = a_link(ref=REF, version=Version('"1"'), base=base, state=LinkState.IN_SYNC)
    return replace(link, **changes)


def adopted(**changes):
    base = an_agreed(title="Team meeting")
    return written(**({"origin": Origin.ADOPTED, "base": base} | changes))


def push(link, appointment, scene=SCENE):
    return plan_push(scene, link, appointment)


# Creating.


def test_a_new_appointment_is_created_under_its_own_identity():
    step = push(a_link(), an_appointment())

    assert (step.op, step.ref) == (Op.CREATE, None)
    assert step.number == "AID-20310303-0001"
    assert step.draft.uid == a_link().uid
    assert (step.draft.start, step.draft.end, step.draft.zone) == (
        NINE,
        NINE + HALF_HOUR,
        "Europe/Berlin",
    )
    assert (step.draft.title, step.draft.mark) == (TITLE, "appointment-1")
    assert (step.draft.status, step.draft.transparent) == (EventStatus.CONFIRMED, False)
    assert step.base == an_agreed(title=TITLE, drafted_title=TITLE)


def test_what_is_pending_is_tentative():
    step = push(a_link(), an_appointment(status=Status.PENDING))

    assert step.draft.status is EventStatus.TENTATIVE
    assert step.base.tentative


@pytest.mark.parametrize(
    "status",
    [Status.BOOKED, Status.ARRIVED, Status.CHECKED_IN, Status.FULFILLED, Status.NOSHOW],
)
def test_everything_else_that_took_place_is_confirmed(status):
    assert push(a_link(), an_appointment(status=status)).draft.status is EventStatus.CONFIRMED


@pytest.mark.parametrize(
    ("ended", "op"),
    [
        (timedelta(0), Op.CREATE),
        (timedelta(days=7), Op.CREATE),
        (timedelta(days=7, seconds=1), Op.SETTLE),
    ],
)
def test_publishing_starts_a_week_back(ended, op):
    end = MONDAY - ended

    assert push(a_link(), an_appointment(start=end - HALF_HOUR, end=end)).op is op


def test_a_strangers_identity_is_never_created_under():
    step = push(adopted(ref=None), an_appointment(title="Team meeting"))

    assert step.op is Op.CREATE
    assert step.draft.uid == step.link.uid != adopted().uid
    assert step.link.origin is Origin.OURS


# Updating.


def test_what_the_calendar_shows_already_needs_no_write():
    step = push(written(), an_appointment(version=4))

    assert (step.op, step.draft, step.base) == (Op.SETTLE, None, written().base)
    assert not is_unsettled(SCENE, written(), an_appointment())


@pytest.mark.parametrize(
    ("link", "appointment", "why"),
    [
        (written(), an_appointment(start=NINE + HALF_HOUR), "the appointment was moved"),
        (written(), an_appointment(status=Status.PENDING), "the appointment is pending"),
        (
            written(base=an_agreed(title=TITLE, drafted_title=TITLE, tentative=True)),
            an_appointment(),
            "the appointment is booked",
        ),
        (
            written(base=an_agreed(title=TITLE, drafted_title=TITLE, cancelled=True)),
            an_appointment(),
            "the appointment stands",
        ),
        (written(), an_appointment(activity_id=ActivityId("first")), "the title changed"),
        (written(base=None), an_appointment(), "what the event shows is not known"),
        (adopted(), an_appointment(end=NINE + 2 * HALF_HOUR), "the appointment was moved"),
    ],
)
def test_a_difference_is_written_and_says_why(link, appointment, why):
    step = push(link, appointment)

    assert (step.op, step.why) == (Op.UPDATE, why)
    assert (step.draft.start, step.draft.end) == (appointment.start, appointment.end)
    assert (step.base.start, step.base.end) == (appointment.start, appointment.end)
    assert is_unsettled(SCENE, link, appointment)


def test_all_differences_are_one_write():
    appointment = an_appointment(start=NINE + HALF_HOUR, status=Status.PENDING, client=None)

    step = push(written(), appointment)

    assert step.why == "the appointment was moved, the appointment is pending, the title changed"


def test_a_move_leaves_a_colleagues_title_alone():
    link = written(base=an_agreed(title="Ask about the knee", drafted_title=TITLE))

    step = push(link, an_appointment(start=NINE + HALF_HOUR))

    assert step.draft.title is None
    assert (step.base.title, step.base.drafted_title) == ("Ask about the knee", TITLE)


def test_a_colleagues_title_gives_way_when_the_ledger_asks_for_another():
    link = written(base=an_agreed(title="Ask about the knee", drafted_title=TITLE))

    step = push(link, an_appointment(activity_id=ActivityId("first")))

    assert step.draft.title == "First visit · J. D. · AID-20310303-0001"
    assert step.base.title == step.base.drafted_title == step.draft.title


def test_in_a_publish_calendar_the_title_is_put_back():
    publish = a_scene(mode=Mode.PUBLISH, disclosure=Disclosure.INITIALS)
    link = written(base=an_agreed(title="Ask about the knee", drafted_title=TITLE))
    padded = written(base=an_agreed(title=f" {TITLE} ", drafted_title=TITLE))

    step = push(link, an_appointment(), publish)

    assert (step.op, step.draft.title) == (Op.UPDATE, TITLE)
    assert push(padded, an_appointment(), publish).op is Op.SETTLE


@pytest.mark.parametrize("mode", [Mode.TWO_WAY, Mode.PUBLISH])
def test_a_calendar_that_takes_no_titles_is_never_asked_for_one(mode):
    scene = replace(a_scene(mode=mode), takes_titles=False)
    other = written(base=an_agreed(title="Ask about the knee", drafted_title="wanted before"))

    assert push(other, an_appointment(), scene).op is Op.SETTLE
    moved = push(other, an_appointment(start=NINE + HALF_HOUR), scene)
    assert (moved.op, moved.draft.title) == (Op.UPDATE, None)


def test_a_strangers_event_gets_its_time_and_nothing_else():
    step = push(adopted(), an_appointment(start=NINE + HALF_HOUR, status=Status.PENDING))

    assert (step.draft.title, step.draft.status, step.draft.transparent) == (None, None, None)
    assert step.draft.mark == ""
    assert (step.base.title, step.base.drafted_title) == ("Team meeting", None)


def test_a_strangers_event_that_stands_again_takes_place_again():
    cancelled = adopted(base=an_agreed(title="Team meeting", cancelled=True))

    step = push(cancelled, an_appointment())

    assert (step.draft.status, step.draft.transparent) == (EventStatus.CONFIRMED, False)
    assert not step.base.cancelled


# Withdrawing.


@pytest.mark.parametrize("status", [Status.CANCELLED, Status.ENTERED_IN_ERROR])
def test_what_we_created_is_deleted_and_what_we_adopted_is_cancelled(status):
    over = an_appointment(status=status)

    ours, theirs = push(written(), over), push(adopted(), over)

    assert (ours.op, ours.draft, ours.base) == (Op.DELETE, None, None)
    assert (theirs.op, theirs.draft.title) == (Op.UPDATE, None)
    assert (theirs.draft.status, theirs.draft.transparent) == (EventStatus.CANCELLED, True)
    assert theirs.base == an_agreed(title="Team meeting", cancelled=True)
    assert ours.why == theirs.why == f"the appointment is {status}"


def test_what_shows_nothing_known_is_withdrawn_all_the_same():
    over = an_appointment(status=Status.CANCELLED)

    assert push(written(base=None), over).op is Op.DELETE
    assert push(adopted(base=None), over).base.title == ""


@pytest.mark.parametrize("link", [a_link(), written(base=an_agreed(cancelled=True))])
def test_what_is_not_there_or_cancelled_already_needs_no_write(link):
    assert push(link, an_appointment(status=Status.CANCELLED)).op is Op.SETTLE


def test_what_may_have_been_created_is_remembered_to_know_its_ghost():
    wish = Agreed(start=NINE, end=NINE + HALF_HOUR, title=TITLE)

    step = push(a_link(intended=wish), an_appointment(status=Status.CANCELLED))

    assert (step.op, step.link.base) == (Op.SETTLE, wish)


# Held back.


@pytest.mark.parametrize("state", [LinkState.CONFLICT, LinkState.SUSPENDED, LinkState.GONE])
def test_conflicts_suspensions_and_ended_links_are_not_written(state):
    for status in (Status.BOOKED, Status.CANCELLED):
        moved = an_appointment(start=NINE + HALF_HOUR, status=status)
        assert push(written(state=state), moved) is None
        assert not is_unsettled(SCENE, written(state=state), moved)


def test_a_hold_is_not_written():
    assert push(a_link(), an_appointment(status=Status.PROPOSED)) is None


@pytest.mark.parametrize("mode", [Mode.IMPORT, Mode.BUSY])
@pytest.mark.parametrize("status", [Status.BOOKED, Status.CANCELLED])
def test_a_calendar_that_is_not_written_to_settles(mode, status):
    moved = an_appointment(start=NINE + HALF_HOUR, status=status)

    assert push(written(), moved, a_scene(mode=mode)).op is Op.SETTLE
