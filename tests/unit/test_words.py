"""The words and numbers that stand in ledgers, configurations and answers: they never change by
accident, since others wrote them down."""

import re
from dataclasses import replace
from datetime import timedelta

from laws.situations import a_conflict
from laws.world_state import a_scene

from syncd.core import errors
from syncd.core.actions import GIVEN_BACK, RULES, Action, Moment
from syncd.core.adoption import Meaning
from syncd.core.appointment import (
    EXEMPT_FROM_OVERLAP,
    HOLDS_TIME,
    Acknowledgement,
    Agreed,
    Flag,
    LinkState,
    Origin,
    Party,
    Payment,
    Status,
)
from syncd.core.brake import BrakeLimits
from syncd.core.conflict import ConflictField, Resolution
from syncd.core.details import MeetingType, Required
from syncd.core.disclosure import SEPARATOR
from syncd.core.events import Attendance, EventStatus, RemoteEvent
from syncd.core.journal import FIRST_HASH, PERSONAL_FIELDS, SALT_SIZE, JournalReport
from syncd.core.lifecycle import Windows
from syncd.core.merge import Cancellation, Merged, RemoteSide, Removal, Verdict
from syncd.core.operations import REMOVING, SILENT, ChangeObject, Op
from syncd.core.practice import Adopt, Disclosure, Mode, OnRemoteDelete, Practitioner, StalePolicy
from syncd.core.push import HELD_BACK
from syncd.core.remote import CalendarState, RemoteKind, RemoteRecord
from syncd.core.scene import PUBLISH_FROM, Picture
from syncd.core.schedule import OpeningHours, ScheduleException, Weekday
from syncd.core.time import LocalTime
from syncd.testing.builders import (
    MONDAY_DATE,
    a_calendar,
    a_link,
    a_practice,
    a_practitioner,
    a_remote_record,
    an_activity,
    an_appointment,
    an_event,
)

WORDS = {
    Action: "hold book confirm reject cancel reschedule amend arrive check-in check-out complete"
    " no-show acknowledge dispute verify pay refund undo mark-in-error",
    Status: "proposed pending booked arrived checked-in fulfilled cancelled noshow"
    " entered-in-error",
    Payment: "none due authorized captured refunded voided",
    Acknowledgement: "not-required awaiting accepted disputed overridden",
    LinkState: "pending-write in-sync conflict suspended gone",
    Flag: "overbooked overlap outside-hours adopted",
    MeetingType: "in-person video audio chat",
    Required: "phone address",
    Party: "client guardian practitioner admin system",
    Origin: "ours adopted",
    Meaning: "adopt busy mirror nothing",
    ConflictField: "time status title kind",
    Resolution: "ledger remote agreed superseded",
    EventStatus: "TENTATIVE CONFIRMED CANCELLED",
    Attendance: "own invited declined",
    Removal: "none cancelled gone",
    Op: "adopt move confirm no-show cancel retitle unlink relink conflict agree block unblock quarantine note"
    " create update delete settle",
    Mode: "two-way publish import busy",
    Adopt: "all marked none",
    OnRemoteDelete: "cancel restore ask",
    Disclosure: "nothing busy number initials full",
    StalePolicy: "withheld tentative",
    RemoteKind: "linked busy mirror ignored quarantined",
    LocalTime: "plain gap fold",
}
PHRASES = {
    Moment: [
        "any",
        "for clients before the start",
        "not before the start",
        "not before the start plus the grace time",
        "around the start",
    ],
    Verdict: ["keep", "take remote", "push ledger", "conflict"],
    Cancellation: [
        "agreed",
        "cancel the appointment",
        "cancel the event",
        "restore the event",
        "unlink",
        "revived",
        "hold",
        "conflict",
    ],
}


def test_every_word_is_the_one_that_was_written_down():
    found = {each: [str(value) for value in each] for each in (*WORDS, *PHRASES)}

    assert found == {each: words.split() for each, words in WORDS.items()} | PHRASES


def test_weekdays_count_from_monday():
    assert [(each.name, each.value) for each in Weekday] == [
        (name, count)
        for count, name in enumerate(["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"])
    ]


