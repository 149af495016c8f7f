"""The status words of other systems find the same appointments there and here."""

import pytest

from syncd.core.appointment import Acknowledgement, Party, Status
from syncd.core.status_words import WORDS, Standing, standing_for

A, S = Acknowledgement, Status


def test_every_status_of_ours_is_its_own_word():
    assert [standing_for(each) for each in Status] == [
        Standing(statuses=frozenset({each})) for each in Status
    ]


@pytest.mark.parametrize(
    ("word", "statuses"),
    [
        ("pending_confirmation", {S.PENDING}),
        ("PENDING", {S.PENDING}),
        ("confirmed", {S.BOOKED}),
        ("CONFIRMED", {S.BOOKED}),
        ("completed", {S.FULFILLED}),
        ("no_show", {S.NOSHOW}),
        ("NO_SHOW", {S.NOSHOW}),
        (" checked_in ", {S.CHECKED_IN}),
        ("scheduled", {S.PENDING, S.BOOKED}),
        ("SCHEDULED", {S.PENDING, S.BOOKED}),
    ],
)
def test_a_word_is_understood_however_it_is_spelled(word, statuses):
    assert standing_for(word) == Standing(statuses=frozenset(statuses))


def test_words_for_what_is_several_things_here_ask_for_all_of_them():
    assert standing_for("rejected") == Standing(
        statuses=frozenset({S.CANCELLED}), reason="declined"
    )
    assert standing_for("cancelled_by_tutor") == Standing(
        statuses=frozenset({S.CANCELLED}), cancelled_by=Party.PRACTITIONER
    )
    assert {
        word: standing_for(word).acknowledgements
        for word in ("awaiting_approval_parent", "approved", "disputed")
    } == {
        "awaiting_approval_parent": {A.AWAITING},
        "approved": {A.ACCEPTED, A.OVERRIDDEN},
        "disputed": {A.DISPUTED},
    }
    assert all(standing_for(word).statuses == {S.FULFILLED} for word in ("approved", "disputed"))


def test_a_word_that_nobody_uses_is_none():
    assert standing_for("waitlist") is None
    assert standing_for("") is None


def test_every_word_that_is_listed_is_understood():
    assert all(standing_for(word) is not None for word in WORDS)
    assert len(WORDS) == len(set(WORDS)) == 19
