"""What is true of every plan, as functions of a picture and its plan: one law, one function.

Each raises AssertionError where its law is broken. Hypothesis asks them, and so does the fast loop.
They say what must be, in the words of the promises, and use nothing of the planner's own reasoning.
"""

from collections.abc import Callable

from laws.picture_values import NO_BRAKE
from laws.plan_steps import Case, shown_times

from syncd.core.appointment import Flag, LinkState, Origin, Status
from syncd.core.conflict import Resolution
from syncd.core.events import EventStatus, RemoteEvent
from syncd.core.operations import Op
from syncd.core.plan import make_plan
from syncd.core.practice import Mode, OnRemoteDelete
from syncd.core.remote import RemoteKind

Law = Callable[[Case], None]
MOVABLE = (Status.PENDING, Status.BOOKED)


def a_plan_is_for_its_calendar(case: Case) -> None:
    assert case.plan.calendar_id == case.picture.scene.calendar.id
    for step in case.links.values():
        assert step.link.calendar_id == step.link_before.calendar_id
        assert step.link.appointment_id == step.appointment.id == step.before.id


def every_object_that_was_seen_is_answered_once(case: Case) -> None:
    seen = {item.ref for item in case.picture.seen}
    known = {
        item.ref
        for item in case.picture.seen
        if not isinstance(item, RemoteEvent)
        and (record := case.picture.records.get(item.ref)) is not None
        and record.kind is RemoteKind.QUARANTINED
    }
    assert len(case.answered) == len(set(case.answered)), "an object is answered twice"
    answered = set(case.answered) - case.left_unseen
    assert seen - known <= answered <= seen, "an object is not answered"


def every_link_whose_event_is_gone_is_answered(case: Case) -> None:
    picture = case.picture
    for ref in picture.gone:
        pair = picture.pairs.get(ref)
        if pair is not None:
            assert pair.appointment.id in case.links, "nobody speaks of a link that lost its event"
        elif ref in picture.records:
            assert any(each.forget and each.ref == ref for each in case.objects)


def nothing_changes_without_evidence(case: Case) -> None:
    """An appointment's link changes only if its event was seen, is gone for certain or was looked
    at again."""
    picture = case.picture
    looked_at = {each.appointment.id for each in picture.pairs.values()}
    looked_at |= {each.appointment.id for each in picture.pairs_by_uid.values()}
    looked_at |= {each.appointment.id for each in picture.reconsidered}
    assert case.links.keys() <= looked_at
    seen = {item.ref for item in picture.seen}
    for step in case.links.values():
        lost = step.link_before.ref
        if step.event is None and step.link.state is not LinkState.SUSPENDED:
            assert lost is None or lost in picture.gone or lost in seen, "an event is not gone"
    for each in case.objects:
        assert not each.forget or each.ref in picture.gone or each.ref not in seen


def each_event_has_one_appointment(case: Case) -> None:
    places = [each.link.ref for each in case.links.values() if each.link.ref is not None]
    places += [each.event.ref for each in case.adopted]
    assert len(places) == len(set(places))


def a_change_is_one_version_and_has_a_name(case: Case) -> None:
    for step in case.links.values():
        changed = step.appointment is not step.before and step.appointment != step.before
        assert step.appointment.version == step.before.version + changed
        assert changed is (step.op in (Op.MOVE, Op.CONFIRM, Op.NO_SHOW, Op.RETITLE, Op.CANCEL))
        assert step.why


def an_appointment_that_is_over_stays_as_it_is(case: Case) -> None:
    for step in case.links.values():
        assert not step.before.is_over or step.appointment == step.before


def a_move_takes_the_events_time(case: Case) -> None:
    for step in case.links.values():
        before, after = step.before, step.appointment
        if step.op is Op.MOVE:
            assert (after.start, after.end) == shown_times(step.event)
            assert before.status in MOVABLE
            asks = step.event.status is EventStatus.TENTATIVE
            if after.status is Status.NOSHOW:
                assert step.event.absent
            elif before.status is not after.status:
                assert case.picture.scene.hears_yes
                assert after.status is (Status.PENDING if asks else Status.BOOKED)
            elif case.picture.scene.hears_yes and after.status is Status.BOOKED:
                assert not asks, "agreed to at a time that nobody agreed to"
            assert case.mode in (Mode.TWO_WAY, Mode.IMPORT)
            assert after.flags ^ before.flags <= {Flag.OUTSIDE_HOURS}
            outside = case.picture.scene.is_outside_hours(after.interval)
            assert (Flag.OUTSIDE_HOURS in after.flags) is outside
        else:
            assert after.flags == before.flags
            assert (after.start, after.end) == (before.start, before.end)


