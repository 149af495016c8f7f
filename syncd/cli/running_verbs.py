"""`syncd init` and `syncd run`: begin, and keep going."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import Annotated

import typer

from syncd.cli import render
from syncd.cli.exits import Exit
from syncd.cli.opening import loaded_settings
from syncd.cli.render import Cell
from syncd.cli.verbs import AsJson, verb
from syncd.core.errors import Invalid, Refused
from syncd_config import example_practice, example_settings

HERE = Path()


@verb
def init(
    directory: Annotated[Path, typer.Argument(help="Where the two files are put.")] = HERE,
    *,
    as_json: AsJson = False,
) -> Exit:
    """Write a commented syncd.toml and practice.toml; files that are there are left alone."""
    written: list[str] = []
    kept: list[str] = []
    for name, text in (("syncd.toml", example_settings()), ("practice.toml", example_practice())):
        path = directory / name
        (written if _write_new(path, text) else kept).append(str(path))
    if as_json:
        render.show_json({"written": written, "kept": kept})
        return Exit.OK
    for each in written:
        render.show_line(Cell("wrote", "good"), each)
    for each in kept:
        render.show_line(Cell("kept", "dim"), each, Cell("(it was there already)", "dim"))
    place = shlex.quote(str(directory))
    render.say("")
    render.say("Next: say in practice.toml who and what there is, then")
    if directory != HERE:
        render.say(f"  cd {place}")
    render.say("  syncd practice check    # every mistake at once, with its line")
    render.say("  syncd practice apply")
    render.say("  syncd plan              # what the first sync would do; writes nothing")
    render.say("  syncd sync              # do it once")
    render.say("  syncd run               # keep doing it")
    return Exit.OK


@verb
def run(
    *,
    only: Annotated[
        str | None,
        typer.Option(help="Only this part: web answers requests, worker keeps calendars in sync."),
    ] = None,
) -> Exit:
    """Keep ledger and calendars in sync, and answer the API, until told to stop."""
    from syncd.daemon import run as keep_running  # noqa: PLC0415  only this verb needs it

    try:
        settings = loaded_settings().settings
        again = lambda: loaded_settings().settings  # noqa: E731  a reload honours --config, too
        return Exit(keep_running(settings, os.environ, only=only, load=again))
    except Invalid as exc:
        render.fail(exc.code, str(exc), problems=exc.problems)
        return Exit.CONFIG


def _write_new(path: Path, text: str) -> bool:
    """Whether the file was made; False where there was one."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as exc:
        if path.exists():
            return False
        raise Refused(f"cannot write {path}: a part of its path is a file") from exc
    except OSError as exc:
        raise Refused(
            f"cannot write {path}: {(exc.strerror or 'no reason given').lower()}"
        ) from exc
    return True


@verb
def demo(
    *,
    stay: Annotated[
        bool, typer.Option("--stay", help="Leave the servers and the files for looking around.")
    ] = False,
) -> Exit:
    """Show a practice being kept alike with calendars of a real server and with bookings on a
    stand-in for Cal.com, and check the claims."""
    from syncd.cli.demo.story import play  # noqa: PLC0415  needs what only the demo needs

    return play(stay=stay)
