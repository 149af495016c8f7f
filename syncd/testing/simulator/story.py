"""One history from its first step to its judgement: trouble, then peace, then the reckoning.

`tell` lives through one, whoever makes the choices; `Story` says what came of it. The same choices
give the same story, to the last byte of its digest.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from math import ceil

import structlog

from syncd.core.conflict import Resolution
from syncd.core.errors import NotAllowed
from syncd.core.ids import ActivityId
from syncd.flows.booking import Booking, book
from syncd.flows.calendars import release
from syncd.flows.push import MANY_ATTEMPTS
from syncd.flows.resolving import resolve
from syncd.testing.simulator import circumstances
from syncd.testing.simulator.chances import DEEDS, GOES_ON, RATES, TIME, options, ready_tasks, swarm
from syncd.testing.simulator.choices import Choices, Seeded, Source, Step
from syncd.testing.simulator.modes import WRITTEN
from syncd.testing.simulator.oracle import Oracle
from syncd.testing.simulator.outlaws import (
    days_to_wait,
    is_never_sure,
    never_shows_all,
    shows_late,
)
from syncd.testing.simulator.process import Terms
from syncd.testing.simulator.profile import PATEL, STAFF, Profile, Templates, choose_profile
from syncd.testing.simulator.rest import at_rest, waits_for_a_day
from syncd.testing.simulator.violation import Violation, require
from syncd.testing.simulator.world import World

LENGTH = 45
"""How many steps a seed's history has before peace comes."""
MOST_ROUNDS = 6
"""How many polls it may take until all is at rest."""
POLL = timedelta(seconds=61)
A_DAY = timedelta(days=1, hours=1)
MANY = 10
"""Requests that a calendar without cursors to trust may cost at a quiet poll."""
MUCH_LATER = timedelta(days=45)
"""When busy time has to be looked at further ahead."""


@dataclass(slots=True)
class Story:
    """What came of a history. `broken` is what it was stopped by, None if every promise held."""

    steps: list[Step]
    trace: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    digest: str = ""
    broken: Violation | None = None
    profile: Profile = field(default_factory=Profile)


def from_seed(
    seed: int, templates: Templates, *, profile: Profile | None = None, length: int = LENGTH
) -> Story:
    """The history of a seed: the same each time, for one version of the simulator."""
    return tell(Seeded(seed, length + 1), templates, rates=swarm(seed), fixed=profile)


def tell(
    source: Source,
    templates: Templates,
    *,
    rates: Mapping[str, float] = RATES,
    fixed: Profile | None = None,
) -> Story:
    """Live through a history, as the source has it. Whatever breaks is in the story."""
    with structlog.testing.capture_logs() as logs:
        choices = Choices(source)
        profile = choose_profile(choices, fixed)
        entropy = choices.word("ids", "story")
        world = World(choices, profile, templates, rates=rates, entropy=entropy)
        story = Story(steps=choices.steps, trace=world.trace, counts=world.counts, profile=profile)
        try:
            oracle = Oracle(world, logs)
            world.start(oracle)
            agitate(world)
            world.heal()
            oracle.after_step()
            judge(world)
        except Violation as exc:
            story.broken = exc
        except Exception as exc:  # noqa: BLE001  an error of ours is a finding like any other
            story.broken = Violation("O2", f"{type(exc).__name__}: {exc}")
            story.broken.__cause__ = exc
        finally:
            world.close()
    story.digest = digest_of(world)
    return story


def agitate(world: World) -> None:
    """Anything in any order, until the source has no more steps."""
    while True:
        name = world.choices.step(options(world))
        if name is None:
            return
        world.trace.append(name)
        take(world, name)
        world.oracle.after_step()


def take(world: World, name: str) -> None:
    """One step."""
    if name == TIME:
        world.tell(circumstances.time_passes(world))
    elif name == GOES_ON:
        task = world.which("who", ready_tasks(world))
        if task is not None:
            world.run(task)
    else:
        world.attempt(name, DEEDS[name][0])


def judge(world: World) -> None:
    """Peace, the reckoning, and once more with every conflict resolved and a day later."""
    restore_practice(world)
    everybody_is_answered(world)
    settle(world)
    for _ in range(days_to_wait(world.profile.quirks) or waits_for_a_day(world)):
        world.clock.advance(A_DAY)
        settle(world)
    at_rest(world)
    served_at_once(world)
    settle(world)
    fair_share(world)
    settle(world)
    for _ in range(4):
        if not _resolve_all(world):
            break
        settle(world)
    with world.eyes.read() as view:
        require(not view.conflicts(), "S1", "conflicts never end", view.conflicts())
    at_rest(world)
    for calendar in world.calendars.values():
        calendar.refused.clear()
    world.clock.advance(A_DAY)
    settle(world)
    quiet_round(world)
    at_rest(world)
    world.clock.advance(MUCH_LATER)
    settle(world)
    at_rest(world)


def restore_practice(world: World) -> None:
    """The practice is what it was, and nothing is suspended."""
    world.pass_time(timedelta(seconds=2))
    world.apply_practice(world.practice)
    world.pass_time(timedelta(minutes=35))


def everybody_is_answered(world: World) -> None:
    """Nobody waits for a calendar's word for so long."""
    for which in list(world.oracle.words.waiting):
        world.tell("is answered:", world.oracle.words.hears(which))
    world.oracle.after_step()


