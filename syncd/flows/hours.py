"""Opening hours that are changed by HTTP: those of practitioners whom practice.toml gives none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from syncd.core.errors import Invalid, KeptByFile, Unknown
from syncd.core.ids import PractitionerId
from syncd.core.journal import Cause
from syncd.core.practice import Keeper, Practitioner
from syncd.core.problem import Problem
from syncd.core.schedule import OpeningHours, Window
from syncd.flows.surroundings import Surroundings
from syncd.flows.versions import require_digest
from syncd.ledger import Transaction, View

MOST_WINDOWS = 50
"""A week, or a day, of more is a mistake."""
MOST_EXCEPTIONS = 1000

Change = Callable[[OpeningHours], OpeningHours]


def practitioner_in_use(view: View, practitioner_id: PractitionerId) -> Practitioner:
    """Raises Unknown, also of one who left."""
    found = view.practitioner(practitioner_id)
    if not found.active:
        raise Unknown("practitioner", practitioner_id)
    return found


def change_hours(
    around: Surroundings,
    practitioner_id: PractitionerId,
    change: Change,
    cause: Cause,
    *,
    if_digest: str | None = None,
) -> Practitioner:
    """The practitioner, their hours changed; `change` is given what is stored, inside the
    transaction. Calendars are looked at again: an appointment may be outside of hours now.

    Raises Unknown, KeptByFile, Invalid for hours that cannot be, or VersionConflict where they are
    not those of `if_digest` any more."""

    def work(tx: Transaction) -> Practitioner:
        before = practitioner_in_use(tx, practitioner_id)
        if before.hours_kept_by is Keeper.FILE:
            raise KeptByFile(
                f"the hours of {practitioner_id} stand in practice.toml; take them out there first"
            )
        require_digest(before.hours, if_digest)
        after = replace(before, hours=_sorted(change(before.hours)))
        require_possible(after.hours)
        if tx.save_practitioner(after, cause):
            _look_again(tx, practitioner_id)
        return after

    return around.ledger.write(work)


def require_possible(hours: OpeningHours) -> None:
    """Refuse windows that overlap, days with two exceptions, and more than anybody has. Raises
    Invalid with all of it."""
    wrong = [*_too_many(hours)]
    for day in {each.day for each in hours.weekly}:
        windows = [each.window for each in hours.weekly if each.day == day]
        wrong += _overlaps("weekly", windows, day.name.lower())
    for exception in hours.exceptions:
        wrong += _overlaps("exceptions", exception.windows, exception.day.isoformat())
    days = [each.day for each in hours.exceptions]
    twice = sorted({each.isoformat() for each in days if days.count(each) > 1})
    wrong += [Problem(where="exceptions", what=f"{each} is named twice") for each in twice]
    if wrong:
        raise Invalid(wrong)


def _too_many(hours: OpeningHours) -> Iterator[Problem]:
    if not hours.weekly:  # no hours at all would mean that none were ever given
        yield Problem(where="weekly", what="has at least one window; exceptions close dates")
    if len(hours.weekly) > MOST_WINDOWS:
        yield Problem(where="weekly", what=f"has at most {MOST_WINDOWS} windows")
    if len(hours.exceptions) > MOST_EXCEPTIONS:
        yield Problem(where="exceptions", what=f"are at most {MOST_EXCEPTIONS}")


def _overlaps(where: str, windows: Sequence[Window], day: str) -> Iterator[Problem]:
    for at, one in enumerate(windows):
        for other in windows[:at]:
            if one.overlaps(other):
                yield Problem(where=where, what=f"{one} overlaps {other} on {day}")


def _sorted(hours: OpeningHours) -> OpeningHours:
    """The same, as practice.toml would have said it."""
    return OpeningHours(
        weekly=tuple(sorted(hours.weekly, key=lambda each: (each.day, each.window.start))),
        exceptions=tuple(
            replace(each, windows=tuple(sorted(each.windows, key=lambda one: one.start)))
            for each in sorted(hours.exceptions, key=lambda each: each.day)
        ),
    )


def _look_again(tx: Transaction, practitioner_id: PractitionerId) -> None:
    """Their calendars are compared in full soon."""
    for calendar in tx.calendars():
        if calendar.practitioner_id == practitioner_id:
            tx.set_calendar_state(replace(tx.calendar_state(calendar.id), doubt=True))
            tx.nudge([calendar.id])
