"""Who books in Cal.com is a client of the practice's, found again by mailbox and name."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from calcom_clinic import CAUSE, a_clinic

from syncd.core.appointment import Flag
from syncd.flows.clients import erase
from syncd.testing.builders import NINE
from syncd_calcom.standin.rows import Attendee

TEN, ELEVEN, NOON = (NINE + timedelta(hours=hours) for hours in (1, 2, 3))
OMAR = Attendee(id=901, name="Omar  Haddad", email="omar@example.test", time_zone="UTC")


@pytest.fixture
def clinic(tmp_path):
    with a_clinic(tmp_path) as clinic:
        yield clinic


def clients(clinic):
    with clinic.ledger.read() as view:
        return view.clients()


def client_at(clinic, start):
    return next(each.client for each in clinic.appointments() if each.start == start)


def test_whoever_books_there_is_whom_the_appointment_is_for(clinic):
    clinic.cal.book(TEN, attendees=[replace(OMAR, phone="+49 30 1")])

    clinic.settle()

    found = client_at(clinic, TEN)
    assert (found.name, found.email) == ("Omar Haddad", "omar@example.test")
    assert found.phone == "+49 30 1"
    assert clinic.writes == 0


def test_who_books_again_there_or_here_is_the_same_client(clinic):
    clinic.book(NINE + timedelta(days=1), client_name="Omar Haddad", client_email=OMAR.email)
    clinic.cal.book(TEN, attendees=[OMAR])
    clinic.cal.book(ELEVEN, attendees=[replace(OMAR, email="OMAR@example.test")])
    clinic.cal.book(NOON, attendees=[replace(OMAR, name="Lena Haddad")])

    clinic.settle()

    assert client_at(clinic, TEN) == client_at(clinic, ELEVEN) != client_at(clinic, NOON)
    assert len(clients(clinic)) == 2


def test_what_is_known_of_a_client_is_not_changed_by_what_somebody_claims_there(clinic):
    clinic.cal.book(TEN, attendees=[replace(OMAR, phone="+49 30 1")])
    clinic.sync()
    clinic.cal.book(ELEVEN, attendees=[replace(OMAR, phone="+49 666")])

    clinic.sync()

    assert client_at(clinic, ELEVEN).phone == "+49 30 1"


@pytest.mark.parametrize(
    ("people", "guests", "name"),
    [
        (
            [OMAR, replace(OMAR, id=902, email="aid@x.test", name="Aid")],
            ["aid@x.test"],
            "Omar Haddad",
        ),
        ([OMAR, replace(OMAR, id=902, email="aid@x.test", name="Aid")], [], None),
        ([replace(OMAR, name=" ")], [], None),
        ([], [], None),
    ],
    ids=["brings-somebody", "a-group", "nameless", "nobody"],
)
def test_a_time_that_is_not_one_persons_alone_has_no_client(clinic, people, guests, name):
    clinic.cal.book(TEN, attendees=people, guests=guests)

    clinic.settle()

    found = client_at(clinic, TEN)
    assert (found.name if found else None) == name


def test_who_only_gave_a_number_has_no_mailbox(clinic):
    clinic.cal.book(TEN, attendees=[replace(OMAR, email="49301@sms.cal.com", phone="+49 30 1")])

    clinic.settle()

    found = client_at(clinic, TEN)
    assert (found.name, found.email, found.phone) == ("Omar Haddad", None, "+49 30 1")


def test_our_own_bookings_stay_their_clients(clinic):
    made = clinic.book(TEN)

    clinic.settle()

    assert clinic.now_is(made).client == made.client
    assert len(clients(clinic)) == 1


def test_who_was_erased_does_not_come_back_with_another_look(clinic):
    clinic.cal.book(TEN, attendees=[OMAR])
    clinic.settle()
    erase(clinic.around, client_at(clinic, TEN).id, CAUSE, anyway=True)

    clinic.sync(in_full=True)

    [appointment] = clinic.appointments()
    assert (clients(clinic), appointment.client.name, appointment.title) == ([], "", None)


def test_one_client_at_two_places_at_once_is_flagged_and_shown(clinic):
    clinic.cal.book(TEN, attendees=[OMAR])
    clinic.cal.book(TEN, attendees=[replace(OMAR, id=903)])

    clinic.sync()

    flags = [Flag.OVERLAP in each.flags for each in clinic.appointments()]
    assert sorted(flags) == [False, True]
