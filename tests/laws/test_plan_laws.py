"""What holds for one round over one link, in whatever state it was found."""

from copy import deepcopy
from dataclasses import replace

from hypothesis import assume, event, given, settings
from laws.merge_worlds import MOVABLE, NOW, OVER, agreements
from laws.situations import LIVE, REF, a_conflict, only, situations
from laws.worlds import NO_BRAKE, times_of

from syncd.core.appointment import LinkState, Origin, Status
from syncd.core.conflict import ConflictField, Resolution
from syncd.core.events import EventStatus, Timed, Unreadable
from syncd.core.ids import Version
from syncd.core.operations import ChangeLink, Op
from syncd.core.plan import fingerprint, make_plan
from syncd.core.practice import Mode, OnRemoteDelete

WRITING = (Mode.TWO_WAY, Mode.PUBLISH)
NOT_BUSY = (Mode.TWO_WAY, Mode.PUBLISH, Mode.IMPORT)


def link_step(world, **kwargs):
    """The one step about the link, or None."""
    steps = [each for each in world.plan(**kwargs).pull if isinstance(each, ChangeLink)]
    assert len(steps) <= 1
    return steps[0] if steps else None


def after_a_round(world):
    world.round()
    return only_first(world)


def only_first(world):
    key = min(world.appointments)
    return world.appointments[key], world.links[key]


# The plan made from its own result is empty, and applying a plan twice equals once.


@settings(max_examples=250)
@given(situations())
def test_the_plan_made_from_its_own_result_is_empty(world):
    """A restore writes in the round that found the loss; nothing needs a third."""
    world.round()
    world.round()

    assert world.plan().is_empty


@settings(max_examples=250)
@given(situations())
def test_a_second_look_at_the_same_world_finds_nothing_new(world):
    world.round(in_full=True)
    world.round()

    again = world.plan(in_full=True)

    assert again.push == ()
    for step in again.pull:
        assert step.op is Op.NOTE
        if isinstance(step, ChangeLink):
            assert (step.link, step.appointment) == (step.link_before, step.before)
            assert step.opens is None
            assert not step.closes


@settings(max_examples=150)
@given(situations())
def test_what_was_applied_before_a_crash_is_recognised_when_it_is_seen_again(world):
    """The cursor was not stored: the same events come again, and applying twice equals once."""
    plan = world.plan(in_full=True)
    world.pull(plan)
    after = deepcopy(world)

    again = world.plan(in_full=True)
    world.pull(again)

    assert world == after
    assert [step.op for step in again.pull if step.op is not Op.NOTE] == []
    writes = [[each.op for each in one.push if each.op is not Op.SETTLE] for one in (plan, again)]
    assert writes[0] == writes[1]


@given(situations())
def test_the_same_picture_gives_the_same_plan_and_fingerprint(world):
    one, other = world.plan(), world.plan()

    assert one == other
    assert fingerprint([one]) == fingerprint([other])


# A cancelled appointment is never resurrected.


@settings(max_examples=150)
@given(situations(statuses=OVER))
def test_nothing_brings_a_cancelled_appointment_back(world):
    before, _ = only(world)

    world.round(in_full=True)
    world.round(in_full=True)

    assert world.appointments[before.id] == before


@given(situations(statuses=OVER, modes=WRITING, conflicted=False, linked=True, event=True))
def test_a_cancelled_appointments_event_is_withdrawn_unless_it_became_something_else(world):
    """Ours is deleted, an adopted one stays as CANCELLED; an odd one is foreign, and so is a revived
    one, unless its calendar only shows what the ledger says."""
    appointment, link = only(world)
    world.links[appointment.id] = replace(link, intended=None)
    shown = world.remote[REF]
    shows_only = world.scene.calendar.mode is Mode.PUBLISH
    revived = link.base is not None and link.base.cancelled and not shows_only

    world.round(in_full=True)
    world.round()

    now = world.remote.get(REF)
    event(f"{link.origin} {shown.status}")
    if not shown.is_plain or (revived and shown.status is not EventStatus.CANCELLED):
        assert now == shown
        assert world.links[appointment.id].state is LinkState.GONE
    elif shown.status is EventStatus.CANCELLED:
        assert now == shown
    elif link.origin is Origin.OURS:
        assert now is None
    else:
        assert now is not None
        assert now.status is EventStatus.CANCELLED
        assert now.transparent
        assert now.title == shown.title


# Changes are whole, counted, and explained.