def served_at_once(world: World) -> None:
    """W4: what is booked is in the calendars without waiting for a poll."""
    wish = Booking(
        activity_id=ActivityId("consultation"),
        practitioner_id=PATEL,
        start=world.a_start(),
        client_name=world.a_client(),
        client_email="family@example.org",
        overbook=True,
        reason="urgent",
    )
    asked = world.oracle.bookings.asks()
    made = book(world.front.around, wish, STAFF)
    world.oracle.bookings.booked(made, asked)
    for _ in range(1 + any(each.write_through for each in world.practice)):
        world.pass_time(timedelta(seconds=3))  # others are told once it stands there
    world.oracle.words.is_booked(made)
    everybody_is_answered(world)
    theirs = [each for each in world.practice if each.practitioner_id == PATEL]
    written_to = [each.id for each in theirs if each.mode in WRITTEN]
    with world.eyes.read() as view:
        links = [view.link(each, made.id) for each in written_to]
    there = all(
        made.id in {event.mark for event in world.calendars[each].events()} for each in written_to
    )
    known = all(each and each.ref for each in links) or shows_late(world.profile.quirks)
    written = there and known
    require(written or world.profile.skew, "W4", "not written at once:", links)


def fair_share(world: World) -> None:
    """O1: calendars that fail leave a place to the one that does not."""
    if len(world.calendars) <= Terms.workers:
        return
    well, *ill = world.calendars
    world.unreachable.update(dict.fromkeys(ill, "transient"))
    world.pass_time(POLL)
    world.pass_time(timedelta(seconds=2))  # by now each had its turn, and is due again
    asked = world.calendars[well].replica.requests
    world.pass_time(POLL)
    served = world.calendars[well].replica.requests > asked
    world.unreachable.clear()
    require(served, "O1", well, "waits while others fail:", ill)


def settle(world: World) -> None:
    """Polls until nothing happens any more; not many."""
    polls, quiet, waited = 0, 0, False
    turns = ceil(len(world.calendars) / Terms.workers)
    for _ in range(40):
        before = stand(world)
        world.pass_time(POLL)
        world.oracle.after_step()
        if _release_all(world):
            polls = 0
            continue
        if _wait_for_failing(world, again=waited):
            waited = True
            continue
        if _wait_for_looks(world):
            continue
        quiet = quiet + 1 if stand(world) == before else 0
        if quiet == turns:  # by now each calendar had its turn
            world.counts["most polls to rest"] = max(world.counts["most polls to rest"], polls)
            return
        polls += not quiet
        more = any(each.refused for each in world.calendars.values()) * MANY_ATTEMPTS
        if polls > MOST_ROUNDS + more:
            break
    if never_shows_all(world.profile.quirks):
        return
    raise Violation("S1", "it never comes to rest")


def _wait_for_looks(world: World) -> bool:
    """Until each delivery was looked into that still waits for it, if any does: by clocks that were
    set back that may be days."""
    with world.eyes.read() as view:
        ahead = [each - view.now for each in view.looks().values()]
    if ahead:
        world.pass_time(max(*ahead, timedelta(0)) + timedelta(seconds=1))
    return bool(ahead)


def stand(world: World) -> tuple[object, ...]:
    """What changes when anything is written, the heartbeat aside."""
    with world.eyes.read() as view:
        states = [
            (each.calendar_id, each.cursor, each.doubt, each.failures, each.suspended_at)
            for each in view.states()
        ]
        head = view.journal_head()
    written = [len(each.history) for each in world.calendars.values()]
    rounds = sum(
        count
        for name, count in world.counts.items()
        if name.startswith("commit: ") and not name.endswith(("beat", "take.work"))
    )
    return (states, head, written, rounds)


def quiet_round(world: World) -> None:
    """S2: one more poll writes nothing anywhere."""
    before = stand(world)
    asked = {name: each.replica.requests for name, each in world.calendars.items()}
    world.pass_time(POLL)
    after = stand(world)
    if is_never_sure(world.profile.quirks):
        before, after = before[1:3], after[1:3]
    require(after == before, "S2", "a quiet poll writes:", before, after)
    for name, calendar in world.calendars.items():
        can = calendar.quirks.capabilities
        resumes = can.has_cursor and can.trusts_cursor and not is_never_sure(calendar.quirks)
        most = 1 if resumes else MANY
        more = calendar.replica.requests - asked[name]
        require(more <= most, "O1", "a quiet poll asks", name, more, "times")


def digest_of(world: World) -> str:
    """Tells two histories apart: every line told and everything that any calendar ever held."""
    told = [*world.trace, *(repr(each.history) for each in world.calendars.values())]
    told.append(json.dumps(world.counts, sort_keys=True))
    told.append(repr([each.hash for each in world.oracle.entries]))
    return sha256("\n".join(told).encode()).hexdigest()


def _release_all(world: World) -> bool:
    with world.eyes.read() as view:
        braked = [each.calendar_id for each in view.states() if each.suspended_at]
    for calendar_id in braked:
        release(world.front.around, calendar_id, STAFF)
        world.tell("released", calendar_id)
    return bool(braked)


def _wait_for_failing(world: World, *, again: bool) -> bool:
    """A calendar that is left alone after a failure is waited for; a day, where that was not enough
    because clocks were set."""
    with world.eyes.read() as view:
        failing = [each for each in view.states() if each.failures]
    if failing:
        far = max((each.retry_at or view.now) - view.now for each in failing)
        world.clock.advance(A_DAY if again else min(max(far, timedelta(0)), A_DAY))
        world.counts["waits for a failing calendar"] += 1
    return bool(failing)


def _resolve_all(world: World) -> bool:
    with world.eyes.read() as view:
        found = view.conflicts()
    for conflict in found:
        side = Resolution(world.choices.pick("side", ("ledger", "remote")))
        try:
            resolve(world.front.around, conflict.id, side, STAFF)
        except NotAllowed:
            resolve(world.front.around, conflict.id, Resolution.LEDGER, STAFF)
        world.tell("resolved", conflict.field, conflict.appointment_id[:8], side)
    return bool(found)
