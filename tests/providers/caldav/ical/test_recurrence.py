"""When recurring events take time: examples with all exceptions, and rules that are bombs."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from ical_bodies import a_body, corpus

from syncd.core.errors import Rejected
from syncd.core.time import Interval
from syncd_caldav import worker
from syncd_caldav.content_lines import decode
from syncd_caldav.ical import occurrences
from syncd_caldav.worker import Worker

BERLIN = ZoneInfo("Europe/Berlin")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(f"2031-{text}+00:00")


MARCH = Interval(utc("03-01T00:00"), utc("04-01T00:00"))
YEAR = Interval(utc("01-01T00:00"), datetime(2032, 2, 5, tzinfo=UTC))
MONDAYS = ("DTSTART;TZID=Europe/Berlin:20310303T090000", "DTEND;TZID=Europe/Berlin:20310303T100000")
EMPTY = "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"
WEEKLY = (*MONDAYS, "RRULE:FREQ=WEEKLY;COUNT=5")


def starts(body: str, horizon: Interval = MARCH, **more: frozenset[str]) -> list[str]:
    """Starts in UTC, without the year."""
    found = occurrences(body, horizon, BERLIN, **more)
    return [interval.start.strftime("%m-%dT%H:%M") for interval in found]


def spans(body: str, horizon: Interval = MARCH) -> list[tuple[str, str]]:
    return [
        (interval.start.strftime("%m-%dT%H:%M"), interval.end.strftime("%m-%dT%H:%M"))
        for interval in occurrences(body, horizon, BERLIN)
    ]


def test_nine_in_the_morning_stays_nine_when_the_clocks_change():
    assert starts(a_body(*WEEKLY)) == [
        *("03-03T08:00", "03-10T08:00", "03-17T08:00", "03-24T08:00", "03-31T07:00"),
    ]


def test_a_google_series_with_a_hole_a_move_and_a_cancellation():
    assert spans(decode(corpus()["google-weekly"])) == [
        ("03-03T14:00", "03-03T15:00"),
        ("03-11T18:00", "03-11T19:00"),
        ("03-31T13:00", "03-31T14:00"),
    ]


def test_added_periods_have_their_own_lengths_and_a_date_excludes_its_day():
    assert spans(decode(corpus()["periods"])) == [
        ("03-04T09:00", "03-04T12:00"),
        ("03-05T09:00", "03-05T09:30"),
        ("03-06T09:00", "03-06T10:00"),
    ]


def test_changed_occurrences_without_their_series_count_where_they_are():
    assert starts(decode(corpus()["orphan-occurrence"])) == ["03-03T10:00", "03-11T09:00"]


def test_an_event_that_does_not_recur_has_its_one_stretch():
    assert spans(a_body(*MONDAYS)) == [("03-03T08:00", "03-03T09:00")]


@pytest.mark.parametrize(
    "exdate",
    [
        "EXDATE;TZID=Europe/Berlin:20310310T090000",
        "EXDATE:20310310T080000Z",
        "EXDATE;TZID=Europe/London:20310310T080000",
        "EXDATE:20310310T090000",
        "EXDATE;VALUE=DATE:20310310",
        "EXDATE;VALUE=DATE:20310309,20310310",
    ],
)
def test_an_occurrence_is_excluded_in_any_spelling(exdate: str):
    assert starts(a_body(*WEEKLY, exdate)) == [
        *("03-03T08:00", "03-17T08:00", "03-24T08:00", "03-31T07:00"),
    ]


def test_a_rule_of_exclusion_which_the_standard_gave_up_frees_no_time():
    assert len(starts(a_body(*WEEKLY, "EXRULE:FREQ=MONTHLY;BYDAY=2MO"))) == 5


def test_the_start_counts_even_if_its_rule_ended_before_it():
    body = a_body(*MONDAYS, "RRULE:FREQ=WEEKLY;UNTIL=20310201T000000Z")

    assert starts(body) == ["03-03T08:00"]


@pytest.mark.parametrize(
    "recurrence_id",
    [
        "RECURRENCE-ID;TZID=Europe/Berlin:20310310T090000",
        "RECURRENCE-ID:20310310T080000Z",
        "RECURRENCE-ID;VALUE=DATE:20310310",
    ],
)
def test_a_moved_occurrence_blocks_where_it_went_and_not_where_it_was(recurrence_id: str):
    moved = (recurrence_id, "DTSTART:20310312T120000Z", "DTEND:20310312T130000Z")

    assert starts(a_body(*WEEKLY, changed=(moved,)))[:3] == [
        *("03-03T08:00", "03-12T12:00", "03-17T08:00"),
    ]


def test_an_occurrence_that_is_excluded_but_also_changed_blocks_where_it_is():
    moved = ("RECURRENCE-ID:20310310T080000Z", "DTSTART:20310312T120000Z", "DURATION:PT1H")
    body = a_body(*WEEKLY, "EXDATE:20310310T080000Z", changed=(moved,))

    assert starts(body)[:3] == ["03-03T08:00", "03-12T12:00", "03-17T08:00"]


@pytest.mark.parametrize(
    "line",
    [
        "STATUS:CANCELLED",
        "TRANSP:TRANSPARENT",
        "ORGANIZER:mailto:a@b\r\nATTENDEE;PARTSTAT=DECLINED:mailto:me@b",
    ],
)
def test_an_occurrence_that_takes_no_time_does_not_block(line: str):
    quiet = ("RECURRENCE-ID:20310310T080000Z", "DTSTART:20310310T080000Z", "DURATION:PT1H", line)

    found = starts(a_body(*WEEKLY, changed=(quiet,)), owner=frozenset({"me@b"}))

    assert found == ["03-03T08:00", "03-17T08:00", "03-24T08:00", "03-31T07:00"]


def test_one_busy_occurrence_of_a_free_series_blocks_alone():
    busy = ("RECURRENCE-ID:20310310T080000Z", "DTSTART:20310310T080000Z", "DURATION:PT1H")

    assert starts(a_body(*WEEKLY, "TRANSP:TRANSPARENT", changed=(busy,))) == ["03-10T08:00"]


def test_the_latest_word_about_an_occurrence_counts():
    first = (
        "RECURRENCE-ID:20310310T080000Z",
        "DTSTART:20310311T080000Z",
        "DURATION:PT1H",
        "SEQUENCE:2",
    )
    last = (
        "RECURRENCE-ID:20310310T080000Z",
        "DTSTART:20310312T080000Z",
        "DURATION:PT1H",
        "SEQUENCE:3",
    )

    assert starts(a_body(*WEEKLY, changed=(last, first)))[1] == "03-12T08:00"


def test_a_change_of_this_and_all_following_ones_moves_and_stretches_them():
    following = (
        "RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:20310317T090000",
        "DTSTART;TZID=Europe/Berlin:20310318T110000",
        "DURATION:PT2H",
    )

    assert spans(a_body(*WEEKLY, changed=(following,))) == [
        ("03-03T08:00", "03-03T09:00"),
        ("03-10T08:00", "03-10T09:00"),
        ("03-18T10:00", "03-18T12:00"),
        ("03-25T10:00", "03-25T12:00"),
    ]


def test_of_two_such_changes_each_counts_until_the_next():
    second, fourth = (
        (
            f"RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:203103{day}T090000",
            f"DTSTART;TZID=Europe/Berlin:203103{day}T{hour}0000",
            "DURATION:PT1H",
        )
        for day, hour in (("10", "11"), ("24", "13"))
    )

    assert starts(a_body(*WEEKLY, changed=(fourth, second))) == [
        *("03-03T08:00", "03-10T10:00", "03-17T10:00", "03-24T12:00", "03-31T11:00"),
    ]


def test_every_monday_and_the_first_friday_are_both_meant():
    body = a_body(*MONDAYS, "RRULE:FREQ=MONTHLY;BYDAY=MO,1FR")

    assert [start[:5] for start in starts(body)] == [
        *("03-03", "03-07", "03-10", "03-17", "03-24", "03-31"),
    ]


def test_all_day_occurrences_are_days_of_the_practitioner():
    body = a_body("DTSTART;VALUE=DATE:20310329", "RRULE:FREQ=DAILY;UNTIL=20310331")

    assert spans(body) == [
        ("03-28T23:00", "03-29T23:00"),
        ("03-29T23:00", "03-30T22:00"),
        ("03-30T22:00", "03-31T22:00"),
    ]


@pytest.mark.parametrize("until", ["20310331", "20310331T000000", "20310330T220000Z"])
def test_the_last_day_of_an_all_day_series_counts_in_any_spelling(until: str):
    body = a_body("DTSTART;VALUE=DATE:20310330", f"RRULE:FREQ=DAILY;UNTIL={until}")

    assert len(starts(body)) == 2


def test_floating_occurrences_stand_on_the_practitioners_wall():
    body = a_body("DTSTART:20310329T090000", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=2")

    assert starts(body) == ["03-29T08:00", "03-30T07:00"]


def test_occurrences_in_a_gap_come_as_the_old_clock_said_and_in_a_fold_once():
    body = a_body(
        "DTSTART;TZID=Europe/Berlin:20310329T023000", "DURATION:PT15M", "RRULE:FREQ=DAILY;COUNT=3"
    )
    fold = a_body(
        "DTSTART;TZID=Europe/Berlin:20311026T023000", "DURATION:PT15M", "RRULE:FREQ=DAILY;COUNT=1"
    )

    assert starts(body) == ["03-29T01:30", "03-30T01:30", "03-31T00:30"]
    assert starts(fold, YEAR) == ["10-26T00:30"]


def test_a_night_shift_ends_at_the_later_reading_when_the_clocks_change_in_it():
    shift = (
        "DTSTART;TZID=Europe/Berlin:20310101T220000",
        "DTEND;TZID=Europe/Berlin:20310102T060000",
    )
    body = a_body(*shift, "RRULE:FREQ=DAILY")

    nights = dict(spans(body, YEAR))

    assert nights["03-29T21:00"] == "03-30T05:00"  # eight hours, until 07:00
    assert nights["10-25T20:00"] == "10-26T05:00"  # until 06:00, nine hours
    assert nights["06-01T20:00"] == "06-02T04:00"


def test_a_zone_that_nobody_knows_repeats_on_its_own_wall():
    body = (
        corpus()["exchange-custom-zone"]
        .decode()
        .replace("SEQUENCE:3", "RRULE:FREQ=MONTHLY;COUNT=5")
    )

    assert starts(body, YEAR) == [
        *("07-07T10:30", "08-07T10:30", "09-07T10:30", "10-07T11:30", "11-07T11:30"),
    ]


def test_a_stretch_that_only_reaches_into_the_horizon_is_given_whole():
    body = a_body("DTSTART:20310227T120000Z", "DTEND:20310302T120000Z", "RRULE:FREQ=WEEKLY;COUNT=2")

    assert spans(body) == [("02-27T12:00", "03-02T12:00"), ("03-06T12:00", "03-09T12:00")]


def test_what_touches_the_horizon_without_overlapping_is_left_out():
    before = a_body("DTSTART:20310228T230000Z", "DTEND:20310301T000000Z", "RRULE:FREQ=YEARLY")
    after = a_body("DTSTART:20310401T000000Z", "DTEND:20310401T010000Z", "RRULE:FREQ=YEARLY")

    assert spans(before) == spans(after) == []


def test_a_task_takes_no_time():
    assert occurrences(corpus()["task"], MARCH, BERLIN) == ()


REFUSED = {
    "every second": "RRULE:FREQ=SECONDLY",
    "every minute": "RRULE:FREQ=MINUTELY;INTERVAL=5",
    "every second of an hour": f"RRULE:FREQ=HOURLY;BYSECOND={','.join(map(str, range(60)))}",
    "every second of a day": (
        f"RRULE:FREQ=DAILY;BYHOUR={','.join(map(str, range(24)))}"
        f";BYMINUTE={','.join(map(str, range(60)))};BYSECOND={','.join(map(str, range(60)))}"
    ),
    "the first second of all in a year": (
        f"RRULE:FREQ=YEARLY;BYMONTHDAY={','.join(map(str, range(1, 32)))};BYSETPOS=1"
        f";BYMINUTE={','.join(map(str, range(60)))};BYSECOND={','.join(map(str, range(60)))}"
    ),
    "every hour for a year": "RRULE:FREQ=HOURLY",
    "no frequency": "RRULE:COUNT=3",
    "a word": "RRULE:often",
    "interval 0": "RRULE:FREQ=DAILY;INTERVAL=0",
    "count 0": "RRULE:FREQ=DAILY;COUNT=0",
    "a huge number": f"RRULE:FREQ=DAILY;COUNT={'9' * 5_000}",
    "month 13": "RRULE:FREQ=YEARLY;BYMONTH=13",
    "day 0": "RRULE:FREQ=MONTHLY;BYMONTHDAY=0",
    "no weekday": "RRULE:FREQ=WEEKLY;BYDAY=XX",
    "an unknown part": "RRULE:FREQ=DAILY;BYEASTER=1",
    "many rules": "\r\n".join(["RRULE:FREQ=DAILY"] * 9),
    "a bad date": "RDATE:2031",
    "longer than a year": "DTEND:20330101T090000Z\r\nRRULE:FREQ=DAILY",
    "many dates": "\r\n".join(["RDATE:" + ",".join(["20310101T090000Z"] * 1_000)] * 11),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_rule_that_is_a_bomb_or_nonsense_is_refused_at_once(name: str):
    length = () if "DTEND" in REFUSED[name] else ("DURATION:PT1M",)
    body = a_body("DTSTART:20310101T090000Z", *length, REFUSED[name])
    begun = time.process_time()

    with pytest.raises(Rejected):
        occurrences(body, YEAR, BERLIN)

    assert time.process_time() - begun < 3.0


def test_a_refusal_says_what_to_do():
    body = a_body(*MONDAYS, "RRULE:FREQ=MINUTELY;INTERVAL=5")

    with pytest.raises(Rejected, match="MINUTELY; make it HOURLY or rarer"):
        occurrences(body, MARCH, BERLIN)


HARMLESS = {
    "a huge interval": ("20310101", "RRULE:FREQ=DAILY;INTERVAL=999999999", 1),
    "a huge interval of weeks": ("20310101", "RRULE:FREQ=WEEKLY;INTERVAL=9999999999", 1),
    "ended long ago": ("20010101", "RRULE:FREQ=MONTHLY;BYMONTHDAY=-1;UNTIL=20021231T000000Z", 0),
    "counted beyond all limits": ("00310101", "RRULE:FREQ=DAILY;COUNT=9999999", 400),
    "a billion days": ("20310101", "RRULE:FREQ=DAILY;COUNT=1000000000", 400),
    "daily since 1601": ("16010101", "RRULE:FREQ=DAILY", 400),
    "monthly since the year 1": ("00010101", "RRULE:FREQ=MONTHLY", 14),
    "every three hours since 1901": ("19010101", "RRULE:FREQ=HOURLY;INTERVAL=3", 3_200),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_a_rule_that_never_or_always_happened_costs_no_more_than_any(name: str):
    first, rule, count = HARMLESS[name]
    body = a_body(f"DTSTART:{first}T090000Z", "DURATION:PT1M", rule)
    begun = time.process_time()

    found = occurrences(body, YEAR, BERLIN)

    assert time.process_time() - begun < 1.0
    assert len(found) == count


BOMBS = {
    "30 February": "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
    "30 February by the day": "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
    "30 February by the hour": "RRULE:FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30;COUNT=9",
    "Fridays every seven days from a Wednesday": "RRULE:FREQ=DAILY;INTERVAL=7;BYDAY=FR",
    "day 366 in no leap year": "RRULE:FREQ=YEARLY;INTERVAL=4;BYYEARDAY=366",
    "a position that is never": "RRULE:FREQ=MONTHLY;BYDAY=MO;BYSETPOS=99",
    "the first of very many": (
        f"RRULE:FREQ=YEARLY;COUNT=9999;BYYEARDAY={','.join(map(str, range(1, 367)))}"
        f";BYHOUR={','.join(map(str, range(24)))};BYMINUTE=0,15,30,45;BYSETPOS=1"
    ),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_rule_that_never_happens_gives_its_start_or_is_refused_in_time(
    name: str, monkeypatch: pytest.MonkeyPatch
):
    body = a_body("DTSTART:20310101T090000Z", "DURATION:PT1M", BOMBS[name])
    impatient = Worker(budget=timedelta(milliseconds=400))
    monkeypatch.setattr(worker, "KEPT", impatient)
    impatient.starts_between(EMPTY, YEAR.start, YEAR.end)  # its start is not what is timed
    begun = time.process_time()

    try:
        assert len(occurrences(body, YEAR, BERLIN)) in (1, 2)
    except Rejected as refusal:
        assert "takes too long to expand" in str(refusal)  # noqa: PT017  either is right

    assert time.process_time() - begun < 1.5
    impatient.close()


def test_thousands_of_dates_and_changes_are_read_in_a_moment():
    dates = ",".join(
        f"2031{month:02}{day:02}T{hour:02}0000Z"
        for month in range(1, 13)
        for day in range(1, 29)
        for hour in range(8, 18)
    )
    changes = tuple(
        (
            f"RECURRENCE-ID:2031{month:02}{day:02}T080000Z",
            f"DTSTART:2031{month:02}{day:02}T190000Z",
            "DURATION:PT1M",
        )
        for month in range(1, 13)
        for day in range(1, 29)
    )
    body = a_body("DTSTART:20310101T080000Z", "DURATION:PT1M", f"RDATE:{dates}", changed=changes)
    begun = time.process_time()

    assert len(occurrences(body, YEAR, BERLIN)) == 12 * 28 * 10

    assert time.process_time() - begun < 2.0


def test_a_body_that_cannot_be_read_is_rejected():
    with pytest.raises(Rejected, match="not an iCalendar object"):
        occurrences("(null)", MARCH, BERLIN)