@settings(max_examples=150)
@given(situations())
def test_a_step_changes_an_appointment_by_one_version_or_not_at_all(world):
    step = link_step(world)
    assume(step is not None)

    changed = step.appointment != step.before
    assert step.appointment.version == step.before.version + changed
    assert changed is (step.op in (Op.MOVE, Op.RETITLE, Op.CANCEL))
    assert step.why
    assert step.link.appointment_id == step.link_before.appointment_id


@given(situations())
def test_a_link_is_clean_in_sync_and_dirty_when_a_write_is_due(world):
    step = link_step(world)
    assume(step is not None)

    clean = step.link.pushed_version == step.appointment.version
    assert clean is (step.link.state is not LinkState.PENDING_WRITE)


@given(situations(event=True, linked=True))
def test_what_was_seen_is_what_the_link_remembers(world):
    step = link_step(world, in_full=True)
    shown = world.remote[REF]

    if step.link.ref is not None:
        assert (step.link.ref, step.link.version, step.link.digest) == (
            shown.ref,
            shown.version,
            shown.digest,
        )
        assert step.link.intended is None


# A conflict: nothing moves, nothing is written, and it is said once.


@settings(max_examples=150)
@given(situations())
def test_while_a_conflict_is_open_nothing_moves(world):
    appointment, link = only(world)
    remote = dict(world.remote)
    step = link_step(world)
    if step is None or step.link.state is not LinkState.CONFLICT:
        return
    event(f"about {step.opens.field if step.opens else 'the same'}")

    world.round()

    assert world.remote == remote
    assert world.appointments[appointment.id] == appointment
    assert world.links[appointment.id].base in (link.base, link.intended)
    assert step.op in (Op.CONFLICT, Op.NOTE)
    assert (step.opens is not None) is (step.op is Op.CONFLICT)
    about = step.opens.field if step.opens else None
    assert all(about not in (None, each.field) for each in step.closes)


@given(situations(conflicted=False))
def test_conflicts_that_end_say_how(world):
    appointment, link = only(world)
    world.conflicts = [a_conflict(link, ConflictField.TIME)]
    step = link_step(world, in_full=True)
    assume(step is not None)

    if step.link.state is LinkState.CONFLICT:
        assert step.resolution in (None, Resolution.SUPERSEDED)
    elif step.closes:
        assert step.resolution in (Resolution.AGREED, Resolution.LEDGER)
        assert (step.resolution is Resolution.LEDGER) >= appointment.is_over


@given(
    situations(
        modes=NOT_BUSY,
        policies=(OnRemoteDelete.CANCEL, OnRemoteDelete.ASK),
        statuses=MOVABLE,
        conflicted=False,
        linked=True,
    )
)
def test_what_a_person_has_yet_to_decide_is_not_cancelled_meanwhile(world):
    """Moving the appointment back to where it was does not mean that it should go."""
    appointment, link = only(world)
    world.conflicts = [a_conflict(link, ConflictField.STATUS)]

    step = link_step(world, in_full=True)

    assert step.op is not Op.CANCEL
    assert step.appointment.status is appointment.status


# Each removal counts once for the brake.


@settings(max_examples=150)
@given(situations(event=False, linked=True))
def test_a_vanished_event_counts_for_the_brake_if_it_was_still_to_come(world):
    appointment, _ = only(world)

    step = link_step(world)

    assert step.removed_while_live is (not appointment.is_over and appointment.end > NOW)


@given(situations(event=True, linked=True))
def test_a_cancellation_counts_for_the_brake_if_it_was_still_to_come(world):
    appointment, _ = only(world)
    step = link_step(world, in_full=True)

    assert step.removed_while_live is (step.op is Op.CANCEL and appointment.end > NOW)


@given(situations(event=False, linked=False, states=(LinkState.CONFLICT,)))
def test_what_was_gone_before_does_not_count_again(world):
    step = link_step(world)
    assume(step is not None)

    assert not step.removed_while_live


# A lost answer makes no conflict.


@settings(max_examples=150)
@given(
    situations(
        modes=WRITING,
        statuses=LIVE,
        origins=(Origin.OURS,),
        event=True,
        linked=True,
        conflicted=False,
    ),
    agreements(cancelled=False),
)
def test_a_write_that_took_effect_though_its_answer_was_lost_is_no_conflict(world, wish):
    """The event shows just what was intended; the ledger may have moved on since."""
    appointment, link = only(world)
    world.link(appointment, replace(link, intended=wish))
    world.show(
        replace(
            world.remote[REF],
            when=Timed(wish.start, wish.end, "Europe/Berlin"),
            title=wish.title,
            status=EventStatus.CONFIRMED,
            recurring=False,
        )
    )

    step = link_step(world)

    assert step.op is Op.NOTE
    assert step.opens is None
    assert step.appointment == appointment
    assert (step.link.base.start, step.link.base.end) == (wish.start, wish.end)


