"""What else is answered as JSON: whom a credential stands for, health, problems, a calendar widget.

Minutes are numbers, times RFC 3339 with an offset.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from syncd.core.access import Role
from syncd.core.appointment import Status
from syncd.web.offer_answers import AlternativeOut
from syncd.web.wire import Wire


class WhoOut(Wire):
    """Whom a credential stands for."""

    role: Role
    practitioner_id: str | None
    client_id: str | None


class HealthOut(Wire):
    status: str
    calendars: dict[str, int] = Field(
        default={}, description="How many calendars are in which state."
    )


class ProblemOut(BaseModel):
    """RFC 9457. `code` is stable; `title` is in the language of `Accept-Language` (en, fr)."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(examples=["urn:syncd:problem:slot-unavailable"])
    title: str
    status: int
    code: str = Field(examples=["SLOT_UNAVAILABLE"])
    detail: str | None = None
    errors: dict[str, list[str]] | None = None
    alternatives: list[AlternativeOut] | None = None


class CalendarEventOut(Wire):
    """One block of a calendar widget: opening hours, or an appointment."""

    id: str
    title: str
    start: datetime
    end: datetime
    type: Annotated[str, Field(examples=["availability", "appointment"])]
    status: Status | None
    color: str | None
    practitioner_id: str
    appointment_id: str | None
    activity_id: str | None
    client_name: str | None


class CalendarOut(Wire):
    events: list[CalendarEventOut]
