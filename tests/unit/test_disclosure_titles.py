"""Titles are what a calendar can store."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from syncd.core.disclosure import title_for
from syncd.core.practice import Disclosure
from syncd.testing.builders import a_client, an_activity, an_appointment


@given(name=st.text(), what=st.text())
def test_a_title_is_one_line_of_visible_characters_whatever_the_names_are(name, what):
    appointment = an_appointment(client=a_client(name=name))

    title = title_for(appointment, activity=an_activity(name=what), disclosure=Disclosure.FULL)

    assert title.isprintable()
    assert title == " ".join(title.split())
    assert title.endswith(appointment.number)


def test_what_cannot_be_seen_becomes_a_space_and_the_rest_stays_letter_by_letter():
    appointment = an_appointment(client=a_client(name="Jane\u200bDoe\x07"))

    title = title_for(
        appointment, activity=an_activity(name=" First\n\tvisit "), disclosure=Disclosure.FULL
    )

    assert title == f"First visit · Jane Doe · {appointment.number}"
