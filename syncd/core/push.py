"""What must be written to the calendar so that it shows the appointment. Pure.

Level-triggered: looks at the appointment as it is and at the base, never at a list of past edits,
so that many edits collapse into one write.
"""

from __future__ import annotations

from dataclasses import replace

from syncd.core.appointment import (
    EXEMPT_FROM_OVERLAP,
    Agreed,
    Appointment,
    Link,
    LinkState,
    Origin,
    Status,
)
from syncd.core.events import Draft, EventStatus
from syncd.core.operations import Op, WriteEvent
from syncd.core.practice import Mode
from syncd.core.scene import PUBLISH_FROM, Scene

HELD_BACK = frozenset({LinkState.CONFLICT, LinkState.SUSPENDED, LinkState.GONE})


def plan_push(scene: Scene, link: Link, appointment: Appointment) -> WriteEvent | None:
    """The one write that this link needs, a SETTLE when it needs none, None while it is held
    back."""
    if link.state in HELD_BACK or appointment.status is Status.PROPOSED:
        return None
    if not scene.calendar.mode.writes:
        return _settle(link, appointment, "this calendar is not written to")
    if appointment.is_over:
        return _plan_removal(link, appointment)
    if link.ref is None:
        if appointment.end < scene.now - PUBLISH_FROM:
            return _settle_unseen(link, appointment, "it ended too long ago to be published")
        return _plan_create(scene, link, appointment)
    return _plan_update(scene, link, appointment)


def is_unsettled(scene: Scene, link: Link, appointment: Appointment) -> bool:
    """Whether a write is still needed."""
    step = plan_push(scene, link, appointment)
    return step is not None and step.op is not Op.SETTLE


def _settle(link: Link, appointment: Appointment, why: str) -> WriteEvent:
    return WriteEvent(op=Op.SETTLE, why=why, link=link, appointment=appointment, base=link.base)


def _settle_unseen(link: Link, appointment: Appointment, why: str) -> WriteEvent:
    """If the answer to its creation was lost it may be there yet: then it is known by its base."""
    return _settle(replace(link, base=link.intended or link.base), appointment, why)


def _plan_removal(link: Link, appointment: Appointment) -> WriteEvent:
    if link.ref is None:
        return _settle_unseen(link, appointment, "it is not in the calendar")
    if link.base is not None and link.base.cancelled:
        return _settle(link, appointment, "the event is cancelled already")
    why = f"the appointment is {appointment.status}"
    if link.origin is Origin.OURS:
        return WriteEvent(op=Op.DELETE, why=why, link=link, appointment=appointment)
    draft = Draft(
        uid=link.uid,
        start=appointment.start,
        end=appointment.end,
        zone=appointment.timezone,
        title=None,
        status=EventStatus.CANCELLED,
        transparent=True,
    )
    title = link.base.title if link.base else ""
    base = Agreed(start=appointment.start, end=appointment.end, title=title, cancelled=True)
    return WriteEvent(
        op=Op.UPDATE, why=why, link=link, appointment=appointment, draft=draft, base=base
    )


def _plan_create(scene: Scene, link: Link, appointment: Appointment) -> WriteEvent:
    if link.origin is Origin.ADOPTED:
        link = link.next_generation()  # a foreign identity is never ours to create under
    title = scene.title(link, appointment) or ""
    tentative = link.wanted_status(appointment) is Status.PENDING
    draft = Draft(
        uid=link.uid,
        start=appointment.start,
        end=appointment.end,
        zone=appointment.timezone,
        title=title,
        status=EventStatus.TENTATIVE if tentative else EventStatus.CONFIRMED,
        mark=appointment.id,
        activity=appointment.activity_id,
        as_offered=link.awaited is not None and EXEMPT_FROM_OVERLAP.isdisjoint(appointment.flags),
    )
    return WriteEvent(
        op=Op.CREATE,
        why=f"the appointment is {appointment.status} and not in the calendar",
        link=link,
        appointment=appointment,
        draft=draft,
        base=_base_of(draft, title=title, drafted=title),
    )


