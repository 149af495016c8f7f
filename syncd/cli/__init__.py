"""The command line. A verb has three moves: parse, call one flow, render. Decides nothing."""

from __future__ import annotations

import sys


def main() -> None:
    """The entry point `syncd`: runs the verb of sys.argv and ends the process."""
    try:
        from syncd.cli.app import app  # noqa: PLC0415  Ctrl-C is answered while this loads, too

        app()
    except KeyboardInterrupt:
        sys.exit(130)
