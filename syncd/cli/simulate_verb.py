"""`syncd simulate`: look for a history that breaks a promise, or tell one again."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from itertools import count, islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from syncd.cli import render
from syncd.cli.exits import Exit
from syncd.cli.render import Cell
from syncd.cli.verbs import AsJson, verb
from syncd.core.errors import Invalid
from syncd.wiring import SystemClock, SystemRandomness

if TYPE_CHECKING:
    from syncd.testing.simulator import Step, Story
    from syncd.testing.simulator.hunting import Hunt

A_MINUTE = 60.0
TELL_EVERY = 10.0
"""Seconds between two signs of life of a hunt."""
MOST_POLLS = "most polls to rest"


@verb
def simulate(  # noqa: PLR0913  typer makes an option of each
    *,
    seed: Annotated[int | None, typer.Option(help="Tell the history of this seed.")] = None,
    story: Annotated[
        Path | None, typer.Option(help="Tell the history that this file records.")
    ] = None,
    shrink: Annotated[
        bool, typer.Option("--shrink", help="Print the shortest history that breaks the same.")
    ] = False,
    seconds: Annotated[
        float | None,
        typer.Option(help="Hunt for about so long: a minute unless --seeds says more.", min=0),
    ] = None,
    seeds: Annotated[
        int | None, typer.Option(help="Hunt through so many seeds at most.", min=1)
    ] = None,
    first: Annotated[
        int | None,
        typer.Option(help="The hunt's first seed; else one by chance, which is printed."),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(help="Processes; one a core unless told.", min=1)
    ] = None,
    twice: Annotated[
        bool, typer.Option("--twice", help="Each history again, to see that it is the same.")
    ] = False,
    as_json: AsJson = False,
) -> Exit:
    """Live through random histories of a practice, with every fault, and check every promise."""
    _require_greenlets()
    if seed is not None or story is not None:
        return _tell_one(seed, story, shrink=shrink, twice=twice, as_json=as_json)
    from syncd.testing.simulator.hunting import hunt  # noqa: PLC0415  needs the extra

    start = first if first is not None else int.from_bytes(SystemRandomness().token(4))
    if not as_json:
        render.say(f"histories from seed {start} on")
    found = hunt(
        islice(count(start), seeds),
        workers=workers or os.cpu_count() or 1,
        seconds=_limit(seconds, seeds),
        twice=twice,
        tell=_teller() if not as_json else lambda _: None,
    )
    if as_json:
        render.show_json(_shape(found, start))
    else:
        _report(found)
    return Exit.ERROR if found.findings else Exit.OK


def _limit(seconds: float | None, seeds: int | None) -> float:
    """For how many seconds to hunt: whichever of both limits is reached first ends it."""
    if seconds is not None:
        return seconds
    return A_MINUTE if seeds is None else float("inf")


def _tell_one(
    seed: int | None, path: Path | None, *, shrink: bool, twice: bool, as_json: bool
) -> Exit:
    from syncd.testing.simulator import (  # noqa: PLC0415  needs the extra
        Scripted,
        from_seed,
        tell,
        to_text,
    )
    from syncd.testing.simulator.hunting import templates_in_memory  # noqa: PLC0415
    from syncd.testing.simulator.shrinking import shrink as shorten  # noqa: PLC0415

    with templates_in_memory() as templates:

        def once() -> Story:
            if path is not None:
                return tell(Scripted(_steps(path)), templates)
            return from_seed(seed or 0, templates)

        told = once()
        differs = twice and once().digest != told.digest
        if shrink and told.broken is not None:
            told = shorten(tell(Scripted(told.steps), templates), templates)
    if as_json:
        broken = told.broken
        render.show_json(
            {
                "seed": seed,
                "digest": told.digest,
                "sameTwice": not differs if twice else None,
                "invariant": broken.invariant if broken else None,
                "evidence": broken.evidence if broken else None,
                "trace": told.trace,
                "story": to_text(told.steps),
            }
        )
    else:
        render.show_text(to_text(told.steps) if shrink else "\n".join(told.trace))
        _say_verdict(told)
        if twice:
            _say_sameness(differs=differs)
    return Exit.ERROR if told.broken or differs else Exit.OK


def _steps(path: Path) -> list[Step]:
    from syncd.testing.simulator import from_text  # noqa: PLC0415  needs the extra

    try:
        return from_text(path.read_text(encoding="utf-8"))
    except OSError as exc:
        raise Invalid(f"cannot read {path}: {(exc.strerror or 'no reason given').lower()}") from exc
    except ValueError as exc:
        raise Invalid(f"{path}: {exc}") from exc


def _say_verdict(told: Story) -> None:
    if told.broken is None:
        render.say(Cell("every promise held", "good"))
    else:
        render.say(Cell("broken: ", "bad"), str(told.broken))


def _say_sameness(*, differs: bool) -> None:
    if differs:
        render.say(Cell("two runs of it differ", "bad"))
    else:
        render.say("two runs of it are the same")


def _teller() -> Callable[[Hunt], None]:
    """Say now and then how far a hunt has come, and at once what it has found."""
    clock = SystemClock()
    last, told = clock.monotonic(), 0

    def tell(found: Hunt) -> None:
        nonlocal last, told
        for each in found.findings[told:]:
            render.say(
                Cell(f"seed {each.seed}: {each.invariant}", "bad"), f" {each.evidence[:200]}"
            )
        told = len(found.findings)
        if clock.monotonic() - last >= TELL_EVERY:
            last = clock.monotonic()
            render.say(f"{found.seeds} histories, {len(found.findings)} broken promises")

    return tell


def _report(found: Hunt) -> None:
    """What a hunt found, for a person."""
    for each in found.findings:
        where = f"{each.server}, {each.practice}"
        render.show_line(Cell(f"seed {each.seed}", "bad"), each.invariant, f"({where})")
        render.show_line("   ", each.evidence[:400])
    broken = Counter(each.invariant for each in found.findings)
    rate = found.seeds / found.cpu_seconds if found.cpu_seconds else 0.0
    crashes = found.crashes()
    render.show_text(
        f"{found.seeds} histories in {found.seconds:.0f} s "
        f"({rate:.1f} a second and core)\n"
        f"{found.moments} moments at which something could have happened\n"
        f"{sum(crashes.values())} crashes at {len(crashes)} kinds of moments, "
        f"the rarest {min(crashes.values(), default=0)} times\n"
        f"{found.counts[MOST_POLLS]} polls at most until all was at rest\n"
        f"{len(found.findings)} broken promises{': ' if broken else ''}"
        f"{', '.join(f'{name} {times}x' for name, times in sorted(broken.items()))}"
    )
    if found.findings:
        seed = found.findings[0].seed
        render.say(f"tell one: syncd simulate --seed {seed} --shrink")


def _shape(found: Hunt, first: int) -> dict[str, object]:
    return {
        "first": first,
        "histories": found.seeds,
        "seconds": found.seconds,
        "cpuSeconds": round(found.cpu_seconds, 1),
        "moments": found.moments,
        "crashes": found.crashes(),
        "digest": found.digest,
        "broken": [asdict(each) for each in found.findings],
    }


def _require_greenlets() -> None:
    try:
        import greenlet  # noqa: F401, PLC0415  only asked whether it is there
    except ImportError:
        raise Invalid("the simulator needs greenlets; install syncd[simulate]") from None
