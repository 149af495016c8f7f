"""Random histories on both sides, with a server that loses answers, fails, limits and lies.

`HISTORIES=300 FIRST_SEED=1000 pytest` with this file lives through as many.
"""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from copy import deepcopy
from datetime import datetime, timedelta
from random import Random

import pytest
from calcom_clinic import Clinic, a_clinic
from calcom_lists import lists_show
from calcom_provider import ASKING, PLAIN

from syncd.core.appointment import Status as Appointed
from syncd.core.brake import BrakeLimits
from syncd.core.errors import Refused
from syncd.core.lifecycle import Action
from syncd.testing.builders import NINE
from syncd_calcom.standin import CAL_DIY, HOSTED, Effect, Fault
from syncd_calcom.standin.rows import Booking as Row
from syncd_calcom.standin.rows import Status

COUNT, FIRST = int(os.environ.get("HISTORIES", "6")), int(os.environ.get("FIRST_SEED", "1"))
HALF_HOUR = timedelta(minutes=30)
LONGEST_LAG = timedelta(seconds=200)
"""How far a list may be behind: the overlap of two looks is longer."""
STEPS = 40
NO_BRAKE = BrakeLimits(count=1000, empty_from=1000)
WRITES = (Effect.LOST, Effect.TIMEOUT, Effect.HALF, Effect.CUT, Effect.STATUS, Effect.LIMITED)
READS = (Effect.CUT, Effect.STATUS, Effect.LIMITED, Effect.HALF, Effect.STALE)


class History:
    """One seed's: who does what next, and what the world looks like at the end."""

    def __init__(self, clinic: Clinic, seed: int) -> None:
        self.clinic, self.random = clinic, Random(seed)
        self.told: list[str] = []
        self.cancelled_here: set[str] = set()
        self.ended_there: set[str] = set()
        self.past: list[tuple[datetime, dict[int, Row]]] = []

    def live(self) -> None:
        acts = [
            *(self.patient_books, self.patient_moves, self.patient_cancels, self.host_decides),
            *(self.staff_books, self.staff_moves, self.staff_cancels, self.staff_confirms),
            *(self.trouble, self.round, self.round, self.restart),
        ]
        for _ in range(STEPS):
            act = self.random.choice(acts)
            self.clinic.cal.pass_time(seconds=self.random.choice((0, 1, 20, 400)))
            self.told.append(act.__name__)
            if act not in (self.trouble, self.round, self.restart):
                self.past.append(
                    (self.clinic.clock.now(), deepcopy(self.clinic.cal.world.bookings))
                )
            act()

    # In Cal.com

    def patient_books(self) -> None:
        pending = self.random.random() < 0.3
        row = self.clinic.cal.book(
            self.free_time(),
            event_type=ASKING if pending else PLAIN,
            status=Status.PENDING if pending else Status.ACCEPTED,
        )
        if self.random.random() < 0.5:
            row.updated_at = None  # as the vendor's schema allows, until it is written again

    def patient_moves(self) -> None:
        if row := self.some_row():
            start = self.free_time()
            new = self.clinic.cal.booking(self.clinic.cal.move(row.uid, start, start + HALF_HOUR))
            if row.event_type_id == ASKING and self.random.random() < 0.5:
                new.status = Status.PENDING

    def patient_cancels(self) -> None:
        if row := self.some_row():
            self.ended_there.add(row.ics_uid)
            self.clinic.cal.delete(row.uid)

    def host_decides(self) -> None:
        asked = [each for each in self.clinic.living if each.status is Status.PENDING]
        if asked:
            row = self.random.choice(asked)
            row.status = self.random.choice((Status.ACCEPTED, Status.REJECTED))
            self.ended_there |= {row.ics_uid} if row.status.is_over else set()
            self.clinic.cal.world.write(row)

    # In the practice

    def staff_books(self) -> None:
        try:
            self.clinic.book(self.free_time())
        except Refused:
            self.told.append("  refused")

    def staff_moves(self) -> None:
        if appointment := self.some_appointment():
            try:
                self.clinic.move(appointment, self.free_time())
            except Refused:
                self.told.append("  refused")

    def staff_cancels(self) -> None:
        if appointment := self.some_appointment():
            self.cancelled_here.add(appointment.id)
            self.clinic.act(appointment, Action.CANCEL)

    def staff_confirms(self) -> None:
        asked = [each for each in self.clinic.appointments() if each.status is Appointed.PENDING]
        if asked:
            self.clinic.act(self.random.choice(asked), Action.CONFIRM)

    # In between

    def trouble(self) -> None:
        is_write = self.random.random() < 0.5
        self.clinic.cal.world.faults.add(
            Fault(
                effect=self.random.choice(WRITES if is_write else READS),
                method="POST" if is_write else "GET",
                path="*" if is_write else "*/bookings*",
                times=self.random.choice((1, 1, 2, 4)),
                chance=self.random.choice((1.0, 0.5)),
                status=self.random.choice((500, 502, 503)),
            )
        )

    def round(self) -> None:
        lists_show(self.clinic.cal, made=self.some_past(), written=self.some_past())
        report = self.clinic.sync(in_full=self.random.random() < 0.1)
        lists_show(self.clinic.cal)
        self.told.append(f"  {report.code} pulled {report.pulled} pushed {report.pushed}")

    def restart(self) -> None:
        self.clinic.reopen()

    # Choices

    def free_time(self):
        """A half hour that nobody has, on either side."""
        taken = {each.start for each in self.clinic.living}
        taken |= {each.start for each in self.clinic.appointments() if not each.is_over}
        places = [NINE + timedelta(days=d, minutes=30 * n) for d in range(2, 12) for n in range(16)]
        return self.random.choice([each for each in places if each not in taken])

    def some_past(self):
        """The bookings of now, or as a copy has them that is not far behind."""
        now = self.clinic.clock.now()
        recent = [rows for at, rows in self.past[-3:] if now - at < LONGEST_LAG]
        return self.random.choice([None, None, *recent])

    def some_row(self):
        living = self.clinic.living
        return self.random.choice(living) if living else None

    def some_appointment(self):
        found = [each for each in self.clinic.appointments() if not each.is_over]
        return self.random.choice(found) if found else None


