"""What an activity asks of those who book it, and what of it stays with the appointment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from syncd.core.appointment import Appointment, Client, Party
from syncd.core.details import Answers, AsBooked, MeetingType, Required, is_link
from syncd.core.errors import Invalid, NotPermitted
from syncd.core.ids import AppointmentId
from syncd.core.practice import Activity
from syncd.core.problem import Problem
from syncd.flows.booking_rules import CLIENTS

LONGEST_NOTES = 500
LONGEST_ANSWER = 200


class Field(StrEnum):
    """What can be changed about a booking beside its time, by the names that callers use."""

    NOTES = "notes"
    ADDRESS = "address"
    ANSWER = "customFieldValue"
    MEETING = "meetingType"
    LINK = "meetingLink"


_OF_THE_ACTIVITY = {Field.ANSWER, Field.MEETING, Field.LINK}


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What is said when an appointment is booked, beside who, what and when. `answer` is to the
    activity's own question. None anywhere: nothing was said of it."""

    notes: str | None = None
    address: str | None = None
    answer: str | None = None
    meeting: MeetingType | None = None


def require_said(
    activity: Activity, said: Said, client: Client, party: Party, *, is_known: bool
) -> None:
    """Refuse, with all that is wrong, what cannot be booked like that. Staff may leave out what
    they were not told. Who is known to the practice is named by no words of the wish. Raises
    Invalid."""
    wrong = [*_too_much(activity, said)]
    if party in CLIENTS:
        wrong += _missing(activity, said, client, is_known=is_known)
    if wrong:
        raise Invalid(wrong)


def as_booked(activity: Activity, said: Said, appointment_id: AppointmentId) -> AsBooked:
    """What the activity is now, for the appointment to keep."""
    offering = activity.offering
    meeting = said.meeting or next(iter(offering.meetings), None)
    link = offering.meeting_link if meeting is not None and meeting.is_remote else None
    return AsBooked(
        activity_name=activity.name,
        price=activity.price,
        color=activity.color,
        meeting=meeting,
        link=link.replace("{id}", appointment_id) if link else None,
    )


def answers(activity: Activity, said: Said) -> Answers | None:
    """What was said, with the question as it is worded now; None where nothing was."""
    found = Answers(
        notes=said.notes,
        address=said.address,
        question=activity.offering.question if said.answer else None,
        answer=said.answer,
    )
    return found or None


Changes = Mapping[Field, str | None]
"""What is to be another; None takes it away, and what is not named stays."""


def amended(
    before: Appointment, changes: Changes, activity: Activity | None, party: Party
) -> Appointment:
    """The appointment with another note, address, answer, way to meet or link; None takes it away.
    Raises Invalid with all that is wrong with the changes, or NotPermitted: where people meet is
    the practice's to say."""
    if party in CLIENTS and Field.LINK in changes:
        raise NotPermitted("the practice says where people meet")
    if activity is None and not changes.keys().isdisjoint(_OF_THE_ACTIVITY):
        raise Invalid("an appointment without an activity has notes and an address, and no more")
    said = _said_after(before, changes)
    after = replace(before, answers=_answers_after(before, said, activity))
    wrong: list[Problem] = []
    if activity is not None:
        after = replace(after, as_booked=_agreed_after(before, changes, activity))
        wrong += _too_much(activity, said)
        wrong += _wrong_link(after.as_booked, changes.get(Field.LINK))
        if party in CLIENTS and before.client is not None:
            wrong += _missing(activity, said, before.client, is_known=True)
    wrong = [each for each in wrong if each.where in changes]
    if wrong:
        raise Invalid(wrong)
    return after


def _agreed_after(before: Appointment, changes: Changes, activity: Activity) -> AsBooked | None:
    """What was agreed, with another way to meet; what the activity was then stays as it is known,
    also where it is not. Another way to meet has the activity's own link."""
    if changes.keys().isdisjoint({Field.MEETING, Field.LINK}):
        return before.as_booked
    agreed = before.as_booked or AsBooked(activity_name="")
    wanted = changes.get(Field.MEETING)
    if Field.MEETING in changes and wanted != agreed.meeting:
        meeting = MeetingType(wanted) if wanted else None
        link = as_booked(activity, Said(meeting=meeting), before.id).link if meeting else None
        agreed = replace(agreed, meeting=meeting, link=link)
    return replace(agreed, link=changes.get(Field.LINK, agreed.link))


def _wrong_link(agreed: AsBooked | None, link: str | None) -> Iterator[Problem]:
    if link is None:
        return
    if not is_link(link):
        yield Problem(where=Field.LINK, what="is an address that begins with https://")
    if agreed is not None and agreed.meeting is MeetingType.IN_PERSON:
        yield Problem(where=Field.LINK, what="is for people who do not meet in person")


def _said_after(before: Appointment, changes: Changes) -> Said:
    was = before.answers or Answers()
    meeting = changes.get(Field.MEETING)
    return Said(
        notes=changes.get(Field.NOTES, was.notes),
        address=changes.get(Field.ADDRESS, was.address),
        answer=changes.get(Field.ANSWER, was.answer),
        meeting=MeetingType(meeting) if meeting else None,
    )


def _answers_after(before: Appointment, said: Said, activity: Activity | None) -> Answers | None:
    was = before.answers or Answers()
    question = was.question if said.answer == was.answer else None
    if question is None and activity is not None and said.answer:
        question = activity.offering.question
    found = Answers(notes=said.notes, address=said.address, question=question, answer=said.answer)
    return found or None


def _too_much(activity: Activity, said: Said) -> Iterator[Problem]:
    offering = activity.offering
    if said.meeting is not None and said.meeting not in offering.meetings:
        known = ", ".join(offering.meetings) or "nothing to choose from"
        yield Problem(where=Field.MEETING, what=f"is one that the activity offers: {known}")
    if said.answer and offering.question is None:
        yield Problem(where=Field.ANSWER, what="is not asked for; leave it out")
    if said.notes and len(said.notes) > LONGEST_NOTES:
        yield Problem(where=Field.NOTES, what=f"has at most {LONGEST_NOTES} characters")
    for where, text in ((Field.ADDRESS, said.address), (Field.ANSWER, said.answer)):
        if text and len(text) > LONGEST_ANSWER:
            yield Problem(where=where, what=f"has at most {LONGEST_ANSWER} characters")


def _missing(
    activity: Activity, said: Said, client: Client, *, is_known: bool
) -> Iterator[Problem]:
    offering = activity.offering
    if Required.PHONE in offering.required and not client.phone:
        where = "phone" if is_known else "client.phone"
        yield Problem(where=where, what="is needed for this activity")
    if Required.ADDRESS in offering.required and not said.address:
        yield Problem(where=Field.ADDRESS, what="is needed for this activity")
    if offering.question is not None and not said.answer:
        yield Problem(where=Field.ANSWER, what=f"is needed: {offering.question}")
