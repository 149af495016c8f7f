"""A clinic that offers a talk with two practitioners, and what people do there."""

from __future__ import annotations

from datetime import timedelta

from syncd.core.ids import ActivityId, PractitionerId
from syncd.core.offering import Offering
from syncd.core.time import Interval
from syncd.flows.anyone import with_whoever_is_free
from syncd.flows.availability import list_slots
from syncd.flows.booking import Booking, book
from syncd.testing.builders import NINE, a_calendar, a_practitioner, an_activity

PATEL, OWL = PractitionerId("dr-patel"), PractitionerId("dr-owl")
TEAM = ActivityId("team")
LATER = NINE + timedelta(hours=2)


def with_a_team(clinic):
    """Two practitioners, each with a calendar, who offer a talk with both."""
    clinic.add("owl-main")

    def furnish(tx):
        tx.save_practitioner(a_practitioner(id=OWL, name="Dr. Owl"), clinic.cause)
        tx.save_calendar(a_calendar(id="owl-main", practitioner_id=OWL), clinic.cause)

    clinic.ledger.write(furnish)
    offer(clinic)
    clinic.settle()
    return clinic


def offer(clinic, **rules):
    chosen = {"practitioners": (PATEL, OWL), "collective": True} | rules
    team = an_activity(id=TEAM, name="Team talk", offering=Offering(**chosen))
    clinic.ledger.write(lambda tx: tx.save_activity(team, clinic.cause))


def booked(clinic, start=NINE, who=PATEL, activity=TEAM, name="Jane Doe", **more):
    wish = Booking(activity_id=activity, practitioner_id=who, start=start, client_name=name, **more)
    return with_whoever_is_free(
        clinic.around, wish, lambda each: book(clinic.around, each, clinic.cause)
    )


def alone(clinic, who, start=NINE, name="John Doe"):
    return booked(clinic, start, who, ActivityId("consultation"), name)


def starts(clinic, who=None, **more):
    period = Interval(NINE, NINE + timedelta(hours=3))
    found = list_slots(clinic.around, TEAM, period, practitioner_id=who, **more).slots
    return [each.start for each in found if each.available]
