"""Money, and what is written down of a booking's details."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.details import Answers, AsBooked, MeetingType, Money, is_link, plain

AMOUNTS = st.decimals(min_value=0, max_value=999_999_999, places=2)


@given(AMOUNTS, st.from_regex(r"[A-Z]{3}", fullmatch=True))
def test_money_is_read_as_it_was_written(amount, currency):
    money = Money(amount, currency)

    assert Money.parse(str(money)) == money


def test_money_keeps_the_digits_that_somebody_wrote():
    assert str(Money.parse("80.50 EUR")) == "80.50 EUR"
    assert Money.parse("80 EUR").amount == Decimal(80)


@pytest.mark.parametrize(
    "text", ["80", "EUR 80", "80 eur", "80,00 EUR", "-5 EUR", "8.1234 EUR", "٨ EUR", ""]
)
def test_what_is_no_money_is_refused(text):
    with pytest.raises(ValueError, match=r"80\.00 EUR"):
        Money.parse(text)


def test_only_what_is_there_is_written_down():
    agreed = AsBooked(activity_name="Lesson", price=Money.parse("5 EUR"), meeting=MeetingType.VIDEO)

    assert plain(agreed) == {"activity_name": "Lesson", "price": "5 EUR", "meeting": "video"}
    assert plain(Answers(notes="left knee")) == {"notes": "left knee"}
    assert plain(Answers()) is plain(None) is None


def test_a_question_that_nobody_answered_says_nothing():
    assert not Answers(question="Insurance number")
    assert Answers(answer="A 1")
    assert Answers(address="River Road")


def test_people_meet_in_person_or_by_some_other_way():
    assert [each for each in MeetingType if not each.is_remote] == [MeetingType.IN_PERSON]


def test_only_what_has_an_amount_is_to_be_paid():
    assert Money.parse("0.01 EUR")
    assert not Money.parse("0.00 EUR")


@pytest.mark.parametrize("text", ["https://a", "https://meet.example.org/x?y=1#z"])
def test_a_link_is_what_a_browser_opens_safely(text):
    assert is_link(text)
    for wrong in (f"{text}\n", f" {text}", text.replace("https", "http"), f"{text}<b>", "https://"):
        assert not is_link(wrong)
