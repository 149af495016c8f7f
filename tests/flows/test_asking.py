"""What an activity asks of clients, and what stays with the appointment."""

from __future__ import annotations

from dataclasses import replace

import pytest

from syncd.core.appointment import Party, Payment
from syncd.core.details import Answers, AsBooked, MeetingType, Money, Required
from syncd.core.errors import Invalid, NotPermitted, TooLate
from syncd.core.lifecycle import Action, Command
from syncd.flows.acting import act_on
from syncd.flows.asking import Field, Said
from syncd.testing.builders import HALF_HOUR, NINE
from syncd.testing.foreign import ForeignEvent
from syncd.testing.memory_calendar import Hand

QUESTION = "Insurance number"
ALL = Said(notes="left knee", address="1 River Road", answer="A 123", meeting=MeetingType.VIDEO)
LINK = "https://meet.example.org/{id}"


@pytest.fixture
def clinic(open_clinic):
    clinic = open_clinic()
    clinic.settle()
    clinic.offer(
        required=(Required.PHONE, Required.ADDRESS),
        question=QUESTION,
        meetings=(MeetingType.IN_PERSON, MeetingType.VIDEO),
        meeting_link=LINK,
    )
    return clinic


def as_client(clinic, said, **more):
    return clinic.book(party=Party.CLIENT, client_phone="+49 30 1", said=said, **more)


def wrong_with(action):
    with pytest.raises(Invalid) as caught:
        action()
    return [each.where for each in caught.value.problems]


def amend(clinic, appointment, party=Party.ADMIN, **changes):
    named = {Field[name.upper()]: value for name, value in changes.items()}
    command = Command(action=Action.AMEND, party=party)
    return act_on(clinic.around, appointment.id, command, clinic.cause, changes=named)


def stored(clinic, appointment):
    return clinic.now_is(appointment)


def test_what_was_agreed_and_said_stays_with_the_appointment(clinic):
    made = as_client(clinic, ALL)

    assert stored(clinic, made) == made
    assert made.answers == Answers(
        notes="left knee", address="1 River Road", question=QUESTION, answer="A 123"
    )
    assert made.as_booked == AsBooked(
        activity_name="Consultation",
        meeting=MeetingType.VIDEO,
        link=LINK.replace("{id}", made.id),
    )


def test_a_new_price_is_for_new_bookings(clinic):
    before, later = Money.parse("80.00 EUR"), Money.parse("90 EUR")
    clinic.change_activity(price=before, name="Visit", color="#112233")
    made = clinic.book(NINE)
    clinic.change_activity(price=later, name="Long visit", color="#445566")

    agreed = stored(clinic, made).as_booked
    assert (agreed.price, agreed.activity_name, agreed.color) == (before, "Visit", "#112233")
    assert clinic.book(NINE + HALF_HOUR).as_booked.price == later


def test_clients_are_told_all_that_is_missing_at_once(clinic):
    def nothing_said():
        clinic.book(party=Party.CLIENT)

    assert wrong_with(nothing_said) == ["client.phone", "address", "customFieldValue"]
    assert clinic.appointments() == []


def test_staff_book_for_whoever_is_on_the_telephone_without_asking_everything(clinic):
    assert clinic.book(party=Party.PRACTITIONER).answers is None


def test_a_telephone_number_that_is_known_is_not_asked_for_again_of_the_client_themselves(clinic):
    known = as_client(clinic, ALL).client

    later = clinic.book(NINE + HALF_HOUR, party=Party.CLIENT, client_id=known.id, said=ALL)

    assert later.client == known


def test_whoever_only_claims_to_be_somebody_does_not_learn_whether_a_number_is_known(clinic):
    as_client(clinic, ALL)

    def claim():
        clinic.book(NINE + HALF_HOUR, party=Party.CLIENT, said=ALL)

    assert wrong_with(claim) == ["client.phone"]


def test_what_is_not_asked_for_is_refused_of_anybody(clinic):
    clinic.offer(meetings=(MeetingType.IN_PERSON,))

    def too_much():
        clinic.book(said=ALL)

    assert wrong_with(too_much) == ["meetingType", "customFieldValue"]
    clinic.offer()
    assert wrong_with(lambda: clinic.book(said=Said(meeting=MeetingType.CHAT))) == ["meetingType"]


@pytest.mark.parametrize(
    ("said", "field"),
    [
        (Said(notes="n" * 501), "notes"),
        (Said(address="a" * 201), "address"),
        (Said(answer="a" * 201), "customFieldValue"),
    ],
)
def test_texts_have_a_length(clinic, said, field):
    assert wrong_with(lambda: clinic.book(said=said)) == [field]


def test_people_who_meet_in_person_need_no_link(clinic):
    made = clinic.book()

    assert (made.as_booked.meeting, made.as_booked.link) == (MeetingType.IN_PERSON, None)


def test_an_amendment_changes_what_it_names_and_nothing_else(clinic):
    made = as_client(clinic, ALL)

    after = amend(clinic, made, notes="right knee", meeting="in-person")

    assert after.answers == replace(made.answers, notes="right knee")
    assert after.as_booked == replace(made.as_booked, meeting=MeetingType.IN_PERSON, link=None)
    assert after == replace(
        made, answers=after.answers, as_booked=after.as_booked, version=made.version + 1
    )
    with clinic.ledger.read() as view:
        assert [each.action for each in view.history(made.id)] == ["book", "amend"]
        assert view.verify_journal().is_sound


