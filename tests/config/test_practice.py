"""practice.toml: what it means, and everything that can be wrong with it."""

from datetime import date, time, timedelta

import pytest

from syncd.core.errors import Invalid
from syncd.core.practice import Adopt, Disclosure, Mode, OnOutage, OnRemoteDelete
from syncd.core.schedule import Weekday, Window
from syncd_config import PracticeDefaults, load_practice


def test_a_small_file_becomes_core_values(written, small, kinds):
    found = load_practice(written(small), kinds)

    assert (found.practice.id, found.practice.timezone) == ("main", "Europe/Berlin")
    assert found.practice.number_prefix == "AID"
    (practitioner,) = found.practitioners
    assert practitioner.timezone == "Europe/Berlin"
    assert practitioner.hours.weekly[0].day is Weekday.MON
    assert practitioner.hours.weekly[0].window == Window(time(9), time(17))
    assert found.activities[0].duration == timedelta(minutes=30)
    (calendar,) = found.calendars
    assert (calendar.mode, calendar.adopt) == (Mode.TWO_WAY, Adopt.ALL)
    assert calendar.settings == {
        "url": "https://cloud.example.org/dav/patel/",
        "username": "patel",
        "password": "env:PATEL_PASSWORD",
    }


def test_the_same_file_is_always_the_same_value(written, small, kinds):
    path = written(small)

    assert load_practice(path, kinds) == load_practice(path, kinds)


def test_what_the_file_does_not_say_comes_from_the_settings(written, small, kinds):
    defaults = PracticeDefaults(
        poll_every=timedelta(minutes=1),
        duration=timedelta(minutes=50),
        number_prefix="KH",
        notice=timedelta(hours=1),
        days_ahead=60,
        most_ahead=10,
    )

    found = load_practice(written(small), kinds, defaults=defaults)

    assert found.practice.number_prefix == "KH"
    assert found.activities[0].duration == timedelta(minutes=50)
    offering = found.activities[0].offering
    assert (offering.notice, offering.days_ahead) == (timedelta(hours=1), 60)
    assert found.practice.most_ahead == 10
    assert found.calendars[0].poll_every == timedelta(minutes=1)


def test_what_the_file_says_goes_before_the_settings(written, small, kinds):
    defaults = PracticeDefaults(notice=timedelta(hours=1), days_ahead=60, most_ahead=10)
    text = small.replace(
        'name = "Consultation"', 'name = "Consultation"\nnotice = "0s"\ndays_ahead = 0'
    ).replace('"Europe/Berlin"', '"Europe/Berlin"\nmax_ahead_per_client = 3', 1)

    found = load_practice(written(text), kinds, defaults=defaults)

    offering = found.activities[0].offering
    assert (offering.notice, offering.days_ahead) == (timedelta(0), 0)
    assert found.practice.most_ahead == 3


def test_a_published_calendar_is_told_less_and_restored(written, small, kinds):
    found = load_practice(written(small + 'mode = "publish"\n'), kinds)

    assert found.calendars[0].disclosure is Disclosure.BUSY
    assert found.calendars[0].on_remote_delete is OnRemoteDelete.RESTORE


def test_exceptions_replace_a_day_and_several_windows_make_one_day(written, small, kinds):
    text = small.replace(
        "\n\n[[activities]]",
        """
exceptions = [
  { date = 2026-12-31, start = "14:00", end = "15:00" },
  { date = "2026-12-24", closed = true, reason = "Christmas Eve" },
  { date = 2026-12-31, start = "09:00", end = "11:00" },
]

[[activities]]""",
    )

    hours = load_practice(written(text), kinds).practitioners[0].hours

    assert [each.day for each in hours.exceptions] == [date(2026, 12, 24), date(2026, 12, 31)]
    assert hours.exceptions[0].is_closed
    assert hours.windows_on(date(2026, 12, 31)) == (
        Window(time(9), time(11)),
        Window(time(14), time(15)),
    )


@pytest.mark.parametrize("day", ["mon", "Monday", " MON "])
def test_days_may_be_written_in_words(written, small, kinds, day):
    found = load_practice(written(small.replace('"mon"', f'"{day}"')), kinds)

    assert found.practitioners[0].hours.weekly[0].day is Weekday.MON


def test_a_day_may_end_at_24_and_touching_windows_do_not_overlap(written, small, kinds):
    text = small.replace(
        'hours = [{ days = ["mon"], start = "09:00", end = "17:00" }]',
        'hours = [{ days = ["mon"], start = "12:00", end = "24:00" },'
        ' { days = ["mon"], start = 09:00:00, end = 12:00:00 }]',
    )

    windows = (
        load_practice(written(text), kinds).practitioners[0].hours.windows_on(date(2026, 11, 23))
    )

    assert windows == (Window(time(9), time(12)), Window(time(12), time(0)))


