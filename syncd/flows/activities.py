"""Activities that are made and changed by HTTP, beside those of practice.toml."""

from __future__ import annotations

import re
from dataclasses import replace

from syncd.core.errors import Invalid, KeptByFile, Unknown
from syncd.core.ids import ActivityId
from syncd.core.journal import Cause
from syncd.core.practice import Activity, Keeper
from syncd.core.problem import Problem
from syncd.flows.surroundings import Surroundings
from syncd.flows.versions import require_digest
from syncd.ledger import Transaction

_MOST_ALIKE = 100
RESERVED = "public"
"""Its address would be that of a list."""


def add_activity(around: Surroundings, draft: Activity, cause: Cause) -> Activity:
    """The new activity; its id is made of its name unless it has one. Raises Invalid where that is
    taken, or its practitioners are not known."""

    def work(tx: Transaction) -> Activity:
        known = {each.id for each in tx.activities()}
        added = replace(draft, id=draft.id or _free_id(draft.name, known), kept_by=Keeper.HTTP)
        if added.id == RESERVED:
            raise Invalid([Problem(where="id", what="is another one: this one is taken")])
        if added.id in known:
            raise Invalid([Problem(where="id", what="is taken by another activity")])
        _require_there(tx, added)
        tx.save_activity(added, cause)
        return added

    return around.ledger.write(work)


def change_activity(
    around: Surroundings, after: Activity, cause: Cause, *, if_digest: str | None = None
) -> Activity:
    """The activity as it is from now on; what is booked already stays as it was booked. Raises
    Unknown, KeptByFile, Invalid, or VersionConflict where it is not that of `if_digest` any
    more."""

    def work(tx: Transaction) -> Activity:
        before = _changeable(tx, after.id)
        require_digest(before, if_digest)
        stored = replace(after, kept_by=Keeper.HTTP)
        _require_there(tx, stored)
        tx.save_activity(stored, cause)
        if stored.name != before.name:
            _show_again(tx)
        return stored

    return around.ledger.write(work)


def drop_activity(around: Surroundings, activity_id: ActivityId, cause: Cause) -> None:
    """It is offered no more. Its appointments stay, and so does its id. Raises Unknown, or
    KeptByFile."""

    def work(tx: Transaction) -> None:
        before = _changeable(tx, activity_id)
        tx.save_activity(replace(before, active=False), cause)

    around.ledger.write(work)


def _changeable(tx: Transaction, activity_id: ActivityId) -> Activity:
    found = tx.activity(activity_id)
    if not found.active:
        raise Unknown("activity", activity_id)
    if found.kept_by is Keeper.FILE:
        raise KeptByFile(f"{activity_id} stands in practice.toml; change it there")
    return found


def _require_there(tx: Transaction, activity: Activity) -> None:
    known = {each.id for each in tx.practitioners(active_only=True)}
    rooms = {each.id for each in tx.rooms(active_only=True)}
    problems = []
    if not known.issuperset(activity.offering.practitioners):
        problems.append(Problem(where="practitionerIds", what="names somebody who is not there"))
    if not rooms.issuperset(activity.offering.rooms):
        problems.append(Problem(where="roomIds", what="names a room that is not there"))
    if problems:
        raise Invalid(problems)


def _free_id(name: str, known: set[ActivityId]) -> ActivityId:
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:60] or "activity"
    slug = f"{slug}-1" if slug == RESERVED else slug
    numbered = (f"{slug}-{count}" for count in range(2, _MOST_ALIKE))
    for each in (slug, *numbered):
        if each not in known:
            return ActivityId(each)
    raise Invalid([Problem(where="id", what="is needed: too many activities have such a name")])


def _show_again(tx: Transaction) -> None:
    """All calendars show its new name."""
    for calendar in tx.calendars():
        tx.rewrite_calendar(calendar.id)
        tx.set_calendar_state(replace(tx.calendar_state(calendar.id), doubt=True))
        tx.nudge([calendar.id])