def test_what_is_taken_away_is_gone(clinic):
    made = as_client(clinic, ALL)

    after = amend(clinic, made, notes=None, address=None, answer=None)

    assert stored(clinic, made).answers is after.answers is None


def test_an_answer_keeps_the_question_that_it_was_given_to(clinic):
    made = as_client(clinic, ALL)
    clinic.offer(question="Number of your insurance card")

    assert amend(clinic, made, notes="x").answers.question == QUESTION
    assert amend(clinic, made, answer="B 2").answers.question == "Number of your insurance card"


def test_clients_cannot_take_away_what_is_required(clinic):
    made = as_client(clinic, ALL)

    def take_away():
        amend(clinic, made, Party.CLIENT, address=None, notes="x")

    assert wrong_with(take_away) == ["address"]


def test_clients_are_not_asked_for_more_than_they_change(clinic):
    made = clinic.book()

    assert amend(clinic, made, Party.CLIENT, notes="left knee").answers.notes == "left knee"


def test_the_practice_says_where_people_meet(clinic):
    made = as_client(clinic, ALL)

    with pytest.raises(NotPermitted):
        amend(clinic, made, Party.CLIENT, link="https://elsewhere.example.org/1")

    after = amend(clinic, made, link="https://elsewhere.example.org/1")
    assert after.as_booked.link == "https://elsewhere.example.org/1"
    assert amend(clinic, made, link=None).as_booked.link is None


def test_a_link_is_one_that_a_browser_opens_safely(clinic):
    made = as_client(clinic, ALL)

    assert wrong_with(lambda: amend(clinic, made, link="javascript:alert(1)")) == ["meetingLink"]


def test_clients_change_nothing_that_has_begun_and_staff_do(clinic):
    made = as_client(clinic, ALL)
    clinic.clock.advance(made.start + HALF_HOUR / 2 - clinic.clock.now())

    with pytest.raises(TooLate):
        amend(clinic, made, Party.CLIENT, notes="x")
    assert amend(clinic, made, Party.PRACTITIONER, notes="x").answers.notes == "x"


def test_an_amendment_that_changes_nothing_is_none(clinic):
    made = as_client(clinic, ALL)
    first = amend(clinic, made, notes="x")

    assert amend(clinic, made, notes="x") == first
    with clinic.ledger.read() as view:
        assert [each.action for each in view.history(made.id)] == ["book", "amend"]


def test_an_amended_hold_expires_as_before(clinic):
    held = clinic.book(hold_for=HALF_HOUR)

    assert amend(clinic, held, notes="x").hold_expires_at == held.hold_expires_at


def test_an_amendment_is_nothing_that_a_calendar_is_told(clinic):
    made = clinic.book()
    clinic.settle()
    written = clinic.calendar().writes(Hand.SYNCD)

    amend(clinic, made, notes="private")
    clinic.settle()

    assert clinic.calendar().writes(Hand.SYNCD) == written


def test_what_a_calendar_brought_has_notes_and_no_meeting(clinic):
    clinic.calendar().colleague_adds(ForeignEvent(start=NINE, end=NINE + HALF_HOUR))
    clinic.settle()
    [adopted] = clinic.appointments()

    assert amend(clinic, adopted, notes="new").answers == Answers(notes="new")
    assert wrong_with(lambda: amend(clinic, adopted, meeting="video")) == [""]


def test_what_is_not_changed_is_not_judged_again(clinic):
    made = as_client(clinic, ALL)
    clinic.offer()

    after = amend(clinic, made, Party.CLIENT, notes="hello")

    assert after.answers == replace(made.answers, notes="hello")


def test_the_link_that_staff_set_stays_while_people_meet_the_same_way(clinic):
    made = as_client(clinic, ALL)
    amend(clinic, made, link="https://elsewhere.example.org/1")

    after = amend(clinic, made, Party.CLIENT, meeting="video", notes="x")

    assert after.as_booked.link == "https://elsewhere.example.org/1"


def test_no_way_to_meet_has_no_link(clinic):
    made = as_client(clinic, ALL)

    agreed = amend(clinic, made, meeting=None).as_booked

    assert (agreed.meeting, agreed.link) == (None, None)


@pytest.mark.parametrize(
    "link", ["https://x\r\nATTENDEE:mailto:a@b", "https:// spaced", "https://x/{id}", "ftp://x"]
)
def test_a_link_that_a_calendar_cannot_name_is_refused(clinic, link):
    made = as_client(clinic, ALL)

    assert wrong_with(lambda: amend(clinic, made, link=link)) == ["meetingLink"]


def test_people_who_meet_in_person_are_given_no_link(clinic):
    made = clinic.book()

    assert wrong_with(lambda: amend(clinic, made, link="https://x.example.org/")) == ["meetingLink"]


def test_what_is_not_known_of_a_booking_is_not_made_up_later(clinic):
    made = as_client(clinic, ALL)
    clinic.ledger.write(
        lambda tx: tx.save_appointment(
            made, replace(made, as_booked=None, version=made.version + 1), clinic.cause
        )
    )
    clinic.change_activity(price=Money.parse("99 EUR"), name="New name")

    agreed = amend(clinic, made, meeting="video").as_booked

    assert (agreed.activity_name, agreed.price) == ("", None)
    assert agreed.meeting is MeetingType.VIDEO


def test_what_costs_nothing_is_not_due(clinic):
    clinic.change_activity(price=Money.parse("0 EUR"))

    assert clinic.book(NINE + HALF_HOUR).payment is Payment.NONE