def a_yes_is_taken_from_whoever_was_asked(case: Case) -> None:
    scene = case.picture.scene
    for step in case.links.values():
        base, event = step.link_before.base, step.event
        became = (step.before.status, step.appointment.status)
        if step.op is Op.CONFIRM:
            assert became == (Status.PENDING, Status.BOOKED)
        if became == (Status.PENDING, Status.BOOKED):
            assert scene.hears_yes
            assert base.tentative
            assert event.status is EventStatus.CONFIRMED
            assert shown_times(event) == (step.appointment.start, step.appointment.end)
        elif became[1] is Status.NOSHOW is not became[0]:
            assert step.op in (Op.NO_SHOW, Op.MOVE)
            assert scene.hears_absence
            assert event.absent
            assert step.before.status in (Status.PENDING, Status.BOOKED, Status.ARRIVED)
            assert step.before.status is not Status.PENDING or base.tentative
            assert step.appointment.start <= case.now
        elif step.op is not Op.CANCEL and became != (Status.BOOKED, Status.PENDING):
            assert step.before.status is step.appointment.status
        settled = event is not None and step.link.state is not LinkState.CONFLICT
        if settled and step.link.ref is not None and scene.hears_yes:
            assert step.link.base.tentative is (event.status is EventStatus.TENTATIVE)


def a_move_in_the_calendar_alone_is_taken(case: Case) -> None:
    for step in case.links.values():
        base, shown = step.link_before.base, shown_times(step.event)
        if base is None or shown is None or not step.event.is_plain or base.cancelled:
            continue
        if (
            case.mode in (Mode.TWO_WAY, Mode.IMPORT)
            and step.event.status is not EventStatus.CANCELLED
            and (base.start, base.end) == (step.before.start, step.before.end) != shown
            and step.before.status in MOVABLE
        ):
            assert step.op is Op.MOVE


def a_new_title_of_an_adopted_event_is_taken(case: Case) -> None:
    """Also while it is cancelled, and its appointment stands all the same."""
    for step in case.links.values():
        base, event = step.link_before.base, step.event
        if event is None or step.link.state is LinkState.CONFLICT or step.link.ref is None:
            continue
        adopted = step.link_before.origin is Origin.ADOPTED
        renamed = adopted and base is not None and event.title != base.title
        if renamed and not step.before.is_over and step.op is not Op.CANCEL:
            assert step.appointment.title == event.title
        else:
            assert step.appointment.title == step.before.title


def a_rule_overrules_only_where_the_ledger_writes(case: Case) -> None:
    for step in case.links.values():
        opens = step.opens
        if opens is not None and opens.resolution is not None:
            assert case.mode in (Mode.TWO_WAY, Mode.PUBLISH)
            assert opens.resolution is Resolution.LEDGER
            assert opens.event is step.event
            assert step.op is not Op.CONFLICT


def a_cancellation_is_taken_only_by_policy_and_only_untouched(case: Case) -> None:
    for step in case.links.values():
        if step.op is not Op.CANCEL:
            continue
        base = step.link_before.base
        assert step.before.status in MOVABLE
        assert step.appointment.status is Status.CANCELLED
        assert case.picture.scene.calendar.deletion_policy is OnRemoteDelete.CANCEL
        assert base is not None
        assert (base.start, base.end) == (step.before.start, step.before.end)
        assert not (
            case.picture.scene.hears_yes and base.tentative and step.before.status is Status.BOOKED
        )
        assert step.event is None or step.event.status is EventStatus.CANCELLED


def a_link_is_clean_unless_a_write_is_due(case: Case) -> None:
    for step in case.links.values():
        clean = step.link.pushed_version == step.appointment.version
        if step.link.state is not LinkState.SUSPENDED:
            assert clean is (step.link.state is not LinkState.PENDING_WRITE)
        if step.link.state is LinkState.PENDING_WRITE:
            assert step.link.pushed_version == 0
        if step.op is Op.UNLINK:
            assert (step.link.ref, step.link.intended) == (None, None)
            assert step.link.state is LinkState.GONE


