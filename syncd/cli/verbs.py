"""How every verb ends: its exit code, or an error said once on standard error.

A verb returns an `Exit`; what it raises becomes a line (or a list of problems) and a code. With
`--json` the error is on standard output too, so that a program finds it where it looks.
"""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable
from functools import wraps
from typing import Annotated, ParamSpec

import typer

from syncd.cli import render
from syncd.cli.exits import Exit, of_error
from syncd.core.errors import Invalid, SyncdError
from syncd.flows.rounds import THREADS

P = ParamSpec("P")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


def verb(function: Callable[P, Exit]) -> Callable[P, None]:
    """Make a function that returns an exit code, and raises what goes wrong, a command."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        as_json = bool(kwargs.get("as_json"))
        code = _perform(lambda: function(*args, **kwargs), as_json=as_json)
        if code is not Exit.OK:
            raise typer.Exit(code)

    return run


def _perform(work: Callable[[], Exit], *, as_json: bool) -> Exit:
    try:
        code = work()
        render.flush()
    except SyncdError as exc:
        return _failed(exc, as_json=as_json)
    except KeyboardInterrupt:
        render.say("interrupted")
        if any(each.name.startswith(THREADS) for each in threading.enumerate()):
            os._exit(Exit.INTERRUPTED)  # asked twice: a round may be cut off anywhere
        return Exit.INTERRUPTED
    except BrokenPipeError:
        render.abandon_output()
        return Exit.PIPE_CLOSED
    except (typer.Exit, typer.Abort, typer.BadParameter):
        raise
    except Exception as exc:
        if isinstance(exc, OSError) and _is_of_the_output(exc):
            return _not_told(exc)
        if os.environ.get("SYNCD_DEBUG") == "1":
            raise
        render.fail(
            "INTERNAL",
            f"syncd failed inside: {type(exc).__name__}; run it again with SYNCD_DEBUG=1 and "
            "report what it says",
            as_json=as_json,
        )
        return Exit.ERROR
    return code


def _is_of_the_output(exc: OSError) -> bool:
    """Whether it is the disk below standard output that has no room, or fails."""
    return exc.filename is None and exc.errno in (errno.ENOSPC, errno.EDQUOT, errno.EIO)


def _not_told(exc: OSError) -> Exit:
    """The work is done, or as much of it as was: only its answer is lost."""
    render.abandon_output()
    reason = (exc.strerror or "no reason given").lower()
    render.fail("OUTPUT_LOST", f"standard output cannot be written: {reason}; {_LOOK_FIRST}")
    return Exit.ERROR


_LOOK_FIRST = "what was asked for may have been done: look before doing it again"


def _failed(exc: SyncdError, *, as_json: bool) -> Exit:
    if os.environ.get("SYNCD_DEBUG") == "1":
        raise exc
    problems = exc.problems if isinstance(exc, Invalid) else ()
    render.fail(exc.code, str(exc), problems=problems, as_json=as_json)
    for note in getattr(exc, "__notes__", ()):
        render.say(note)
    return of_error(exc)