def test_every_problem_is_told_at_once_with_line_key_and_a_way_out(written, kinds, spoken):
    path = written("""\
titel = "x"
[practice]
name = "Riverside Clinic"
timezone = "Europe/Berln"

[[practitioners]]
id = "dr-patel"
name = "Dr. Priya Patel"
hours = [
  { days = ["mon", "teu"], start = "09:00", end = "17:00" },
  { days = ["tue"], start = "17:00", end = "09:00" },
  { days = ["fri"], start = "10:00", end = "12:00" },
  { days = ["thu", "fri"], start = "11:00", end = "13:00" },
]
exceptions = [
  { date = 2026-12-24, closed = true },
  { date = 2026-12-25 },
  { date = 2026-12-24, start = "10:00", end = "12:00" },
]

[[practitioners]]
id = "dr-patel"
nmae = "Dr. Twin"

[[activities]]
id = "Long Talk"
name = "Long talk"
duration_minutes = 0

[[calendars]]
id = "patel-main"
provider = "caldav"
practitioner = "dr-patl"
mode = "two-ways"
url = "https://cloud.example.org/dav/patel/"
password = "hunter2"
poll_every = 5

[[calendars]]
id = "patel-other"
provider = "caldv"
practitioner = "dr-patel"
activity = "long-tlk"
url = "https://Cloud.example.org/dav/patel"

[[calendars]]
id = "patel-third"
provider = "caldav"
practitioner = "dr-patel"
url = "ftp://example.org/"
mdoe = "busy"
stale_after = "6m"
""")

    problems = spoken(lambda: load_practice(path, kinds))

    expected = [
        (1, "titel", "unknown key; known: practice"),
        (4, "practice.timezone", "did you mean 'Europe/Berlin'?"),
        (10, "practitioners[dr-patel].hours[1].days[2]", "did you mean 'tue'?"),
        (11, "practitioners[dr-patel].hours[2].end", "09:00 is not after start 17:00"),
        (13, "practitioners[dr-patel].hours[4].start", "11:00-13:00 overlaps 10:00-12:00 on fri"),
        (17, "practitioners[dr-patel].exceptions[2]", "either closed = true, or start and end"),
        (18, "practitioners[dr-patel].exceptions[3].date", "both closed and open"),
        (21, "practitioners[dr-patel].name", "is required"),
        (22, "practitioners[dr-patel].id", "used already, in line 7"),
        (23, "practitioners[dr-patel].nmae", "did you mean 'name'?"),
        (26, "activities[Long Talk].id", "for example 'long-talk'"),
        (28, "activities[Long Talk].duration_minutes", "must be at least 1"),
        (33, "calendars[patel-main].practitioner", "did you mean 'dr-patel'?"),
        (34, "calendars[patel-main].mode", "did you mean 'two-way'?"),
        (36, "calendars[patel-main].password", "must say where the secret is"),
        (37, "calendars[patel-main].poll_every", 'such as "90s", "5m"'),
        (41, "calendars[patel-other].provider", "did you mean 'caldav'?"),
        (43, "calendars[patel-other].activity", "no activity 'long-tlk'"),
        (44, "calendars[patel-other].url", "the same calendar as the one in line 35"),
        (50, "calendars[patel-third].url", "must begin with https://"),
        (51, "calendars[patel-third].mdoe", "unknown key; did you mean 'mode'?"),
        (52, "calendars[patel-third].stale_after", "at least twice poll_every"),
    ]
    assert [each[:2] for each in sorted(problems)] == [each[:2] for each in sorted(expected)]
    for (line, where, what), (_, _, fragment) in zip(
        sorted(problems), sorted(expected), strict=True
    ):
        assert fragment in what, (line, where, what)
    assert "hunter2" not in str(problems)


def test_a_problem_reads_as_file_line_key_and_text(written, small, kinds, spoken):
    path = written(small.replace("Europe/Berlin", "Mars/Olympus"))

    with pytest.raises(Invalid) as caught:
        load_practice(path, kinds)

    assert str(caught.value).startswith(f"{path}:3: practice.timezone: unknown time zone")


