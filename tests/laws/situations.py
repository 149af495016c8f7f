"""One link in any state whatever, beside any event or none: also states that no history reaches."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import strategies as st
from laws.merge_worlds import OVER, TIMES, agreements
from laws.worlds import World, a_scene

from syncd.core.appointment import Agreed, Flag, Link, LinkState, Origin, Status
from syncd.core.conflict import ConflictField, ConflictRecord
from syncd.core.events import AllDay, EventStatus, Floating, Timed
from syncd.core.ids import ConflictId, EventRef, Uid, Version, remote_uid
from syncd.core.practice import Disclosure, Mode, OnRemoteDelete
from syncd.core.remote import RemoteKind, RemoteRecord
from syncd.testing.builders import an_appointment, an_event

REF = EventRef("/patel-main/the-event.ics")
HOUR = timedelta(hours=1)
WHENS = [Timed(start, end, "Europe/Berlin") for start, end in TIMES]
ODD_WHENS = [
    AllDay(date(2031, 3, 4), date(2031, 3, 5)),
    Floating(TIMES[3][0].replace(tzinfo=None), TIMES[3][1].replace(tzinfo=None)),
    Timed(TIMES[3][0], TIMES[3][0]),
]
TITLES = ["Consultation · J. D. · AID-20310303-0001", "Ask about the knee", "", "Team meeting"]


@st.composite
def situations(
    draw,
    *,
    modes=tuple(Mode),
    policies=(None, *OnRemoteDelete),
    statuses=tuple(Status),
    origins=tuple(Origin),
    states=tuple(LinkState),
    event=None,
    linked=None,
    conflicted=True,
):
    """A world with one appointment. `event`: whether its event is there (None: either); `linked`:
    whether the link knows where (None: either)."""
    scene = a_scene(
        mode=draw(st.sampled_from(modes)),
        on_remote_delete=draw(st.sampled_from(policies)),
        disclosure=draw(st.sampled_from([None, Disclosure.NOTHING, Disclosure.FULL])),
    )
    world = World(scene=scene)
    appointment = draw(appointments(statuses, draw(st.sampled_from(origins))))
    has_ref = draw(st.booleans()) if linked is None else linked
    is_there = draw(st.booleans()) if event is None else event
    link = draw(links(world.scene, appointment, states, has_ref=has_ref))
    if is_there:
        shown = world.show(draw(events(uid=link.uid)))
        if has_ref and draw(st.booleans()):
            link = draw(knowing(link, shown))
    world.link(appointment, link)
    if link.ref is not None:
        world.records[REF] = a_record(appointment, link)
    if link.state in (LinkState.CONFLICT, LinkState.SUSPENDED) and conflicted:
        least = 1 if link.state is LinkState.CONFLICT else 0
        about = draw(st.sets(st.sampled_from(ConflictField), min_size=least))
        world.conflicts = [a_conflict(link, field) for field in sorted(about)]
    return world


@st.composite
def appointments(draw, statuses, origin):
    start, end = draw(st.sampled_from(TIMES))
    adopted = origin is Origin.ADOPTED
    return an_appointment(
        start=start,
        end=end,
        status=draw(st.sampled_from(statuses)),
        version=draw(st.integers(1, 3)),
        title=draw(st.sampled_from(TITLES)) if adopted else None,
        client=None if adopted else an_appointment().client,
        activity_id=None if adopted else an_appointment().activity_id,
        flags=frozenset({Flag.ADOPTED}) if adopted else frozenset(),
    )


@st.composite
def links(draw, scene, appointment, states, *, has_ref):
    adopted = appointment.is_adopted
    uid = Uid("colleague-1") if adopted else remote_uid(appointment.id, scene.calendar.id, 1)
    return Link(
        appointment_id=appointment.id,
        calendar_id=scene.calendar.id,
        uid=uid,
        origin=Origin.ADOPTED if adopted else Origin.OURS,
        ref=REF if has_ref else None,
        version=Version('"before"' if has_ref else ""),
        base=draw(st.none() | agreements(title=draw(st.sampled_from(TITLES)))),
        intended=None if adopted else draw(st.none() | agreements(cancelled=False)),
        state=draw(
            st.sampled_from([each for each in states if not (has_ref and each is LinkState.GONE)])
        ),
        pushed_version=draw(st.integers(0, appointment.version)),
    )


@st.composite
def knowing(draw, link, event):
    """The link of an event that was seen before: compared with, and so its base, or disputed."""
    link = replace(link, version=event.version, digest=event.digest)
    if not event.is_plain:
        return replace(link, state=draw(st.sampled_from([LinkState.CONFLICT, LinkState.SUSPENDED])))
    if link.state is LinkState.CONFLICT:
        return link
    base = Agreed(
        start=event.when.start,
        end=event.when.end,
        title=event.title,
        drafted_title=draw(st.sampled_from([None, *TITLES])),
        cancelled=event.status is EventStatus.CANCELLED,
    )
    return replace(link, base=base, intended=None)


@st.composite
def events(draw, *, uid, plain=None):
    is_plain = draw(st.integers(0, 3)) > 0 if plain is None else plain
    return an_event(
        ref=REF,
        uid=uid,
        when=draw(st.sampled_from(WHENS if is_plain else WHENS + ODD_WHENS)),
        title=draw(st.sampled_from(TITLES)),
        status=draw(st.sampled_from(EventStatus)),
        transparent=draw(st.booleans()),
        recurring=False if is_plain else draw(st.booleans()),
    )


def a_record(appointment, link):
    return RemoteRecord(
        calendar_id=link.calendar_id,
        ref=REF,
        version=link.version,
        digest=link.digest,
        kind=RemoteKind.LINKED,
        uid=link.uid,
        appointment_id=appointment.id,
    )


def a_conflict(link, field):
    return ConflictRecord(
        id=ConflictId(f"open-{field}"),
        appointment_id=link.appointment_id,
        calendar_id=link.calendar_id,
        field=field,
        base=None,
        ledger=None,
        remote=None,
        since=TIMES[0][0],
    )


def only(world):
    """The appointment and link that a situation is about."""
    (appointment,) = world.appointments.values()
    (link,) = world.links.values()
    return appointment, link


LIVE = tuple(status for status in Status if status not in OVER)
