"""Many who book, move and cancel by HTTP at once, at random, and what must hold afterwards."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

from httpx import Client, HTTPError, Response
from system.running_practice import MONDAY, Practice

from syncd.core.access import Role
from syncd.core.appointment import Appointment
from syncd.flows.tokens import Grant, issue
from syncd.ledger import AppointmentFilter

HALF_HOUR = timedelta(minutes=30)
SLOTS = 60
"""Few enough for many to want the same."""
EXPECTED = {200, 201, 409, 412, 429}


def slot(number: int) -> str:
    """The `number`-th half hour of opening time from Monday on, as it is sent."""
    day, nth = divmod(number, 14)
    start = MONDAY + timedelta(days=day // 5 * 7 + day % 5) + nth * HALF_HOUR
    return start.isoformat()


@dataclass
class Acknowledged:
    """What one appointment was when its last answer came."""

    number: str
    version: int
    status: str
    start: datetime


@dataclass
class Crowd:
    """`count` threads with connections of their own; every second one is a client with a token, the
    others are staff."""

    practice: Practice
    base: str
    count: int
    seed: int
    answers: Counter[int] = field(default_factory=Counter)
    odd: list[str] = field(default_factory=list)
    acknowledged: dict[str, Acknowledged] = field(default_factory=dict)
    milliseconds: list[float] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def live(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        tokens = self._tokens()
        threads = [
            threading.Thread(target=self._act, args=(nth, tokens[nth], until))
            for nth in range(self.count)
        ]
        for each in threads:
            each.start()
        for each in threads:
            each.join()

    def _tokens(self) -> list[str]:
        around, cause = self.practice.around, self.practice.cause
        _, staff = issue(around, Grant(name="staff", role=Role.ADMIN), cause)
        tokens = []
        for nth in range(self.count):
            if nth % 2:
                name, email = f"Client {nth}", f"c{nth}@example.org"
                client = around.ledger.write(
                    lambda tx, name=name, email=email: tx.find_or_add_client(
                        name=name, email=email, cause=cause
                    )
                )
                grant = Grant(name="app", role=Role.CLIENT, client_id=client.id)
                tokens.append(issue(around, grant, cause)[1])
            else:
                tokens.append(staff)
        return tokens

    def _act(self, nth: int, token: str, until: float) -> None:
        chance = random.Random(self.seed * 1000 + nth)
        mine: list[str] = []
        headers = {"Authorization": f"Bearer {token}"}
        with Client(base_url=self.base, headers=headers, timeout=30, trust_env=False) as http:
            while time.monotonic() < until:
                try:
                    self._do_something(http, chance, mine, nth)
                except HTTPError as exc:
                    with self._lock:
                        self.odd.append(type(exc).__name__)
                if nth % 2:
                    time.sleep(chance.random())  # a person; the limit of five a minute is for them

    def _do_something(self, http: Client, chance: random.Random, mine: list[str], nth: int) -> None:
        start = slot(chance.randrange(SLOTS))
        began = time.perf_counter()
        if not mine or chance.random() < 0.5:
            who = (
                {} if nth % 2 else {"client": {"name": f"P {nth}", "email": f"p{nth}@example.org"}}
            )
            body = {
                "activityId": "consultation",
                "practitionerId": "dr-patel",
                "start": start,
                **who,
            }
            answer = http.post("/api/v1/appointments", json=body)
            made = answer.json().get("appointment")
            if answer.status_code == 201:
                mine.append(made["id"])
        else:
            which = chance.choice(mine)
            action = {"action": "cancel"}
            if chance.random() < 0.5:
                action = {"action": "reschedule", "start": start}
            answer = http.post(f"/api/v1/appointments/{which}/actions", json=action)
            made = answer.json() if answer.status_code == 200 else None
        self._note(answer, made, (time.perf_counter() - began) * 1000)

    def _note(self, answer: Response, made: dict | None, milliseconds: float) -> None:
        with self._lock:
            self.answers[answer.status_code] += 1
            self.milliseconds.append(milliseconds)
            if answer.status_code not in EXPECTED:
                self.odd.append(f"{answer.status_code}: {answer.text}")
            if made is None or answer.status_code >= 300:
                return
            known = self.acknowledged.get(made["id"])
            if known is None or known.version < made["version"]:
                self.acknowledged[made["id"]] = Acknowledged(
                    made["number"],
                    made["version"],
                    made["status"],
                    datetime.fromisoformat(made["start"]),
                )


def overlaps(appointments: list[Appointment]) -> list[tuple[str, str]]:
    """Pairs that hold the same time of one practitioner or one client."""
    found = []
    for whose in (lambda each: each.practitioner_id, lambda each: each.client and each.client.id):
        groups: dict[object, list[Appointment]] = {}
        for each in appointments:
            if each.status.holds_time and whose(each):
                groups.setdefault(whose(each), []).append(each)
        for group in groups.values():
            group.sort(key=lambda each: each.start)
            found += [(a.number, b.number) for a, b in pairwise(group) if b.start < a.end]
    return found


def everything(practice: Practice) -> list[Appointment]:
    with practice.around.ledger.read() as view:
        return view.appointments(AppointmentFilter())
