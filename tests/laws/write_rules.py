"""What is true of every write that a plan asks for: one law, one function, as in `plan_rules`."""

from datetime import timedelta

from laws.plan_steps import Case, shown_times, stands_at

from syncd.core.appointment import LinkState, Origin, Status
from syncd.core.conflict import ConflictField
from syncd.core.events import EventStatus
from syncd.core.operations import Op
from syncd.core.practice import Mode

WRITING = (Mode.TWO_WAY, Mode.PUBLISH)
HELD = (LinkState.CONFLICT, LinkState.SUSPENDED, LinkState.GONE)


def a_link_is_written_or_settled_just_when_it_differs_and_may_be(case: Case) -> None:
    """What a pull left clean is not written; what is dirty and not held back is, or is settled."""
    due = {}
    for pair in case.picture.dirty:
        due[pair.appointment.id] = (pair.link, pair.appointment)
    for key, step in case.links.items():
        if key in due or step.link.state is LinkState.PENDING_WRITE:
            due[key] = (step.link, step.appointment)
    expected = {
        key
        for key, (link, appointment) in due.items()
        if link.pushed_version != appointment.version
        and link.state not in HELD
        and appointment.status is not Status.PROPOSED
    }
    assert case.writes.keys() == expected


def writes_come_in_the_order_of_numbers(case: Case) -> None:
    numbers = [each.appointment.number for each in case.plan.push]
    assert numbers == sorted(numbers)


def only_a_calendar_that_is_written_to_is_written_to(case: Case) -> None:
    for write in case.plan.push:
        assert case.mode in WRITING or write.op is Op.SETTLE


def each_write_names_what_it_replaces(case: Case) -> None:
    for key, write in case.writes.items():
        step = case.links.get(key)
        link = write.link
        assert write.why
        if write.draft is not None:
            assert write.draft.uid == link.uid
            assert write.draft.zone == write.appointment.timezone
        if write.op is Op.CREATE:
            assert (link.ref, link.version) == (None, "")
            assert link.origin is Origin.OURS, "a stranger's identity is not ours to create under"
        elif write.op in (Op.UPDATE, Op.DELETE):
            assert link.ref is not None
            seen = step.event if step is not None else None
            if seen is not None:
                assert (link.ref, link.version) == (seen.ref, seen.version)


def what_is_over_is_withdrawn_and_nothing_else_is(case: Case) -> None:
    for write in case.plan.push:
        over, ours = write.appointment.is_over, write.link.origin is Origin.OURS
        cancelled = write.link.base is not None and write.link.base.cancelled
        if write.op is Op.DELETE:
            assert over
            assert ours
            assert write.draft is None
            assert write.base is None
        elif over and write.op is Op.UPDATE:
            assert not ours
            assert write.draft.status is EventStatus.CANCELLED
            assert write.draft.transparent is True
            assert write.base.cancelled
        elif over:
            assert write.op is Op.SETTLE
            assert write.link.ref is None or cancelled or case.mode not in WRITING
        elif write.draft is not None:
            assert write.draft.status is not EventStatus.CANCELLED
            assert not write.base.cancelled


def what_stands_is_shown_as_it_stands(case: Case) -> None:
    """After its step an event has the appointment's time, and the base says so."""
    for write in case.plan.push:
        if write.appointment.is_over or case.mode not in WRITING:
            continue
        if write.draft is not None:
            assert (write.draft.start, write.draft.end) == stands_at(write)
            assert (write.base.start, write.base.end) == stands_at(write)
            pending = write.appointment.status is Status.PENDING
            if write.draft.status is not None:
                assert (write.draft.status is EventStatus.TENTATIVE) is pending
                ours = write.link.origin is Origin.OURS
                revives = write.link.base is not None and write.link.base.cancelled
                assert write.draft.transparent is (False if ours or revives else None)
            assert write.base.tentative is (write.draft.status is EventStatus.TENTATIVE)
        else:
            assert write.op is Op.SETTLE
            if write.link.ref is None:
                assert write.appointment.end < case.now - timedelta(days=7)
            else:
                assert (write.base.start, write.base.end) == stands_at(write)
                assert not write.base.cancelled


