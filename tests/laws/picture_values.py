"""The values that drawn pictures are made of. Each is built once: a picture is drawn in microseconds.

Few times, titles and places, so that they collide often; the odd ones among them on purpose.
"""

from datetime import date, timedelta
from functools import cache

from laws.merge_worlds import TIMES
from laws.world_state import NO_BRAKE, a_scene

from syncd.core.appointment import Agreed, Appointment, Flag, Status
from syncd.core.brake import BrakeLimits
from syncd.core.conflict import ConflictField, ConflictRecord
from syncd.core.events import AllDay, Attendance, EventStatus, Floating, RemoteEvent, Timed
from syncd.core.ids import AppointmentId, ConflictId, EventRef, Uid, Version, remote_uid
from syncd.core.practice import Adopt, Disclosure, Mode, OnRemoteDelete
from syncd.core.remote import RemoteKind, RemoteRecord
from syncd.core.schedule import OpeningHours
from syncd.core.time import Interval
from syncd.testing.builders import a_number, a_practitioner, an_activity, an_appointment
from syncd.testing.clock import MONDAY

NOW = MONDAY
LONG_AGO = (NOW - timedelta(days=8), NOW - timedelta(days=8) + timedelta(hours=1))
STRETCHES = (*TIMES, LONG_AGO)
WHENS = tuple(Timed(start, end, "Europe/Berlin") for start, end in STRETCHES)
ODD_WHENS = (
    AllDay(date(2031, 3, 4), date(2031, 3, 5)),
    AllDay(date(2031, 3, 1), date(2031, 3, 3)),
    Floating(TIMES[3][0].replace(tzinfo=None), TIMES[3][1].replace(tzinfo=None)),
    Timed(TIMES[3][0], TIMES[3][0]),
    Timed(TIMES[3][0], TIMES[3][1], None),
    Timed(TIMES[5][0], TIMES[5][1], "America/New_York"),
)
ALL_WHENS = WHENS + ODD_WHENS
TITLES = ("Ask about the knee", "", " Team meeting\n", "Team meeting", "First visit")
STATUSES = tuple(Status)
KINDS = (RemoteKind.BUSY, RemoteKind.IGNORED, RemoteKind.MIRROR, RemoteKind.QUARANTINED)
FIELDS = tuple(ConflictField)

PLACES = range(4)
REFS = tuple(EventRef(f"/patel-main/{place}.ics") for place in "abcd")
ELSEWHERE = tuple(EventRef(f"/patel-main/{place}-moved.ics") for place in "zyxw")
IDS = tuple(AppointmentId(f"booked-{place}") for place in PLACES)
CALENDAR_ID = a_scene().calendar.id
OUR_UIDS = tuple(remote_uid(each, CALENDAR_ID, 1) for each in IDS)
THEIR_UIDS = tuple(Uid(f"colleague-{place}") for place in PLACES)

_NO_HOURS = a_practitioner(hours=OpeningHours(), timezone="America/New_York")
SCENES = tuple(
    a_scene(
        mode=mode,
        on_remote_delete=policy,
        disclosure=disclosure,
        adopt=adopt,
        practitioner=practitioner,
        confirms=confirms,
        marks_absence=confirms,
    )
    for confirms in (False, True)
    for mode in (Mode.TWO_WAY, Mode.PUBLISH, Mode.IMPORT, Mode.TWO_WAY, Mode.PUBLISH, Mode.BUSY)
    for policy in (None, *OnRemoteDelete)
    for disclosure in (None, Disclosure.NOTHING, Disclosure.FULL)
    for adopt in (Adopt.ALL, Adopt.MARKED, Adopt.ALL, Adopt.NONE)
    for practitioner in (a_practitioner(), _NO_HOURS)
)
LIMITS = (
    *(NO_BRAKE,) * 6,
    BrakeLimits(count=0, ratio=0.0),
    BrakeLimits(count=0, ratio=0.5, empty_from=1),
)


@cache
def appointment(place: int, when: int, status: int, title: int, version: int) -> Appointment:
    """An adopted appointment where `title` is not negative, else one of ours."""
    start, end = STRETCHES[when]
    adopted = title >= 0
    return an_appointment(
        id=IDS[place],
        number=a_number(place + 1),
        start=start,
        end=end,
        status=STATUSES[status],
        version=version,
        title=TITLES[title] if adopted else None,
        client=None if adopted else an_appointment().client,
        activity_id=None if adopted else an_activity().id,
        flags=frozenset({Flag.ADOPTED}) if adopted else frozenset(),
    )


@cache
def agreed(
    when: int,
    title: str,
    drafted: str | None,
    *,
    cancelled: bool,
    tentative: bool,
    absent: bool,
) -> Agreed:
    start, end = STRETCHES[when]
    return Agreed(
        start=start,
        end=end,
        title=title,
        drafted_title=drafted,
        cancelled=cancelled,
        tentative=tentative,
        absent=absent,
    )


@cache
def event(
    ref: EventRef,
    uid: Uid,
    when: int,
    title: str,
    status: EventStatus,
    *,
    attendance: Attendance = Attendance.OWN,
    transparent: bool = False,
    recurring: bool = False,
    is_marked: bool = False,
    mark: str | None = None,
    continues: EventRef | None = None,
    absent: bool = False,
) -> RemoteEvent:
    """An event; two of different content have different versions and digests."""
    facts = f"{when}{title!r}{status[:2]}{attendance[:2]}{transparent:d}{recurring:d}{is_marked:d}{absent:d}"
    return RemoteEvent(
        ref=ref,
        version=Version(f'"{facts}"'),
        digest=f"{uid}{facts}{mark}",
        uid=uid,
        when=ALL_WHENS[when],
        title=title,
        status=status,
        attendance=attendance,
        transparent=transparent,
        recurring=recurring,
        is_marked=is_marked,
        mark=mark,
        continues=continues,
        absent=absent,
        body="the whole text",
    )


@cache
def record(ref: EventRef, kind: RemoteKind, when: int, digest: str) -> RemoteRecord:
    """What is remembered of an object; `when` of -1 is one without an end."""
    ends_at = STRETCHES[when][1] if kind is RemoteKind.BUSY and when >= 0 else None
    return RemoteRecord(
        calendar_id=CALENDAR_ID,
        ref=ref,
        version=Version('"before"'),
        kind=kind,
        digest=digest,
        ends_at=ends_at,
        recurring=kind is RemoteKind.BUSY and when < 0,
        reason="too large" if kind is RemoteKind.QUARANTINED else None,
    )


@cache
def conflict(place: int, field: ConflictField, ref: EventRef | None) -> ConflictRecord:
    return ConflictRecord(
        id=ConflictId(f"open-{place}-{field}"),
        appointment_id=IDS[place],
        calendar_id=CALENDAR_ID,
        field=field,
        base=None,
        ledger=None,
        remote=None,
        since=NOW,
        ref=ref,
    )


@cache
def mirror(when: int) -> Interval:
    return Interval(*STRETCHES[when])