def rest(clinic: Clinic) -> None:
    """Nothing goes wrong any more, and time passes."""
    clinic.cal.world.faults.clear()
    for number in range(8):
        clinic.clock.advance(timedelta(minutes=35))
        report = clinic.sync(in_full=number in (2, 5))
        assert report.code in (None, "EVENT_REJECTED"), report
    clinic.settle(rounds=1)


@pytest.mark.slow
@pytest.mark.parametrize("profile", [CAL_DIY, HOSTED], ids=lambda each: each.name)
@pytest.mark.parametrize("seed", range(FIRST, FIRST + COUNT))
def test_whatever_happens_both_sides_come_to_rest_with_one_number_for_each_chain(
    tmp_path, seed, profile
):
    with a_clinic(tmp_path, profile, limits=NO_BRAKE) as clinic:
        history = History(clinic, seed)
        history.live()
        rest(clinic)
        story = "\n".join(history.told)

        open_conflicts = {each.appointment_id for each in clinic.conflicts()}
        ahead = [each for each in clinic.appointments() if not each.is_over]
        agreed = [each for each in ahead if each.id not in open_conflicts]
        shown = {each.id: clinic.row(each) for each in agreed}
        for each in agreed:
            assert (shown[each.id].start, shown[each.id].end) == (each.start, each.end), story
            is_asked = shown[each.id].status is Status.PENDING
            assert is_asked is (each.status is Appointed.PENDING), story
        disputed = [clinic.link(each).ref for each in ahead if each.id in open_conflicts]
        living = {each.uid for each in clinic.living}
        assert living - set(disputed) == {row.uid for row in shown.values()}, story
        chains = Counter(row.ics_uid for row in shown.values())
        assert not chains or max(chains.values()) == 1, story
        assert all(each.status is not Appointed.CANCELLED for each in agreed), story
        numbers = defaultdict(set)
        for each in clinic.appointments():
            if each.id not in history.cancelled_here:
                assert not each.is_over or clinic.link(each).uid in history.ended_there, story
                numbers[clinic.link(each).uid].add(each.number)
        assert all(len(each) == 1 for each in numbers.values()), story
        marks = Counter(each.metadata.get("syncd_appointment") for each in clinic.living)
        marks.pop(None, None)
        assert not marks or max(marks.values()) == 1, story
