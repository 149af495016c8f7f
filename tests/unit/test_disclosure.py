"""What a calendar is told of an appointment, and nothing beyond it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.disclosure import initials, title_for
from syncd.core.practice import Disclosure, Mode, OnRemoteDelete
from syncd.testing.builders import a_calendar, a_client, an_activity, an_appointment

NUMBER = "AID-20310303-0001"


@pytest.mark.parametrize(
    ("disclosure", "title"),
    [
        (Disclosure.NOTHING, ""),
        (Disclosure.BUSY, "Busy"),
        (Disclosure.NUMBER, NUMBER),
        (Disclosure.INITIALS, f"Consultation · J. D. · {NUMBER}"),
        (Disclosure.FULL, f"Consultation · Jane Doe · {NUMBER}"),
    ],
)
def test_a_title_tells_as_much_as_the_practice_chose(disclosure, title):
    assert title_for(an_appointment(), activity=an_activity(), disclosure=disclosure) == title


@pytest.mark.parametrize(
    ("disclosure", "title"),
    [
        (Disclosure.INITIALS, NUMBER),
        (Disclosure.FULL, f"Team meeting · {NUMBER}"),
    ],
)
def test_an_adopted_event_is_told_by_its_own_title_only_in_full(disclosure, title):
    adopted = an_appointment(client=None, activity_id=None, title="Team meeting")

    assert title_for(adopted, activity=None, disclosure=disclosure) == title


def test_without_any_name_the_number_remains():
    nameless = an_appointment(client=None, title=None)

    assert title_for(nameless, activity=None, disclosure=Disclosure.FULL) == NUMBER


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Jane Doe", "J. D."),
        ("Jane van der Doe", "J. D."),
        ("Jane", "J."),
        ("  jane   doe ", "J. D."),
        ("Jane (Mrs) Doe", "J. D."),
        ("Ægir Ösp", "Æ. Ö."),
        ("王 芳", "王. 芳."),
        ("", ""),
        ("(-)", ""),
    ],
)
def test_initials_are_the_first_letters_of_the_first_and_the_last_word(name, letters):
    assert initials(name) == letters


@given(st.text(max_size=40))
def test_initials_never_tell_more_than_two_words_first_letters(name):
    told = initials(name)

    assert len(told.split()) <= 2
    assert told.count(".") <= 2


@given(
    st.text(min_size=3, max_size=30),
    st.sampled_from([Disclosure.NOTHING, Disclosure.BUSY, Disclosure.NUMBER]),
)
def test_less_than_initials_tells_nothing_of_the_client(name, disclosure):
    one = an_appointment(client=a_client(name=name))
    other = an_appointment(client=None)

    assert title_for(one, activity=an_activity(), disclosure=disclosure) == title_for(
        other, activity=None, disclosure=disclosure
    )


@pytest.mark.parametrize(
    ("mode", "shows", "policy"),
    [
        (Mode.TWO_WAY, Disclosure.INITIALS, OnRemoteDelete.CANCEL),
        (Mode.PUBLISH, Disclosure.BUSY, OnRemoteDelete.RESTORE),
        (Mode.IMPORT, Disclosure.INITIALS, OnRemoteDelete.CANCEL),
        (Mode.BUSY, Disclosure.INITIALS, OnRemoteDelete.CANCEL),
    ],
)
def test_each_mode_has_its_own_defaults(mode, shows, policy):
    calendar = a_calendar(mode=mode)

    assert (calendar.shows, calendar.deletion_policy) == (shows, policy)


@pytest.mark.parametrize("mode", Mode)
def test_a_choice_beats_the_default_of_its_mode(mode):
    calendar = a_calendar(
        mode=mode, disclosure=Disclosure.NUMBER, on_remote_delete=OnRemoteDelete.ASK
    )

    assert (calendar.shows, calendar.deletion_policy) == (Disclosure.NUMBER, OnRemoteDelete.ASK)


@pytest.mark.parametrize(
    ("mode", "writes", "adopts", "blocks"),
    [
        (Mode.TWO_WAY, True, True, True),
        (Mode.PUBLISH, True, False, False),
        (Mode.IMPORT, False, True, True),
        (Mode.BUSY, False, False, True),
    ],
)
def test_what_each_mode_does(mode, writes, adopts, blocks):
    assert (mode.writes, mode.adopts, mode.blocks) == (writes, adopts, blocks)


@given(st.text(max_size=20), st.text(max_size=20), st.sampled_from(Disclosure))
def test_a_title_is_one_line_of_visible_characters(name, activity, disclosure):
    """What no calendar can store would differ for ever."""
    title = title_for(
        an_appointment(client=a_client(name=name)),
        activity=an_activity(name=activity),
        disclosure=disclosure,
    )

    assert title.isprintable()
    assert title == " ".join(title.split())