def _plan_update(scene: Scene, link: Link, appointment: Appointment) -> WriteEvent:
    reasons = _differences(scene, link, appointment)
    wanted = scene.title(link, appointment)
    if not reasons:
        settled = _having_asked_for(wanted, link)
        return _settle(settled, appointment, "the calendar shows it already")
    ours = link.origin is Origin.OURS
    tentative = link.wanted_status(appointment) is Status.PENDING
    revives = link.base is not None and link.base.cancelled
    status = EventStatus.TENTATIVE if tentative else EventStatus.CONFIRMED
    draft = Draft(
        uid=link.uid,
        start=appointment.start,
        end=appointment.end,
        zone=appointment.timezone,
        title=wanted if _asks_for_title(scene, link, wanted) else None,
        status=status if ours or revives or scene.hears_yes else None,
        transparent=False if ours or revives else None,
        mark=appointment.id if ours else "",
        absent=_asks_for_absence(scene, appointment, link.base),
    )
    shown = link.base.title if link.base else ""
    title = shown if draft.title is None else draft.title
    return WriteEvent(
        op=Op.UPDATE,
        why=", ".join(reasons),
        link=link,
        appointment=appointment,
        draft=draft,
        base=_base_of(draft, title=title, drafted=wanted, before=link.base),
    )


def _differences(scene: Scene, link: Link, appointment: Appointment) -> list[str]:
    """Why the event must be written, in words; empty when it shows what it should."""
    base = link.base
    if base is None:
        return ["what the event shows is not known"]
    reasons = []
    if (appointment.start, appointment.end) != (base.start, base.end):
        reasons.append("the appointment was moved")
    if base.cancelled:
        reasons.append("the appointment stands")
    if _asks_for_status(scene, link, appointment, base):
        reasons.append(f"the appointment is {link.wanted_status(appointment)}")
    if _asks_for_absence(scene, appointment, base) is not None:
        reasons.append("nobody came" if appointment.status is Status.NOSHOW else "somebody came")
    if link.origin is Origin.OURS:
        wanted = scene.title(link, appointment)
        if _asks_for_title(scene, link, wanted) and not _shows(link, wanted):
            reasons.append("the title changed")
    return reasons


def _asks_for_status(scene: Scene, link: Link, appointment: Appointment, base: Agreed) -> bool:
    """Whether that it waits for a yes, or not any more, is to be written. Where a yes is heard it
    cannot be taken back."""
    asks = link.wanted_status(appointment) is Status.PENDING
    if scene.hears_yes:
        return base.tentative and not asks
    return link.origin is Origin.OURS and asks != base.tentative


def _asks_for_absence(scene: Scene, appointment: Appointment, base: Agreed | None) -> bool | None:
    """What is to be written about whether anybody came; None for nothing."""
    missed = appointment.status is Status.NOSHOW
    agreed = base is not None and base.absent
    return missed if scene.hears_absence and missed is not agreed else None


def _asks_for_title(scene: Scene, link: Link, wanted: str | None) -> bool:
    """Whether the ledger wants another title than it asked for last time. A publish calendar only
    shows, so there its title is also put back."""
    if wanted is None or not scene.takes_titles:
        return False
    if link.base is None:
        return True
    if scene.calendar.mode is Mode.PUBLISH and not _shows(link, wanted):
        return True
    return wanted != link.base.drafted_title


def _shows(link: Link, wanted: str | None) -> bool:
    """Whether the event has the title that is wanted, whoever gave it that."""
    return link.base is not None and link.base.title.strip() == (wanted or "").strip()


def _having_asked_for(wanted: str | None, link: Link) -> Link:
    """The link, for which what its event shows counts as asked for where it is what is wanted."""
    if link.base is None or wanted is None or not _shows(link, wanted):
        return link
    return replace(link, base=replace(link.base, drafted_title=wanted))


def _base_of(
    draft: Draft, *, title: str, drafted: str | None, before: Agreed | None = None
) -> Agreed:
    known = before is not None and before.absent
    return Agreed(
        start=draft.start,
        end=draft.end,
        title=title,
        drafted_title=drafted,
        tentative=draft.status is EventStatus.TENTATIVE,
        absent=known if draft.absent is None else draft.absent,
    )
