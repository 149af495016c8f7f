"""`syncd config`: how syncd itself is set up."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from syncd.cli import render
from syncd.cli.exits import Exit
from syncd.cli.opening import loaded_settings
from syncd.cli.render import Cell, Sheet
from syncd.cli.verbs import AsJson, verb
from syncd_config import example_practice, example_settings

app = typer.Typer(no_args_is_help=True, help="How syncd itself is set up: syncd.toml.")


class Example(StrEnum):
    SETTINGS = "settings"
    PRACTICE = "practice"


@app.command("check")
@verb
def check(*, as_json: AsJson = False) -> Exit:
    """Say everything that is wrong with the settings, wherever each one stands."""
    loaded = loaded_settings()
    file = str(loaded.file) if loaded.file else None
    if as_json:
        render.show_json({"ok": True, "file": file})
    else:
        render.show_line(Cell("ok:", "good"), file or "no syncd.toml; defaults and environment")
    return Exit.OK


@app.command("show")
@verb
def show(*, as_json: AsJson = False) -> Exit:
    """Show every setting that holds, and where it comes from. Passwords are masked."""
    loaded = loaded_settings()
    values = loaded.settings.shown()
    if as_json:
        file = str(loaded.file) if loaded.file else None
        rows = {key: {"value": values[key], "from": loaded.origins[key]} for key in values}
        render.show_json({"file": file, "settings": rows})
        return Exit.OK
    rows_of = [(key, str(value), Cell(loaded.origins[key], "dim")) for key, value in values.items()]
    render.show_sheet(Sheet(columns=("setting", "value", "from"), rows=rows_of))
    return Exit.OK


@app.command("example")
@verb
def example(
    which: Annotated[
        Example, typer.Argument(help="settings (syncd.toml) or practice (practice.toml).")
    ] = Example.PRACTICE,
) -> Exit:
    """Print a commented example file."""
    render.show_text(example_settings() if which is Example.SETTINGS else example_practice())
    return Exit.OK