def while_a_conflict_is_open_nothing_moves(case: Case) -> None:
    for key, step in case.links.items():
        if step.link.state is LinkState.CONFLICT:
            assert step.appointment == step.before
            assert step.link.base == step.link_before.base
            assert step.op in (Op.CONFLICT, Op.NOTE)
            assert (step.opens is not None) is (step.op is Op.CONFLICT)
            assert key not in case.writes


def what_was_seen_is_what_the_link_remembers(case: Case) -> None:
    for step in case.links.values():
        event, link = step.event, step.link
        if event is not None and link.ref is not None:
            assert (link.ref, link.version, link.digest) == (event.ref, event.version, event.digest)
            assert link.intended is None
            before = step.link_before
            assert link.uid == (before.uid if before.ref == event.ref else event.uid)
            if link.state is not LinkState.CONFLICT:
                assert link.base is not None
                assert (link.base.start, link.base.end) == shown_times(event)
                assert link.base.title == event.title
                assert link.base.cancelled is (event.status is EventStatus.CANCELLED)
        elif event is None and link.state is not LinkState.SUSPENDED:
            assert (link.ref, link.version, link.digest) == (None, "", "")
            assert link.intended is None


def removals_count_once_for_the_brake(case: Case) -> None:
    now = case.now
    for step in case.links.values():
        to_come = not step.before.is_over and step.before.end > now
        if step.link.state is LinkState.SUSPENDED:
            counts = False
        elif step.event is None:
            counts = step.link_before.ref is not None  # else it was gone before
        else:
            counts = step.op is Op.CANCEL
        assert step.removed_while_live is (to_come and counts)
    for each in case.objects:
        record = case.picture.records.get(each.record.ref)
        if each.removed_while_live:
            assert each.forget
            assert each.op is Op.UNBLOCK
            assert record is not None
            assert record.ends_at is None or record.ends_at > now


def a_conflict_ends_with_a_word_how(case: Case) -> None:
    for step in case.links.values():
        assert (step.resolution is not None) is bool(step.closes)
        about = step.opens.field if step.opens is not None else None
        if step.link.state is LinkState.CONFLICT:
            assert all(each.field is not about for each in step.closes)


def the_brake_holds_just_too_many_removals(case: Case) -> None:
    if case.limits is NO_BRAKE and case.plan.refused is None:
        return
    limits, live = case.limits, case.picture.live
    pull = make_plan(case.picture, limits=limits, released=True).pull
    removals = sum(getattr(each, "removed_while_live", False) for each in pull)
    if live == 0:  # nobody counted
        too_many = removals > limits.count
    else:
        live = max(live, removals)
        too_many = removals > limits.count and removals > int(limits.ratio * live)
        too_many |= removals == live >= limits.empty_from
    held = too_many and removals > 0 and not case.released
    assert (case.plan.refused is not None) is held


def a_plan_that_is_held_back_does_nothing(case: Case) -> None:
    """The only law of a calendar that the brake holds, since there all others want steps."""
    the_brake_holds_just_too_many_removals(case)
    assert case.plan.refused
    assert case.plan.calendar_id == case.picture.scene.calendar.id
    assert not case.released
    assert not case.plan.pull
    assert not case.plan.push
    assert case.plan.steps == ()
    assert not case.plan.is_empty


PULL_LAWS: tuple[Law, ...] = (
    a_plan_is_for_its_calendar,
    the_brake_holds_just_too_many_removals,
    every_object_that_was_seen_is_answered_once,
    every_link_whose_event_is_gone_is_answered,
    nothing_changes_without_evidence,
    each_event_has_one_appointment,
    a_change_is_one_version_and_has_a_name,
    an_appointment_that_is_over_stays_as_it_is,
    a_move_takes_the_events_time,
    a_yes_is_taken_from_whoever_was_asked,
    a_move_in_the_calendar_alone_is_taken,
    a_new_title_of_an_adopted_event_is_taken,
    a_rule_overrules_only_where_the_ledger_writes,
    a_cancellation_is_taken_only_by_policy_and_only_untouched,
    a_link_is_clean_unless_a_write_is_due,
    while_a_conflict_is_open_nothing_moves,
    what_was_seen_is_what_the_link_remembers,
    removals_count_once_for_the_brake,
    a_conflict_ends_with_a_word_how,
)
