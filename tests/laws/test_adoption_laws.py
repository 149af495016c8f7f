"""What a foreign event means, against the sentence of the design for each kind."""

from hypothesis import given
from hypothesis import strategies as st
from laws.picture_values import ALL_WHENS
from laws.worlds import a_scene

from syncd.core.adoption import Meaning, read_foreign
from syncd.core.events import Attendance, EventStatus, Timed, interval_of
from syncd.core.practice import Adopt, Mode
from syncd.testing.builders import a_calendar, an_event
from syncd.testing.clock import MONDAY

SCENE = a_scene()
events = st.builds(
    an_event,
    when=st.sampled_from(ALL_WHENS),
    status=st.sampled_from(EventStatus),
    attendance=st.sampled_from(Attendance),
    transparent=st.booleans(),
    recurring=st.booleans(),
    is_marked=st.booleans(),
)
calendars = st.builds(a_calendar, mode=st.sampled_from(Mode), adopt=st.sampled_from(Adopt))


def read(event, calendar, **known):
    return read_foreign(
        event,
        calendar=calendar,
        interval=interval_of(event.when, SCENE.zone),
        now=MONDAY,
        **({"is_mirror": False} | known),
    )


@given(events, calendars)
def test_every_reading_says_why(event, calendar):
    assert read(event, calendar).why


@given(events, calendars, st.booleans())
def test_an_appointments_own_image_is_a_mirror_whatever_else_it_is(event, calendar, is_copy):
    assert read(event, calendar, is_mirror=True, is_copy=is_copy).meaning is Meaning.MIRROR


@given(events, calendars)
def test_what_does_not_take_time_means_nothing(event, calendar):
    free = (
        event.transparent
        or event.status is EventStatus.CANCELLED
        or event.attendance is Attendance.DECLINED
        or interval_of(event.when, SCENE.zone) is None
        or calendar.mode is Mode.PUBLISH
    )

    assert (read(event, calendar).meaning is Meaning.NOTHING) is free


@given(events, calendars)
def test_a_copy_takes_time_and_is_no_second_appointment(event, calendar):
    alone = read(event, calendar).meaning
    copy = read(event, calendar, is_copy=True).meaning

    assert copy is (Meaning.NOTHING if alone is Meaning.NOTHING else Meaning.BUSY)


@given(events, calendars)
def test_an_event_is_adopted_just_when_it_could_have_been_booked(event, calendar):
    adopts = calendar.adopt is Adopt.ALL or (calendar.adopt is Adopt.MARKED and event.is_marked)
    could = (
        read(event, calendar).meaning is not Meaning.NOTHING
        and calendar.mode in (Mode.TWO_WAY, Mode.IMPORT)
        and adopts
        and isinstance(event.when, Timed)
        and not event.recurring
        and event.attendance is Attendance.OWN
        and event.when.end > MONDAY
    )

    assert (read(event, calendar).meaning is Meaning.ADOPT) is could


def test_a_plain_event_of_which_nothing_else_is_known_is_adopted():
    assert read(an_event(), a_calendar()).meaning is Meaning.ADOPT
