"""When a conflict is said again, and when it is old news."""

from dataclasses import replace

import pytest
from laws.situations import a_conflict

from syncd.core.appointment import LinkState
from syncd.core.conflict import ConflictField
from syncd.core.ids import EventRef
from syncd.core.operations import NewConflict, Op
from syncd.core.outcome import conflict_about
from syncd.core.scene import Pair
from syncd.testing.builders import a_link, an_appointment, an_event

EVENT = an_event(digest="seen")
LINK = a_link(digest="seen", ref=EVENT.ref)
ABOUT = a_conflict(LINK, ConflictField.TIME)


def said(conflict, *, event=EVENT, link=LINK):
    pair = Pair(link=link, appointment=an_appointment(), conflicts=(conflict,))
    return conflict_about(ConflictField.TIME, pair, event, "moved on both sides")


@pytest.mark.parametrize("ref", [None, EVENT.ref])
def test_the_same_conflict_about_the_same_event_is_old_news(ref):
    outcome = said(replace(ABOUT, ref=ref))

    assert (outcome.op, outcome.state, outcome.opens) == (Op.NOTE, LinkState.CONFLICT, None)
    assert outcome.why == "moved on both sides"


@pytest.mark.parametrize(
    ("conflict", "link"),
    [
        (replace(ABOUT, field=ConflictField.STATUS), LINK),
        (replace(ABOUT, field=ConflictField.STATUS, ref=EVENT.ref), LINK),
        (replace(ABOUT, ref=EventRef("/patel-main/other.ics")), LINK),
        (ABOUT, replace(LINK, digest="before")),
    ],
)
def test_another_field_place_or_content_is_news(conflict, link):
    outcome = said(conflict, link=link)

    assert (outcome.op, outcome.state) == (Op.CONFLICT, LinkState.CONFLICT)
    assert outcome.opens == NewConflict(field=ConflictField.TIME, event=EVENT)


def test_an_event_that_is_gone_is_old_news_wherever_it_was():
    gone = replace(LINK, ref=None, digest="")

    outcome = said(replace(ABOUT, ref=EventRef("/patel-main/other.ics")), event=None, link=gone)

    assert outcome.op is Op.NOTE


def test_an_event_that_is_gone_is_news_where_another_field_was_disputed():
    gone = replace(LINK, ref=None, digest="")

    outcome = said(replace(ABOUT, field=ConflictField.STATUS), event=None, link=gone)

    assert outcome.opens == NewConflict(field=ConflictField.TIME, event=None)