@given(situations(modes=WRITING, statuses=LIVE, event=True, linked=True, conflicted=False))
def test_a_first_meeting_leaves_a_base_behind(world):
    appointment, link = only(world)
    world.links[appointment.id] = replace(link, base=None, intended=None)
    shown = world.remote[REF]
    step = link_step(world, in_full=True)
    assume(step.link.state is not LinkState.CONFLICT)

    assert step.link.base is not None
    assert (step.link.base.start, step.link.base.end) == times_of(shown)
    assert step.link.base.title == shown.title
    assert step.link.base.cancelled is (shown.status is EventStatus.CANCELLED)


@given(
    situations(
        modes=(Mode.TWO_WAY,),
        statuses=(Status.BOOKED,),
        origins=(Origin.OURS,),
        event=True,
        linked=True,
        conflicted=False,
    )
)
def test_a_first_meeting_of_sides_that_agree_writes_nothing(world):
    appointment, link = only(world)
    world.links[appointment.id] = replace(link, base=None, intended=None)
    world.show(
        replace(
            world.remote[REF],
            when=Timed(appointment.start, appointment.end, "Europe/Berlin"),
            title=world.scene.title(link, appointment),
            status=EventStatus.CONFIRMED,
            recurring=False,
        )
    )

    world.round()

    assert world.writes == 0
    assert world.links[appointment.id].state is LinkState.IN_SYNC


# No write without a condition where the resource is known.


@settings(max_examples=150)
@given(situations())
def test_each_write_names_the_version_that_it_replaces(world):
    plan = world.plan()
    links = {
        step.link.appointment_id: step.link for step in plan.pull if isinstance(step, ChangeLink)
    }

    for step in plan.push:
        link = links.get(step.link.appointment_id) or world.links[step.link.appointment_id]
        match step.op:
            case Op.CREATE:
                assert step.link.ref is None
                assert step.draft is not None
                assert step.draft.uid == step.link.uid
                assert step.base is not None
            case Op.UPDATE:
                assert (step.link.ref, step.link.version) == (link.ref, link.version)
                assert step.draft is not None
                assert step.base is not None
            case Op.DELETE:
                assert (step.link.ref, step.link.version) == (link.ref, link.version)
                assert step.link.origin is Origin.OURS
                assert step.draft is None
            case _:
                assert step.op is Op.SETTLE


@given(situations(modes=(Mode.IMPORT, Mode.BUSY)))
def test_a_calendar_that_is_not_written_to_only_settles(world):
    assert {step.op for step in world.plan(in_full=True).push} <= {Op.SETTLE}


@given(situations(statuses=(Status.PROPOSED,)))
def test_a_hold_is_not_written(world):
    assert world.plan().push == ()


@given(
    situations(
        states=(LinkState.CONFLICT, LinkState.SUSPENDED, LinkState.GONE), event=False, linked=False
    )
)
def test_what_is_held_back_is_not_written(world):
    _, link = only(world)
    world.conflicts = []
    picture = replace(world.look(), reconsidered=(), dirty=(world._pair(link),))

    assert make_plan(picture, limits=NO_BRAKE).push == ()


@given(situations(origins=(Origin.ADOPTED,), modes=WRITING, statuses=LIVE))
def test_a_strangers_title_and_status_are_never_written(world):
    """Unless it was cancelled and stands again, or is created anew under our own name."""
    for step in world.plan(in_full=True).push:
        if step.op is Op.UPDATE:
            assert step.draft.title is None
            assert step.draft.status is None or step.link.base.cancelled
            assert step.draft.mark == ""


# What cannot be read.


@given(situations(event=True, linked=True))
def test_a_linked_event_that_cannot_be_read_is_left_alone(world):
    appointment, link = only(world)
    item = Unreadable(ref=REF, version=Version('"odd"'), reason="too large")
    picture = replace(world.look(), seen=(item,), gone=frozenset())
    plan = make_plan(replace(picture, pairs={REF: world._pair(link)}), limits=NO_BRAKE)

    (step,) = plan.pull
    assert step.link.state is LinkState.SUSPENDED
    assert step.appointment == appointment
    assert step.link.base == link.base
    assert step.op is (Op.NOTE if link.state is LinkState.SUSPENDED else Op.QUARANTINE)
    assert plan.push == ()
