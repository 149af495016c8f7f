"""A clinic whose calendar has the last word, and what that word was."""

from __future__ import annotations

from syncd.core.errors import Rejected
from syncd.core.ids import CalendarId
from syncd.core.practice import OnOutage
from syncd.flows.awaiting import word_about
from syncd.testing.builders import a_calendar

FULL = Rejected("its host is busy at that time")


def a_clinic_whose(open_clinic, policy=OnOutage.REFUSE, *others, **more):
    return open_clinic(a_calendar(write_through=policy), *others, **more)


def faults(clinic, name="patel-main"):
    return clinic.faults[CalendarId(name)]


def events(clinic, name="patel-main"):
    return clinic.calendar(name).events()


def said(clinic, appointment):
    return word_about(clinic.around, appointment.id)
