"""A clinic that offers a group, and what people do there."""

from __future__ import annotations

from datetime import timedelta

from syncd.core.actions import Action
from syncd.core.appointment import Party
from syncd.core.ids import ActivityId, PractitionerId, RoomId
from syncd.core.lifecycle import Command
from syncd.core.offering import Offering
from syncd.core.practice import Room
from syncd.core.time import Interval
from syncd.flows.acting import act_on
from syncd.flows.availability import list_slots
from syncd.flows.booking import Booking, book
from syncd.testing.builders import HALF_HOUR, NINE, a_practitioner, an_activity

BLUE, RED = RoomId("blue"), RoomId("red")
OWL, PATEL = PractitionerId("dr-owl"), PractitionerId("dr-patel")
GROUP = ActivityId("group")


def with_groups(clinic):
    """Two practitioners who offer a group of three, and talks to one."""

    def furnish(tx):
        tx.save_practitioner(a_practitioner(id=OWL, name="Dr. Owl"), clinic.cause)
        for each in (BLUE, RED):
            tx.save_room(Room(id=each, name=each.title()), clinic.cause)

    clinic.ledger.write(furnish)
    clinic.sync()
    offer(clinic, capacity=3)
    return clinic


def offer(clinic, **rules):
    group = an_activity(id=GROUP, name="Group", offering=Offering(**rules))
    clinic.ledger.write(lambda tx: tx.save_activity(group, clinic.cause))


def booked(clinic, name, start=NINE, activity=GROUP, who=PATEL, **more):
    wish = Booking(activity_id=activity, practitioner_id=who, start=start, client_name=name, **more)
    return book(clinic.around, wish, clinic.cause)


def moved(clinic, appointment, start, length=HALF_HOUR):
    command = Command(
        action=Action.RESCHEDULE, party=Party.ADMIN, interval=Interval(start, start + length)
    )
    return act_on(clinic.around, appointment.id, command, clinic.cause)


def places(clinic, start=NINE, who=PATEL):
    period = Interval(start, start + timedelta(minutes=1))
    [slot] = list_slots(clinic.around, GROUP, period, practitioner_id=who).slots
    return slot.places
