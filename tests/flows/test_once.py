"""The same booking, asked for several times: one appointment, one answer."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import pytest

from syncd.core.errors import IdempotencyMismatch, Invalid, Rejected, SlotTaken
from syncd.core.ids import CalendarId
from syncd.core.lifecycle import Action
from syncd.core.practice import OnOutage
from syncd.flows import once
from syncd.flows.awaiting import last_word
from syncd.flows.booking import Booking
from syncd.flows.once import Request, book_once, told_at_last
from syncd.flows.upkeep import tidy
from syncd.testing.builders import NINE, a_calendar

TEN = NINE + timedelta(hours=1)
FIRST = Request(caller="website", key="4f1c", fingerprint="nine o'clock")


def ask(clinic, start=NINE, *, request=FIRST, **more):
    wish = Booking(
        activity_id="consultation",
        practitioner_id="dr-patel",
        start=start,
        client_name="Jane Doe",
        client_email="jane@example.org",
        **more,
    )
    told = book_once(
        clinic.around,
        wish,
        clinic.cause,
        request=request,
        render=lambda booked, _: f"{booked.number} {booked.status.value}",
    )
    return told.answer


def test_the_same_request_has_one_effect_and_the_same_answer(clinic):
    first = ask(clinic)
    commits = clinic.commits()

    assert ask(clinic) == first
    assert len(clinic.appointments()) == 1
    assert clinic.commits() == commits


def test_the_answer_stays_as_it_was_whatever_became_of_the_appointment(clinic):
    first = ask(clinic)
    [booked] = clinic.appointments()
    clinic.act(booked, Action.CANCEL, reason="ill")

    assert ask(clinic) == first == f"{booked.number} booked"


def test_a_key_that_was_used_for_another_wish_is_refused(clinic):
    ask(clinic)

    with pytest.raises(IdempotencyMismatch):
        ask(clinic, TEN, request=Request(caller="website", key="4f1c", fingerprint="ten o'clock"))
    assert len(clinic.appointments()) == 1


def test_keys_of_two_callers_do_not_meet(clinic):
    ask(clinic)
    ask(clinic, TEN, request=Request(caller="kiosk", key="4f1c", fingerprint="ten o'clock"))

    assert len(clinic.appointments()) == 2


def test_a_refusal_is_not_kept(clinic):
    blocking = clinic.book(NINE, name="Ann Lee")
    with pytest.raises(SlotTaken):
        ask(clinic)
    clinic.act(blocking, Action.CANCEL, reason="ill")

    assert ask(clinic).endswith("booked")


def test_an_answer_is_kept_when_its_time_is_over_and_others_took_the_slot(clinic):
    first = ask(clinic)
    clinic.clock.advance(timedelta(hours=20))

    assert ask(clinic) == first


def test_answers_are_forgotten_after_two_days(clinic):
    ask(clinic)
    clinic.clock.advance(timedelta(hours=47))
    commits = clinic.commits()
    tidy(clinic.around)
    assert clinic.commits() == commits

    clinic.clock.advance(timedelta(hours=2))
    tidy(clinic.around)

    with clinic.ledger.read() as view:
        assert view.answered("website", "4f1c") is None


def test_what_was_answered_about_a_client_goes_with_the_client(clinic):
    ask(clinic)
    [booked] = clinic.appointments()
    clinic.ledger.write(lambda tx: tx.erase_client(booked.client.id, clinic.cause))

    with clinic.ledger.read() as view:
        assert view.answered("website", "4f1c") is None


@pytest.mark.parametrize("key", ["", "x" * 256, "a\nb"])
def test_a_key_that_is_none_is_refused(clinic, key):
    with pytest.raises(Invalid, match="1 to 255 printable"):
        ask(clinic, request=Request(caller="website", key=key, fingerprint=""))


def test_twenty_threads_with_one_key_make_one_appointment(open_clinic):
    clinic = open_clinic(inline=False)

    with ThreadPoolExecutor(20) as threads:
        answers = set(threads.map(lambda _: ask(clinic), range(20)))

    assert len(answers) == 1
    assert len(clinic.appointments()) == 1


@pytest.mark.parametrize("word", [None, Rejected("full")], ids=["made", "refused"])
def test_while_a_calendar_has_yet_to_say_it_nothing_is_answered_and_only_then_kept(
    open_clinic, word
):
    clinic = open_clinic(a_calendar(write_through=OnOutage.REFUSE))
    assert ask(clinic) == ask(clinic) == ""
    [asked] = clinic.appointments()
    if word is not None:
        clinic.faults[CalendarId("patel-main")].at("create", word)
    clinic.sync()
    at_last = partial(
        told_at_last,
        clinic.around,
        asked.id,
        request=FIRST,
        render=lambda booked, _: booked.number,
    )

    if word is None:
        assert at_last().answer == ask(clinic) == asked.number
        clinic.act(clinic.now_is(asked), Action.CANCEL, reason="ill")
        assert ask(clinic) == asked.number
    else:
        with pytest.raises(SlotTaken):
            at_last()
        assert ask(clinic) == ""
        assert len(clinic.appointments()) == 2


def test_an_answer_that_was_given_stays_whatever_a_calendar_says_later(open_clinic):
    clinic = open_clinic(a_calendar(write_through=OnOutage.ACCEPT))
    ask(clinic)
    [asked] = clinic.appointments()
    told = told_at_last(
        clinic.around, asked.id, request=FIRST, render=lambda booked, _: booked.status.value
    )
    clinic.faults[CalendarId("patel-main")].at("create", Rejected("full"))
    clinic.sync()

    assert clinic.now_is(asked).is_over
    assert ask(clinic) == told.answer == "pending"


def test_what_is_refused_while_the_answer_is_written_is_refused(open_clinic, monkeypatch):
    clinic = open_clinic(a_calendar(write_through=OnOutage.ACCEPT))
    ask(clinic)
    [asked] = clinic.appointments()

    def refused_at_once(*args):
        last_word(*args)
        clinic.faults[CalendarId("patel-main")].at("create", Rejected("full"))
        clinic.sync()

    monkeypatch.setattr(once, "last_word", refused_at_once)

    with pytest.raises(SlotTaken, match=asked.number):
        told_at_last(clinic.around, asked.id, request=FIRST, render=lambda *_: "pending")

    with clinic.ledger.read() as view:
        assert view.answered(FIRST.caller, FIRST.key) is None
