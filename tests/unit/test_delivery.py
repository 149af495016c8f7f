"""When a delivery is looked into: laws of the pure part."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from syncd.core.delivery import (
    FIRST_LOOK,
    KEPT_FOR,
    LATER_LOOKS,
    LISTINGS_APART,
    SLACK,
    STALE_AFTER,
    TOGETHER,
    Delivery,
    after_look,
    asks_for_listing,
    delivery_id,
    first_look,
    looked_anew,
    postponed,
)
from syncd.core.ids import CalendarId

MAIN = CalendarId("main")
NOON = datetime(2031, 3, 3, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
moments = st.integers(-(10**15), 10**15).map(lambda it: NOON + timedelta(microseconds=it))


def a_delivery(name="d", **changes):
    kept = {"id": name, "calendar_id": MAIN, "received_at": NOON, "about": name, "look_at": NOON}
    return Delivery(**kept | changes)


def ending(looked):
    return [each.look_at for each in looked]


@given(now=moments)
def test_the_first_look_comes_at_least_five_seconds_later_and_soon(now):
    found = first_look(now=now, sent_at=None, is_ping=False)

    assert FIRST_LOOK <= found - now < FIRST_LOOK + TOGETHER
    assert FIRST_LOOK - SLACK >= 5 * SECOND


@given(now=moments, after=st.timedeltas(min_value=timedelta(0), max_value=timedelta(minutes=1)))
def test_a_flood_of_deliveries_costs_a_look_in_three_seconds(now, after):
    """Whenever they come: their looks share the same few moments."""
    first = first_look(now=now, sent_at=None, is_ping=False)
    second = first_look(now=now + after, sent_at=None, is_ping=False)

    assert (second - first) % TOGETHER == timedelta(0)


def test_a_ping_and_what_is_stale_by_its_own_account_are_not_looked_into():
    old = NOON - STALE_AFTER

    assert first_look(now=NOON, sent_at=None, is_ping=True) is None
    assert first_look(now=NOON, sent_at=old - SECOND, is_ping=False) is None
    assert first_look(now=NOON, sent_at=old, is_ping=False) is not None


@given(sent=moments, lateness=st.timedeltas(timedelta(0), timedelta(days=400)))
def test_a_replay_is_known_or_stale(sent, lateness):
    """Whatever was stored when it was sent is either still there, or too old to be heeded."""
    is_forgotten = lateness > KEPT_FOR
    look = first_look(now=sent + lateness, sent_at=sent, is_ping=False)

    assert look is None or not is_forgotten


def test_what_is_sent_from_the_future_is_looked_into():
    """A sender's clock proves nothing."""
    sent_at = NOON + timedelta(days=1000)

    assert first_look(now=NOON, sent_at=sent_at, is_ping=False) is not None


def test_a_round_that_found_enough_settles_what_it_served():
    waiting = [a_delivery("a"), a_delivery("b")]

    looked = after_look(waiting, began=NOON, news=2)

    assert ending(looked) == [None, None]
    assert [each.looks for each in looked] == [1, 1]


def test_a_round_that_found_less_than_was_told_of_looks_again_later():
    """Of two bookings only one shows: nobody knows which delivery's that is."""
    waiting = [a_delivery("a"), a_delivery("b")]

    looked = after_look(waiting, began=NOON, news=1)

    assert all(each.look_at - NOON >= LATER_LOOKS[0] for each in looked)


def test_several_deliveries_about_one_booking_ask_for_one_piece_of_news():
    waiting = [a_delivery("a", about="uid"), a_delivery("b", about="uid")]

    assert ending(after_look(waiting, began=NOON, news=1)) == [None, None]


def test_deliveries_that_name_nothing_each_ask_for_news():
    waiting = [a_delivery("a", about=""), a_delivery("b", about="")]

    assert None not in ending(after_look(waiting, began=NOON, news=1))


def test_a_delivery_is_looked_into_three_times_at_most():
    waiting, looks, began = a_delivery(), [], NOON
    while waiting.look_at is not None:
        began = waiting.look_at
        looks.append(began)
        [waiting] = after_look([waiting], began=began, news=0)

    assert len(looks) == 1 + len(LATER_LOOKS) == waiting.looks
    assert looks[-1] - looks[0] < timedelta(minutes=3)


@given(
    early=st.timedeltas(SLACK, timedelta(hours=1)), late=st.timedeltas(-SLACK, timedelta(days=1))
)
def test_a_round_serves_what_was_due_when_it_began_and_nothing_else(early, late):
    """Whoever comes during a round gets another one."""
    micro = timedelta(microseconds=1)
    coming = a_delivery("coming", look_at=NOON + early + micro)
    due = a_delivery("due", look_at=NOON - late)
    settled = a_delivery("settled", look_at=None)

    looked = after_look([coming, due, settled], began=NOON, news=0)

    assert [each.id for each in looked] == ["due"]


def test_a_person_may_have_any_of_them_looked_into_anew():
    ping = a_delivery(is_ping=True, look_at=None, looks=3)

    again = looked_anew(ping, now=NOON)

    assert (again.look_at, again.looks) == (NOON, 0)


def test_the_same_delivery_has_the_same_name_and_another_has_another():
    names = {
        delivery_id(MAIN, "", b"body"),
        delivery_id(MAIN, "", b"body "),
        delivery_id(CalendarId("other"), "", b"body"),
        delivery_id(MAIN, "body", b"body"),
        delivery_id(MAIN, "\ud800", b""),
    }

    assert len(names) == 5
    assert delivery_id(MAIN, "its-id", b"x") == delivery_id(MAIN, "its-id", b"y")


ABSENCE = frozenset({"ABSENT"})


def an_absence(name="d", **changes):
    return a_delivery(name, trigger="ABSENT", **changes)


@given(
    since=st.none() | st.timedeltas(timedelta(minutes=-10), timedelta(minutes=10)),
    due=st.booleans(),
    about=st.booleans(),
)
def test_a_listing_is_asked_for_by_what_no_feed_shows_and_not_all_the_time(since, due, about):
    look_at = NOON if due else NOON + 2 * SECOND
    waiting = [a_delivery("a"), an_absence("b", look_at=look_at) if about else a_delivery("b")]
    listed_at = None if since is None else NOON - since
    is_recent = since is not None and timedelta(0) <= since < LISTINGS_APART

    found = asks_for_listing(waiting, unstamped=ABSENCE, now=NOON, listed_at=listed_at)

    assert found is (due and about and not is_recent)


@given(since=st.none() | st.timedeltas(timedelta(minutes=-10), timedelta(minutes=10)))
def test_what_a_round_could_not_see_waits_for_the_next_listing_and_that_was_no_look(since):
    waiting = [a_delivery("a"), an_absence("b"), an_absence("c", look_at=NOON + 2 * SECOND)]
    listed_at = None if since is None else NOON - since

    [found] = postponed(waiting, unstamped=ABSENCE, began=NOON, listed_at=listed_at)

    assert (found.id, found.looks) == ("b", 0)
    assert NOON < found.look_at < NOON + LISTINGS_APART + TOGETHER
    is_allowed = asks_for_listing(
        [found], unstamped=ABSENCE, now=found.look_at, listed_at=listed_at
    )
    assert is_allowed or (since is not None and since < timedelta(0))