def what_shows_it_already_is_not_written(case: Case) -> None:
    for write in case.plan.push:
        base = write.link.base
        if write.op is not Op.UPDATE or base is None or write.appointment.is_over:
            continue
        draft, pending = write.draft, write.appointment.status is Status.PENDING
        ours = write.link.origin is Origin.OURS
        hears = case.picture.scene.hears_yes
        assert (
            (base.start, base.end) != stands_at(write)
            or base.cancelled
            or (draft.title is not None and ours)
            or (base.tentative is not pending and ours and not hears)
            or (base.tentative and not pending and hears)
            or draft.absent is not None
        )


def what_ended_long_ago_is_not_published(case: Case) -> None:
    for write in case.plan.push:
        if write.op is Op.CREATE:
            assert write.appointment.end >= case.now - timedelta(days=7)


def a_strangers_words_are_left_alone(case: Case) -> None:
    for write in case.plan.push:
        if write.op is Op.UPDATE and write.link.origin is Origin.ADOPTED:
            assert write.draft.title is None
            assert write.draft.mark == ""
            if not write.appointment.is_over:
                revives = write.link.base is not None and write.link.base.cancelled
                hears = case.picture.scene.hears_yes
                assert (write.draft.status is not None) is (revives or hears)


def our_events_say_whose_they_are(case: Case) -> None:
    for write in case.plan.push:
        stays = write.draft is not None and not write.appointment.is_over
        if stays and write.link.origin is Origin.OURS:
            assert write.draft.mark == write.appointment.id
            assert write.draft.zone == write.appointment.timezone


def a_title_that_is_written_is_the_one_that_is_wanted(case: Case) -> None:
    for write in case.plan.push:
        if write.draft is None or write.appointment.is_over:
            continue
        wanted = case.picture.scene.title(write.link, write.appointment)
        base = write.link.base
        if write.draft.title is None:
            assert wanted is None or (base is not None and base.drafted_title == wanted)
            assert write.base.title == (base.title if base is not None else "")
        else:
            assert write.draft.title == write.base.title == (wanted or "")
        assert write.base.drafted_title == wanted


def a_version_that_is_overruled_is_kept(case: Case) -> None:
    """Of what a write replaces, everything was agreed upon before, or stands in a conflict."""
    for key, write in case.writes.items():
        step = case.links.get(key)
        if step is None or step.event is None or write.op not in (Op.UPDATE, Op.DELETE):
            continue
        event, base = step.event, step.link_before.base
        known = (base.start, base.end) if base is not None else stands_at(write)
        wanted = case.picture.scene.title(step.link_before, step.before)
        title = base.title if base is not None else wanted
        replaces_title = write.op is Op.DELETE or write.draft.title not in (None, event.title)
        replaces_time = write.op is Op.DELETE or shown_times(event) != stands_at(write)
        lost = replaces_time and shown_times(event) != known
        lost |= replaces_title and title is not None and event.title.strip() != title.strip()
        revived = write.draft is not None and write.draft.status not in (
            None,
            EventStatus.CANCELLED,
        )
        asked = base is not None and base.tentative and case.picture.scene.hears_yes
        lost |= asked and event.status is EventStatus.CONFIRMED and write.op is Op.DELETE
        lost |= (
            revived
            and event.status is EventStatus.CANCELLED
            and not (base is not None and base.cancelled)
        )
        if lost:
            assert step.opens is not None
            assert step.opens.event == event


def nothing_is_kept_as_overruled_that_no_write_replaces(case: Case) -> None:
    for key, step in case.links.items():
        if step.before.status is Status.PROPOSED:
            continue  # a hold has no event
        if step.opens is not None and step.opens.resolution is not None:
            write = case.writes.get(key)
            assert write is not None
            assert write.op in (Op.UPDATE, Op.DELETE)
            ours = step.link_before.origin is Origin.OURS
            assert ours or step.opens.field is not ConflictField.TITLE


WRITE_LAWS = (
    a_link_is_written_or_settled_just_when_it_differs_and_may_be,
    writes_come_in_the_order_of_numbers,
    only_a_calendar_that_is_written_to_is_written_to,
    each_write_names_what_it_replaces,
    what_is_over_is_withdrawn_and_nothing_else_is,
    what_stands_is_shown_as_it_stands,
    what_shows_it_already_is_not_written,
    what_ended_long_ago_is_not_published,
    a_strangers_words_are_left_alone,
    our_events_say_whose_they_are,
    a_title_that_is_written_is_the_one_that_is_wanted,
    a_version_that_is_overruled_is_kept,
    nothing_is_kept_as_overruled_that_no_write_replaces,
)
