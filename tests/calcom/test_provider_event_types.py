"""Which event type is booked, for how long, and what its length is taken for here."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest
from calcom_provider import ASKING, PLAIN, accounts_at
from calcom_writes import NOON, TEN, a_draft, event, made

from syncd.core.errors import Rejected
from syncd.testing.builders import NINE
from syncd_calcom.standin import CAL_DIY, HOSTED, RECORDED

cal = accounts_at(CAL_DIY, HOSTED, RECORDED)


def test_a_declared_length_is_the_practices_own_on_both_ways(cal):
    """20 minutes here, 30 there: neither side sees a change that nobody made."""
    provider = cal.open(event_types=f"{PLAIN}=follow-up:20/30")
    theirs = cal.book(NINE)
    assert event(provider, theirs.uid).when.end == NINE + timedelta(minutes=20)

    ours = made(provider, a_draft(TEN, 20))
    moved = provider.update(ours, a_draft(NOON, 20))

    after = event(provider, moved.ref)
    assert (after.when.start, after.when.end) == (NOON, NOON + timedelta(minutes=20))
    assert cal.booking(moved.ref).minutes == 30
    assert cal.booking(moved.ref).metadata["syncd_minutes"] == "20/30"


def test_a_booking_keeps_the_length_it_was_made_for_when_the_declaration_goes(cal):
    made_for = made(cal.open(event_types=f"{PLAIN}=follow-up:20/30"), a_draft(NINE, 20))

    assert event(cal.open(event_types=""), made_for.ref).when == made_for.when


def test_a_booking_of_another_length_than_declared_is_read_as_it_is(cal):
    provider = cal.open(event_types=f"{PLAIN}=follow-up:20/30")

    longer = cal.book(NINE, minutes=45)

    assert event(provider, longer.uid).when.end == NINE + timedelta(minutes=45)


def test_a_length_that_is_offered_is_chosen(cal):
    cal.offer(308, "any", length=15, lengths=[15, 30, 60])
    provider = cal.open(event_types="308=any")

    assert cal.booking(made(provider, a_draft(minutes=60)).ref).minutes == 60
    with pytest.raises(Rejected, match="lasts 45"):
        provider.create(a_draft(TEN, 45, mark="appointment-2"))


def test_a_move_that_would_shorten_is_refused(cal):
    """Observed: the chosen length is not kept."""
    cal.offer(308, "any", length=15, lengths=[15, 30, 60])
    provider = cal.open(event_types="308=any")
    before = made(provider, a_draft(minutes=60))

    with pytest.raises(Rejected, match="lasts 15 minutes"):
        provider.update(before, a_draft(NOON, 60))
    assert event(provider, before.ref) == before


def test_groups_and_series_are_not_booked_into(cal):
    cal.offer(308, "group", seats={"seatsPerTimeSlot": 4})
    cal.offer(309, "series", recurrence={"interval": 1, "occurrences": 3, "frequency": "weekly"})

    with pytest.raises(Rejected, match="lasts 30"):
        cal.open(event_types="308=group, 309=series").create(a_draft())


def test_an_event_type_that_a_team_keeps_to_itself_is_passed_over(cal):
    def before(request):
        forbidden = {"statusCode": 403, "message": "Forbidden resource"}
        is_it = request.url.path.endswith("/event-types/999")
        return httpx.Response(403, json=forbidden) if is_it else None

    cal.transport.before = before
    provider = cal.open(event_types=f"999=team, {PLAIN}=consultation")

    assert cal.booking(made(provider, a_draft()).ref).event_type_id == PLAIN


def test_without_named_event_types_those_of_the_account_are_taken(cal):
    provider = cal.open(event_types="")

    assert cal.booking(made(provider, a_draft()).ref).minutes == 30


def test_the_event_type_of_the_activity_is_booked_and_another_where_there_is_none(cal):
    cal.offer(308, "second")
    provider = cal.open(event_types=f"{PLAIN}=consultation, 308=second, {ASKING}=third")

    found = [
        cal.booking(made(provider, a_draft(start, activity=name, mark=name)).ref).event_type_id
        for start, name in ((NINE, "second"), (TEN, "third"), (NOON, "fourth"))
    ]

    assert found == [308, ASKING, PLAIN]


def test_event_types_that_the_practice_names_mark_their_bookings(cal):
    provider = cal.open(event_types=f"{ASKING}=first-visit")
    named, other = cal.book(NINE, event_type=ASKING), cal.book(TEN)

    assert event(provider, named.uid).is_marked
    assert not event(provider, other.uid).is_marked