@pytest.mark.parametrize(
    ("old", "new", "where", "fragment"),
    [
        ('"Europe/Berlin"', '"../../etc/passwd"', "practice.timezone", "unknown time zone"),
        ('"Europe/Berlin"', "5", "practice.timezone", "must be the name of a time zone"),
        ('"Riverside Clinic"', '"  "', "practice.name", "at least 1 character"),
        ('"Riverside Clinic"', "5", "practice.name", "must be text in quotes"),
        ('"Riverside Clinic"', '"x"\nlocale = "english"', "practice.locale", "'en'"),
        ('"Riverside Clinic"', '"x"\nnumber_prefix = "a-1"', "practice.number_prefix", "capital"),
        ('["mon"]', "[]", "practitioners[dr-patel].hours[1].days", "at least 1 item"),
        ('["mon"]', '"mon"', "practitioners[dr-patel].hours[1].days", "must be a list"),
        ('["mon"]', '["mon", "mon"]', "practitioners[dr-patel].hours[1].start", "overlaps"),
        ('"09:00"', '"9:00"', "practitioners[dr-patel].hours[1].start", "hours and minutes"),
        ('"09:00"', "9", "practitioners[dr-patel].hours[1].start", "hours and minutes"),
        ('"09:00"', "09:00:30", "practitioners[dr-patel].hours[1].start", "hours and minutes"),
        ('"17:00"', '"24:30"', "practitioners[dr-patel].hours[1].end", "hours and minutes"),
        ('"17:00"', '"09:00"', "practitioners[dr-patel].hours[1].end", "is not after start"),
        ('"Consultation"', '"x"\nduration_minutes = true', "activities[consultation].duration_minutes", "whole number"),
        ('"Consultation"', '"x"\nduration_minutes = 5000', "activities[consultation].duration_minutes", "must be at most 1440"),
        ('"Consultation"', '"x"\ncolor = "red"', "activities[consultation].color", "'#2f855a'"),
        ('"patel"', '"patel"\nadopt = "some"', "calendars[patel-main].adopt", "all, marked, none"),
        ('"patel"', '"patel"\npoll_every = "1s"', "calendars[patel-main].poll_every", "from 10s to 24h"),
        ('"patel"', '"patel"\nregion = "eu"', "calendars[patel-main].region", "unknown key"),
        ('"env:PATEL_PASSWORD"', '"env:"', "calendars[patel-main].password", "where the secret is"),
        ('"env:PATEL_PASSWORD"', "1234", "calendars[patel-main].password", "where the secret is"),
        ('"dr-patel"\nurl', "7\nurl", "calendars[patel-main].practitioner", "must be text"),
        ('["mon"], start = "09:00", end = "17:00"', '["mon"], start = "09:00", end = "24:00" }, { days = ["mon"], start = "22:00", end = "23:00"', "practitioners[dr-patel].hours[2].start", "22:00-23:00 overlaps 09:00-24:00 on mon"),
        ("[[activities]]", "[activities]", "activities", "must be written as [[activities]]"),
    ],
)  # fmt: skip
def test_one_wrong_value_is_one_problem_at_its_key(
    written, small, kinds, spoken, old, new, where, fragment
):
    problems = spoken(lambda: load_practice(written(small.replace(old, new, 1)), kinds))

    assert [each[1] for each in problems] == [where]
    assert fragment in problems[0][2]


def test_a_reference_to_an_entry_with_another_problem_is_not_a_second_problem(
    written, small, kinds, spoken
):
    text = small.replace('name = "Dr. Priya Patel"', 'name = ""')

    assert [each[1] for each in spoken(lambda: load_practice(written(text), kinds))] == [
        "practitioners[dr-patel].name"
    ]


def test_one_key_may_be_wrong_in_two_ways(written, small, kinds, spoken):
    text = small.replace(
        'hours = [{ days = ["mon"], start = "09:00", end = "17:00" }]',
        """hours = [
  { days = ["mon", "tue"], start = "09:00", end = "17:00" },
  { days = ["mon", "tue"], start = "12:00", end = "13:00" },
]""",
    )

    problems = spoken(lambda: load_practice(written(text), kinds))

    assert [what[-6:] for _, _, what in problems] == ["on mon", "on tue"]


def test_an_empty_file_says_what_is_missing(written, kinds, spoken):
    assert spoken(lambda: load_practice(written(""), kinds)) == [
        (1, "practice", "is required: [practice] with name and timezone")
    ]


def test_busy_time_may_be_shared_by_practitioners(written, small, kinds):
    """A calendar of public holidays blocks everybody; nothing is written to it."""
    text = (
        small.replace('username = "patel"', 'mode = "busy"')
        + """
[[practitioners]]
id = "dr-kim"
name = "Dr. Kim"

[[calendars]]
id = "kim-holidays"
provider = "caldav"
practitioner = "dr-kim"
mode = "busy"
url = "https://cloud.example.org/dav/patel/"
"""
    )

    found = load_practice(written(text), kinds)

    assert len(found.calendars) == 2
    assert [each.what for each in found.advice] == ["has no hours: what HTTP says of them holds"]


@pytest.mark.parametrize(
    ("lines", "policy"),
    [
        ("", None),
        ('write_through = "refuse"\n', OnOutage.REFUSE),
        ('write_through = "accept"\n', OnOutage.ACCEPT),
    ],
)
def test_a_calendar_has_the_last_word_where_the_file_says_so(written, small, kinds, lines, policy):
    [calendar] = load_practice(written(small + lines), kinds).calendars

    assert calendar.write_through is policy


@pytest.mark.parametrize(
    ("lines", "fragment"),
    [
        ('write_through = "refuse"\nmode = "busy"\n', "bookings are written to"),
        ("write_through = true\n", "accept"),
    ],
)
def test_a_last_word_is_for_calendars_that_are_written_to(
    written, small, kinds, spoken, lines, fragment
):
    [(_, place, what)] = spoken(lambda: load_practice(written(small + lines), kinds))

    assert place == "calendars[patel-main].write_through"
    assert fragment in what