def test_every_code_is_the_one_that_was_written_down():
    codes = {
        name: each.code
        for name, each in vars(errors).items()
        if isinstance(each, type) and issubclass(each, errors.SyncdError)
    }

    assert codes == {
        "SyncdError": "ERROR",
        "Refused": "REFUSED",
        "NotAllowed": "INVALID_TRANSITION",
        "SlotTaken": "SLOT_UNAVAILABLE",
        "OutsideOpeningHours": "OUTSIDE_BUSINESS_HOURS",
        "NotOffered": "NOT_OFFERED",
        "NoticeTooShort": "NOTICE_TOO_SHORT",
        "TooFarAhead": "TOO_FAR_AHEAD",
        "LimitReached": "LIMIT_REACHED",
        "TooManyAhead": "MAX_APPTS_PER_PATIENT",
        "NoRelationship": "NO_RELATIONSHIP",
        "CalendarStale": "CALENDAR_STALE",
        "BookingOff": "MODULE_DISABLED",
        "NotPermitted": "NOT_PERMITTED",
        "TooEarly": "TOO_EARLY",
        "TooLate": "TOO_LATE",
        "OutsideCheckIn": "CHECKIN_WINDOW",
        "HoldExpired": "HOLD_EXPIRED",
        "PastTime": "PAST_DATETIME",
        "ReasonRequired": "REASON_REQUIRED",
        "Unknown": "NOT_FOUND",
        "Invalid": "VALIDATION_ERROR",
        "AlreadyThere": "ALREADY_EXISTS",
        "KeptByFile": "KEPT_BY_FILE",
        "VersionConflict": "VERSION_CONFLICT",
        "Unauthenticated": "UNAUTHENTICATED",
        "IdempotencyMismatch": "IDEMPOTENCY_MISMATCH",
        "PlanMoved": "PLAN_MOVED",
        "NeedsLogin": "NEEDS_LOGIN",
        "Forbidden": "CALENDAR_FORBIDDEN",
        "Rejected": "EVENT_REJECTED",
        "Unsupported": "UNSUPPORTED",
        "Unavailable": "UNAVAILABLE",
        "TooOften": "TOO_OFTEN",
        "Transient": "CALENDAR_UNAVAILABLE",
        "RateLimited": "RATE_LIMITED",
        "Locked": "LOCKED",
        "LeaseLost": "LEASE_LOST",
        "LedgerAway": "LEDGER_UNAVAILABLE",
        "Broken": "BROKEN",
        "SchemaMismatch": "SCHEMA_MISMATCH",
        "LedgerUnwritable": "LEDGER_UNWRITABLE",
        "LedgerDamaged": "LEDGER_DAMAGED",
    }


def test_sets_hold_just_what_they_are_named_for():
    assert set(Status) - HOLDS_TIME == {Status.CANCELLED, Status.NOSHOW, Status.ENTERED_IN_ERROR}
    assert {Flag.OVERBOOKED, Flag.OVERLAP} == EXEMPT_FROM_OVERLAP
    assert {LinkState.CONFLICT, LinkState.SUSPENDED, LinkState.GONE} == HELD_BACK
    assert {Op.NOTE, Op.SETTLE} == SILENT
    assert {Op.CANCEL, Op.UNBLOCK, Op.UNLINK} == REMOVING
    assert {"name", "email", "phone", "title", "reason", "answers"} == PERSONAL_FIELDS
    assert GIVEN_BACK == {
        Payment.DUE: Payment.VOIDED,
        Payment.AUTHORIZED: Payment.VOIDED,
        Payment.CAPTURED: Payment.REFUNDED,
    }


def test_limits_are_those_that_were_promised():
    assert BrakeLimits() == BrakeLimits(count=5, ratio=0.1, empty_from=2)
    assert Windows() == Windows(
        check_in_before=timedelta(minutes=30),
        check_in_after=timedelta(minutes=30),
        no_show_grace=timedelta(0),
        late_notice=timedelta(hours=24),
    )
    assert timedelta(days=7) == PUBLISH_FROM
    assert (SALT_SIZE, FIRST_HASH, SEPARATOR) == (16, "0" * 64, " · ")
    assert re.fullmatch(r"[0-9a-f]{64}", FIRST_HASH)


