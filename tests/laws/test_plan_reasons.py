"""Every reason that a plan may give, in the operator's words, with the steps that may give it."""

from laws.at_speed import a_case, rolled

from syncd.core.operations import Op

_AWAY = "removed in patel-main"
_FOREIGN = {
    "it has ended",
    "it is all-day or floating",
    "it is not marked as one",
    "it recurs",
    "shows an appointment of another calendar, not as it is",
    "the practitioner is only invited",
    "this calendar only takes time",
}
_FREE = {
    "a publish calendar is only written to",
    "it has no length",
    "it is cancelled",
    "it is marked as free time",
    "it was removed in the calendar",
    "shows an appointment of another calendar",
    "the practitioner declined it",
}
_LIVE = ("arrived", "booked", "checked-in", "fulfilled", "noshow", "pending")
_OVER = {"the appointment is cancelled", "the appointment is entered-in-error"}

REASONS = {
    Op.ADOPT: {"a new event in the calendar"},
    Op.AGREE: {"ledger and calendar agree again", *_OVER},
    Op.BLOCK: _FOREIGN,
    Op.CANCEL: {"cancelled in patel-main", _AWAY},
    Op.CONFLICT: {
        "cancelled in patel-main",
        "its event became recurring, all-day or floating",
        "moved in the ledger and in patel-main",
        _AWAY,
    },
    Op.CREATE: {f"the appointment is {each} and not in the calendar" for each in _LIVE},
    Op.DELETE: _OVER,
    Op.CONFIRM: {"confirmed in patel-main"},
    Op.MOVE: {
        "moved and confirmed in patel-main",
        "moved in patel-main",
        "moved in patel-main; nobody came",
        "moved and confirmed in patel-main; nobody came",
        "moved in patel-main; it has to be confirmed again",
    },
    Op.NO_SHOW: {"marked as absent in patel-main"},
    Op.NOTE: {
        "as agreed",
        "it goes on as another event",
        "it moved to another address",
        "too large",
        _AWAY,
        *_FOREIGN,
        *_FREE,
    },
    Op.QUARANTINE: {"too large"},
    Op.RELINK: {f"{_AWAY}; it will be written again"},
    Op.RETITLE: {"renamed in patel-main"},
    Op.SETTLE: {
        "it ended too long ago to be published",
        "it is not in the calendar",
        "the calendar shows it already",
        "the event is cancelled already",
        "this calendar is not written to",
    },
    Op.UNBLOCK: _FREE,
    Op.UNLINK: {
        "a cancelled event lives again; its appointment does not",
        "its event became another kind of event",
        _AWAY,
        "this calendar only takes time",
    },
    Op.UPDATE: {
        *_OVER,
        *(f"the appointment is {each}" for each in _LIVE),
        "nobody came",
        "somebody came",
        "the appointment stands",
        "the appointment was moved",
        "the title changed",
        "what the event shows is not known",
    },
}


def test_a_plan_gives_no_reason_but_these():
    given = set()
    for number in range(3_000):
        plan = a_case(rolled(number)).plan
        for step in (*plan.pull, *plan.push):
            given |= {(step.op, each) for each in reasons_of(step)}

    allowed = {(op, reason) for op, reasons in REASONS.items() for reason in reasons}
    assert given <= allowed
    assert len(given) > len(allowed) * 3 // 4


def reasons_of(step):
    return step.why.split(", ") if step.op is Op.UPDATE else [step.why]
