"""Laws of time: instants are equal on both sides, whatever zone, clock change or rule tells them.

2031 in Europe: clocks go forward on 30 March at 01:00 UTC, back on 26 October at 01:00 UTC.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from syncd.core.events import AllDay, Floating, Timed, agrees, interval_of
from syncd.core.time import Interval, day_bounds, resolve_local
from syncd.testing.foreign import Repeat
from syncd.testing.harness import HALF_HOUR, Desk

WEEK = timedelta(days=7)
BERLIN = ZoneInfo("Europe/Berlin")

DRAFTED = {
    "UTC": ("UTC", datetime(2031, 3, 3, 9, 0, tzinfo=UTC)),
    "just before the gap": ("Europe/Berlin", datetime(2031, 3, 30, 0, 30, tzinfo=UTC)),
    "just after the gap": ("Europe/Berlin", datetime(2031, 3, 30, 1, 0, tzinfo=UTC)),
    "the repeated hour, first": ("Europe/Berlin", datetime(2031, 10, 26, 0, 30, tzinfo=UTC)),
    "the repeated hour, second": ("Europe/Berlin", datetime(2031, 10, 26, 1, 30, tzinfo=UTC)),
    "half an hour of summer time": (
        "Australia/Lord_Howe",
        datetime(2031, 4, 5, 14, 45, tzinfo=UTC),
    ),
    "winter time that is negative": ("Europe/Dublin", datetime(2031, 1, 6, 9, 0, tzinfo=UTC)),
    "a quarter of an hour": ("Asia/Kathmandu", datetime(2031, 3, 3, 9, 0, tzinfo=UTC)),
    "over midnight": ("America/New_York", datetime(2031, 3, 4, 4, 45, tzinfo=UTC)),
    "after 2038": ("Europe/Berlin", datetime(2039, 7, 4, 9, 0, tzinfo=UTC)),
}


class TimeLaws:
    """What drafted times, foreign times and `occurrences` promise."""

    @pytest.mark.parametrize(("zone", "start"), DRAFTED.values(), ids=DRAFTED)
    def test_drafted_times_are_read_back_as_the_same_instants(
        self, desk: Desk, zone: str, start: datetime
    ) -> None:
        draft = desk.draft(zone=zone, start=start, end=start + HALF_HOUR)

        event = desk.created(draft)

        assert isinstance(event.when, Timed)
        assert (event.when.start, event.when.end) == (draft.start, draft.end)

    def test_a_move_to_another_zone_keeps_the_instants(self, desk: Desk) -> None:
        event = desk.added()
        draft = desk.draft(uid=event.uid, zone="Asia/Kolkata", start=desk.at(17), title=None)

        result = desk.provider.update(event, draft)

        assert agrees(draft, desk.event(result.ref if hasattr(result, "ref") else event.ref))

    def test_utc_times_are_read(self, desk: Desk) -> None:
        start = desk.at(14)

        event = desk.added(start=start, end=start + HALF_HOUR, zone=None)

        assert isinstance(event.when, Timed)
        assert (event.when.start, event.when.end) == (start, start + HALF_HOUR)
        assert event.is_plain

    def test_the_zone_of_an_event_is_known_by_its_name(self, desk: Desk) -> None:
        event = desk.added(zone="America/New_York")

        assert isinstance(event.when, Timed)
        assert event.when.zone == "America/New_York"
        assert event.when.start == _wall(desk.meeting().start, "America/New_York")

    @pytest.mark.parametrize(
        ("windows", "iana"),
        [
            ("W. Europe Standard Time", "Europe/Berlin"),
            ("Eastern Standard Time", "America/New_York"),
        ],
    )
    def test_zone_names_of_outlook_are_understood(
        self, desk: Desk, windows: str, iana: str
    ) -> None:
        start = datetime(2031, 7, 7, 9, 0)  # noqa: DTZ001  a wall-clock time

        event = desk.added(start=start, end=start + HALF_HOUR, zone=windows)

        assert isinstance(event.when, Timed)
        assert event.when.start == _wall(start, iana)
        assert event.when.zone in (iana, None)

    @pytest.mark.parametrize(
        ("local", "instant"),
        [
            (datetime(2031, 3, 30, 2, 30), datetime(2031, 3, 30, 1, 30, tzinfo=UTC)),  # noqa: DTZ001
            (datetime(2031, 10, 26, 2, 30), datetime(2031, 10, 26, 0, 30, tzinfo=UTC)),  # noqa: DTZ001
        ],
        ids=["in the gap: as before the change", "in the fold: the first"],
    )
    def test_a_wall_clock_time_at_a_clock_change_follows_the_rule(
        self, desk: Desk, local: datetime, instant: datetime
    ) -> None:
        """RFC 5545 §3.3.5."""
        event = desk.added(start=local, end=local + timedelta(hours=2), zone="Europe/Berlin")

        assert isinstance(event.when, Timed)
        assert event.when.start == instant

    def test_whole_days_stay_whole_days(self, desk: Desk) -> None:
        event = desk.added(start=date(2031, 3, 30), end=date(2031, 4, 1), zone=None)

        assert event.when == AllDay(date(2031, 3, 30), date(2031, 4, 1))
        assert not event.is_plain
        covered = interval_of(event.when, BERLIN)
        assert covered is not None
        assert covered.duration == timedelta(hours=47)

    def test_floating_times_are_read_on_the_wall_of_whoever_looks(self, desk: Desk) -> None:
        """Some servers (SOGo) put them into a zone of their own: plain times on its wall."""
        start = datetime(2031, 3, 4, 14, 0)  # noqa: DTZ001  a wall-clock time

        event = desk.added(start=start, end=start + HALF_HOUR, zone=None)

        if isinstance(event.when, Timed):
            there = ZoneInfo(event.when.zone or "UTC")
            shown = (event.when.start.astimezone(there), event.when.end.astimezone(there))
            assert [each.replace(tzinfo=None) for each in shown] == [start, start + HALF_HOUR]
        else:
            assert event.when == Floating(start, start + HALF_HOUR)
            assert not event.is_plain

    def test_a_weekly_event_stays_at_its_hour_when_clocks_change(self, desk: Desk) -> None:
        start = datetime(2031, 3, 17, 9, 0)  # noqa: DTZ001  a wall-clock time
        event = desk.added(
            start=start, end=start + HALF_HOUR, zone="Europe/Berlin", repeat=Repeat(count=4)
        )

        busy = desk.provider.occurrences(event.body, _spring())

        assert event.recurring
        assert not event.is_plain
        expected = [_wall(start + index * WEEK, "Europe/Berlin") for index in range(4)]
        assert [each.start for each in busy] == expected
        assert {each.duration for each in busy} == {HALF_HOUR}

    def test_a_left_out_occurrence_takes_no_time(self, desk: Desk) -> None:
        start = datetime(2031, 3, 17, 9, 0)  # noqa: DTZ001  a wall-clock time
        event = desk.added(
            start=start,
            end=start + HALF_HOUR,
            zone="Europe/Berlin",
            repeat=Repeat(count=3, without=(start + WEEK,)),
        )

        busy = desk.provider.occurrences(event.body, _spring())

        expected = [_wall(start + index * WEEK, "Europe/Berlin") for index in (0, 2)]
        assert [each.start for each in busy] == expected

    def test_a_moved_occurrence_takes_time_where_it_went(self, desk: Desk) -> None:
        start = datetime(2031, 3, 17, 9, 0)  # noqa: DTZ001  a wall-clock time
        old, new = start + WEEK, start + WEEK + timedelta(days=1, hours=3)
        event = desk.added(
            start=start,
            end=start + HALF_HOUR,
            zone="Europe/Berlin",
            repeat=Repeat(count=3, moved=((old, new, new + 2 * HALF_HOUR),)),
        )

        busy = desk.provider.occurrences(event.body, _spring())

        expected = [_wall(each, "Europe/Berlin") for each in (start, new, start + 2 * WEEK)]
        assert [each.start for each in busy] == expected
        assert busy[1].duration == 2 * HALF_HOUR

    def test_an_endless_event_fills_the_horizon_and_no_more(self, desk: Desk) -> None:
        start = datetime(2030, 1, 7, 9, 0)  # noqa: DTZ001  a wall-clock time
        event = desk.added(
            start=start,
            end=start + HALF_HOUR,
            zone="Europe/Berlin",
            repeat=Repeat(every_days=1),
        )
        horizon = Interval(datetime(2031, 6, 2, tzinfo=UTC), datetime(2031, 6, 9, tzinfo=UTC))

        busy = desk.provider.occurrences(event.body, horizon)

        assert len(busy) == 7
        assert all(each.overlaps(horizon) for each in busy)

    def test_repeated_whole_days_are_days_of_the_practitioner(self, desk: Desk) -> None:
        event = desk.added(
            start=date(2031, 3, 23),
            end=date(2031, 3, 24),
            zone=None,
            repeat=Repeat(count=2),
        )

        busy = desk.provider.occurrences(event.body, _spring())

        zone = desk.calendar.zone
        assert busy == (day_bounds(date(2031, 3, 23), zone), day_bounds(date(2031, 3, 30), zone))

    def test_an_event_that_does_not_repeat_occurs_once(self, desk: Desk) -> None:
        event = desk.created(draft := desk.draft())
        horizon = Interval(draft.start - WEEK, draft.end + WEEK)

        assert not event.recurring
        assert desk.provider.occurrences(event.body, horizon) == (Interval(draft.start, draft.end),)


def _spring() -> Interval:
    return Interval(datetime(2031, 3, 1, tzinfo=UTC), datetime(2031, 6, 1, tzinfo=UTC))


def _wall(local: date | datetime, zone: str) -> datetime:
    assert isinstance(local, datetime)
    return resolve_local(local, ZoneInfo(zone))
