"""Every combination of base, ledger, calendar and policy, small enough to collide often."""

from dataclasses import dataclass
from datetime import timedelta

from hypothesis import strategies as st

from syncd.core.appointment import Agreed, Origin, Status
from syncd.core.merge import LedgerSide, Policy, RemoteSide, Removal
from syncd.core.practice import Mode, OnRemoteDelete
from syncd.testing.clock import MONDAY

NOW = MONDAY
HALF_HOUR = timedelta(minutes=30)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

TIMES = [
    (start, start + length)
    for start, length in (
        (NOW - DAY, HALF_HOUR),
        (NOW - HALF_HOUR, HALF_HOUR),  # ends at this very moment
        (NOW - HALF_HOUR, HOUR),
        (NOW + HOUR, HALF_HOUR),
        (NOW + HOUR, HOUR),
        (NOW + DAY, HALF_HOUR),
    )
]
WANTED = "Consultation · J. D. · AID-20310303-0001"
ASKED_BEFORE = "First visit · J. D. · AID-20310303-0001"
TITLES = [WANTED, ASKED_BEFORE, "Ask her about the knee", "", f" {WANTED}\n"]

WRITING = (Mode.TWO_WAY, Mode.PUBLISH)
OVER = (Status.CANCELLED, Status.ENTERED_IN_ERROR)
MOVABLE = (Status.PENDING, Status.BOOKED)
HAPPENED = (Status.FULFILLED, Status.NOSHOW)

times = st.sampled_from(TIMES)
titles = st.sampled_from(TITLES)
statuses = st.sampled_from(Status)


@st.composite
def agreements(draw, **given):
    start, end = given.pop("when", None) or draw(times)
    return Agreed(
        start=start,
        end=end,
        title=given.get("title", draw(titles)),
        drafted_title=given.get("drafted", draw(st.sampled_from([None, WANTED, ASKED_BEFORE]))),
        cancelled=given.get("cancelled", draw(st.booleans())),
        tentative=given.get("tentative", draw(st.booleans())),
        absent=given.get("absent", draw(st.booleans())),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice(Policy):
    """A policy, and whose event it is about."""

    origin: Origin


@st.composite
def policies(draw, modes=tuple(Mode), **given):
    mode = draw(st.sampled_from(modes))
    return Choice(
        mode=mode,
        confirms=given.get("confirms", mode.adopts and draw(st.booleans())),
        marks_absence=given.get("marks_absence", mode.adopts and draw(st.booleans())),
        on_remote_delete=given.get("on_remote_delete", draw(st.sampled_from(OnRemoteDelete))),
        origin=given.get("origin", draw(st.sampled_from(Origin))),
    )


def ledger_side(when, status, policy, title=WANTED):
    """What the ledger wants; an adopted event's title is none of its business."""
    return LedgerSide(
        start=when[0],
        end=when[1],
        title=None if policy.origin is Origin.ADOPTED else title,
        status=status,
    )


def remote_side(when, title="", removal=Removal.NONE, *, tentative=False, absent=False):
    return RemoteSide(
        start=None if removal is Removal.GONE else when[0],
        end=None if removal is Removal.GONE else when[1],
        title="" if removal is Removal.GONE else title,
        removal=removal,
        tentative=tentative,
        absent=absent,
    )


@st.composite
def cases(draw, *, modes=tuple(Mode), live=False, there=False, **given):
    """Base, ledger, remote and policy. `live`: the appointment is not over; `there`: the event
    takes place."""
    policy = draw(policies(modes=modes, **given))
    status = draw(statuses.filter(lambda each: each not in OVER) if live else statuses)
    removal = Removal.NONE if there else draw(st.sampled_from(Removal))
    base = draw(st.none() | agreements())
    ledger = ledger_side(draw(times), status, policy)
    tentative = removal is Removal.NONE and draw(st.booleans())
    absent = removal is Removal.NONE and draw(st.booleans())
    remote = remote_side(draw(times), draw(titles), removal, tentative=tentative, absent=absent)
    return base, ledger, remote, policy


def when(side):
    return (side.start, side.end)