def test_what_is_not_said_means_the_plain_thing():
    calendar, practice, practitioner = a_calendar(), a_practice(), a_practitioner()
    activity, link, event = an_activity(), a_link(), an_event()
    appointment = an_appointment()

    assert (calendar.mode, calendar.adopt, calendar.active) == (Mode.TWO_WAY, Adopt.ALL, True)
    assert (calendar.on_remote_delete, calendar.disclosure) == (None, None)
    assert calendar.poll_every == timedelta(minutes=5)
    assert (calendar.stale_after, calendar.stale_policy) == (timedelta(hours=1), "withheld")
    assert calendar.settings == {}
    assert (practice.locale, practice.number_prefix) == ("en", "AID")
    assert practitioner.active
    bare = Practitioner(id=practitioner.id, name=practitioner.name, timezone="Europe/Berlin")
    assert bare == replace(practitioner, hours=OpeningHours())
    assert ScheduleException(day=MONDAY_DATE) == ScheduleException(
        day=MONDAY_DATE, windows=(), reason=""
    )
    assert activity.active
    assert not activity.needs_confirmation
    assert (link.generation, link.version, link.digest) == (1, "", "")
    assert (link.state, link.pushed_version, link.attempts) == ("pending-write", 0, 0)
    assert (event.status, event.attendance) == (EventStatus.CONFIRMED, Attendance.OWN)
    assert (event.transparent, event.recurring, event.is_marked) == (False, False, False)
    assert (event.body, event.digest, event.mark) == ("", "", None)
    bare = RemoteEvent(ref=event.ref, version=event.version, uid=event.uid, when=event.when)
    assert replace(event, title="") == bare
    assert (appointment.status, appointment.payment) == (Status.BOOKED, Payment.NONE)
    assert appointment.acknowledgement is Acknowledgement.NOT_REQUIRED
    assert (appointment.flags, appointment.version) == (frozenset(), 1)
    assert not appointment.is_adopted
    assert replace(appointment, flags=frozenset({Flag.ADOPTED})).is_adopted
    agreed = Agreed(start=appointment.start, end=appointment.end)
    assert (agreed.title, agreed.drafted_title) == ("", None)
    assert (agreed.cancelled, agreed.tentative, agreed.absent) == (False, False, False)


def test_a_report_and_a_conflict_of_which_nothing_is_said_are_empty():
    report = JournalReport(count=3, head="head")
    conflict = a_conflict(a_link(), ConflictField.TIME)
    change = ChangeObject(op=Op.NOTE, why="seen", record=a_remote_record())

    assert (report.erased, report.problems) == (0, ())
    assert (conflict.remote_body, conflict.ledger_version) == ("", 0)
    assert (conflict.resolved_at, conflict.resolution) == (None, None)
    assert (change.intervals, change.keeps_time) == ((), False)
    assert (change.forget, change.removed_while_live) == (False, False)
    assert Picture(scene=a_scene()).live == 0
    assert RemoteSide(start=None, end=None) == RemoteSide(
        start=None, end=None, title="", removal=Removal.NONE, tentative=False, absent=False
    )
    nothing = Merged(cancellation=Cancellation.AGREED)
    assert (nothing.confirmation, nothing.absence) == (Verdict.KEEP, Verdict.KEEP)


def test_a_verdict_is_a_conflict_about_time_or_about_taking_place():
    agreed, conflict = Cancellation.AGREED, Cancellation.CONFLICT

    assert not Merged(cancellation=agreed).is_conflict
    assert Merged(cancellation=conflict).is_conflict
    assert Merged(cancellation=agreed, time=Verdict.CONFLICT).is_conflict


def test_a_calendar_of_which_nothing_is_known_is_in_no_trouble():
    state = CalendarState(calendar_id=a_calendar().id)
    record = RemoteRecord(
        calendar_id=state.calendar_id, ref=an_event().ref, version="", kind=RemoteKind.BUSY
    )

    assert (state.failures, state.nudges) == (0, 0)
    assert (state.released, state.doubt) == (False, False)
    assert (record.uid, record.digest, record.recurring) == ("", "", False)


def test_the_table_says_what_is_special_about_an_action_and_nothing_else():
    def those(which):
        return {action.value for action, rule in RULES.items() if which(rule)}

    assert those(lambda rule: rule.creates) == {"hold", "book"}
    assert those(lambda rule: rule.needs_reason) == {"verify"}
    assert those(lambda rule: rule.gives_back) == {"reject"}
    assert those(lambda rule: rule.reason is not None) == {"reject"}
    assert those(lambda rule: rule.only_by) == {"cancel"}
    assert those(lambda rule: rule.moment is Moment.AFTER_START) == {"complete"}
    assert those(lambda rule: rule.moment is Moment.AFTER_GRACE) == {"no-show"}
    assert those(lambda rule: rule.moment is Moment.CHECK_IN_WINDOW) == {"arrive", "check-in"}
    assert those(lambda rule: rule.payment_from) == {"pay", "refund"}
    assert those(lambda rule: rule.payment_to) == {"pay", "refund"}
    assert those(lambda rule: rule.acknowledgement_from) == {"acknowledge", "dispute", "verify"}
    asked = {"acknowledge", "dispute", "verify", "undo"}
    assert those(lambda rule: rule.acknowledgement_to) == asked
    assert RULES[Action.REJECT].reason == "declined"
    assert RULES.keys() == set(Action)
