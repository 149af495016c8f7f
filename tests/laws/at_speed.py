"""Thousands of drawn pictures a second, each planned and held against every law of a plan.

    make laws SECONDS=60 SEED=1        as many scenarios as fit
    make laws SCENARIO=281474976710657     one of them again

One scenario: draw a picture, make its plan, ask all laws. Every 32nd is also carried out on a
world in memory and looked at again. What breaks a law is made smaller before it is shown.
"""

import argparse
import random
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from laws.object_rules import OBJECT_LAWS
from laws.picture_values import LIMITS
from laws.pictures import Pick, draw_picture
from laws.plan_rules import PULL_LAWS, a_plan_that_is_held_back_does_nothing
from laws.plan_steps import Case
from laws.readable import lines
from laws.second_looks import a_second_look_finds_nothing_new
from laws.write_rules import WRITE_LAWS

LAWS = (*PULL_LAWS, *OBJECT_LAWS, *WRITE_LAWS)
SECOND_LOOK_EVERY = 32
_SEEDS = 2**48


@dataclass(frozen=True)
class Violation:
    """Where a law was broken, or what the planner raised where it must be total."""

    law: str
    what: str


@dataclass(frozen=True)
class Outcome:
    """`cpu` is the processor's time, which other work on the machine does not lengthen much."""

    scenarios: int
    second_looks: int
    cpu: float
    broken: int | None = None


def run(seed: int, *, seconds: float | None = None, scenarios: int | None = None) -> Outcome:
    """Scenarios of a seed until the time is up, their number is reached, or one breaks a law."""
    began, cpu = time.perf_counter(), time.process_time()
    dice = random.Random()  # the scenario's own seed is given below
    count = looks = 0
    for number in _numbers(seed):
        dice.seed(number)
        look = count % SECOND_LOOK_EVERY == 0
        try:
            try_one(_picking(dice.random), look_again=look)
        except Exception:  # noqa: BLE001  whatever the planner raises is a finding
            return Outcome(count, looks, time.process_time() - cpu, broken=number)
        count += 1
        looks += look
        if count == scenarios or (
            seconds is not None and count % 256 == 0 and time.perf_counter() - began > seconds
        ):
            break
    return Outcome(count, looks, time.process_time() - cpu)


def _numbers(seed: int) -> Iterator[int]:
    number = seed * _SEEDS
    while True:
        yield number
        number += 1


def _picking(draw: Callable[[], float]) -> Pick:
    return lambda n: int(draw() * n)


def rolled(number: int) -> Pick:
    """What the scenario of this number chooses."""
    return _picking(random.Random(number).random)


def a_case(pick: Pick) -> Case:
    picture = draw_picture(pick)
    return Case(picture, limits=LIMITS[pick(len(LIMITS))], released=pick(16) == 15)


def try_one(pick: Pick, *, look_again: bool) -> None:
    """Raises what breaks."""
    hold_against_all(a_case(pick), look_again=look_again)


def hold_against_all(case: Case, *, look_again: bool) -> None:
    if case.plan.refused is not None:
        a_plan_that_is_held_back_does_nothing(case)
        return
    for law in LAWS:
        law(case)
    if look_again:
        a_second_look_finds_nothing_new(case)


def violation_of(pick: Pick) -> Violation | None:
    try:
        try_one(pick, look_again=True)
    except Exception as exc:  # noqa: BLE001  as above
        trace, inner = exc.__traceback__, []
        while trace is not None:
            inner.append(trace.tb_frame.f_code.co_name)
            trace = trace.tb_next
        law = inner[min(3, len(inner) - 1)]  # below this function, two more, then the law
        return Violation(law, f"{type(exc).__name__}: {exc}")
    return None


def picks_of(number: int) -> list[int]:
    """What a scenario chose, in order."""
    dice, chosen = random.Random(number), []

    def pick(n: int) -> int:
        chosen.append(int(dice.random() * n))
        return chosen[-1]

    violation_of(pick)
    return chosen


def again(picks: list[int]) -> Pick:
    """The same choices, the plainest where there are none left."""
    rest = iter(picks)
    return lambda n: next(rest, 0) % n


def smaller(picks: list[int]) -> list[int]:
    """The plainest choices that still break the same law, one after the other."""
    found = violation_of(again(picks))
    assert found is not None
    shrinks = True
    while shrinks:
        shrinks = False
        for at in range(len(picks)):
            for value in range(picks[at]):
                candidate = [*picks[:at], value, *picks[at + 1 :]]
                broken = violation_of(again(candidate))
                if broken is not None and broken.law == found.law:
                    picks, shrinks = candidate, True
                    break
    return picks


def explain(number: int) -> Iterator[str]:
    """A scenario in words; one that breaks a law is made smaller first."""
    picks = picks_of(number)
    found = violation_of(again(picks))
    yield f"scenario {number}: {'holds' if found is None else 'breaks ' + found.law}"
    if found is not None:
        picks = smaller(picks)
        found = violation_of(again(picks))
        assert found is not None
        yield f"{found.what}; made smaller, it is:"
    try:
        case = a_case(again(picks))
        yield from lines(case.picture, case.plan)
    except Exception:  # noqa: BLE001  then there is no plan to show
        yield from lines(draw_picture(again(picks)))
    yield f"again: make laws SCENARIO={number}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="make laws")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--scenario", type=int, default=None)
    given = parser.parse_args()
    say = sys.stdout.write
    if given.scenario is not None:
        say("\n".join(explain(given.scenario)) + "\n")
        return int(violation_of(again(picks_of(given.scenario))) is not None)
    seed = random.SystemRandom().randrange(10**6) if given.seed is None else given.seed
    say(f"laws: seed {seed}\n")
    outcome = run(seed, seconds=given.seconds)
    say(
        f"laws: {outcome.scenarios} scenarios, {outcome.second_looks} looked at again, "
        f"{outcome.scenarios / outcome.cpu:.0f} a second and core\n"
    )
    if outcome.broken is not None:
        say("\n".join(explain(outcome.broken)) + "\n")
    return int(outcome.broken is not None)


if __name__ == "__main__":
    sys.exit(main())
