"""The only place that prints: data to standard output, talk to standard error.

On a terminal tables have lines and colours (not with NO_COLOR); elsewhere they are plain columns
that nothing is cut from. What comes from a calendar cannot move the cursor or set colours.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal

from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from syncd.core.problem import Problem

LONG_WORD = 36
"""As long as an id; what is longer may be broken into lines."""
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Cell:
    """A text with a meaning: "good", "bad", "warn", "dim", "strong" or ""."""

    text: str
    tone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A table. `right` names the columns whose numbers are aligned, `whole` those that a narrow
    terminal does not break into lines; `empty` is said in place of a table without rows."""

    columns: Sequence[str]
    rows: Sequence[Sequence[Cell | str]] = ()
    right: frozenset[str] = frozenset()
    whole: frozenset[str] = frozenset()
    empty: str = "nothing"
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One thing, as a heading and what belongs to it, one pair a line."""

    heading: Cell
    lines: Sequence[tuple[str, Cell | str]] = field(default=())


_TONES = {
    "good": "green",
    "bad": "bold red",
    "warn": "yellow",
    "dim": "dim",
    "strong": "bold",
    "": "",
}


def clean(text: str) -> str:
    """`text` on one line, without what could steer a terminal."""
    return _UNPRINTABLE.sub(_escaped, " ".join(text.splitlines()) if "\n" in text else text)


def _escaped(found: re.Match[str]) -> str:
    return " " if found.group() == "\t" else f"\\x{ord(found.group()):02x}"


def show_json(value: object) -> None:
    """One JSON document on standard output."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def show_text(text: str) -> None:
    """Text with its lines as they are, on standard output."""
    for line in text.splitlines():
        sys.stdout.write(clean(line) + "\n")


def show_sheet(sheet: Sheet) -> None:
    """A table on standard output; one without rows is only said, on standard error."""
    if not sheet.rows:
        say(sheet.empty)
    elif _out().is_terminal:
        _show_table(sheet)
    else:
        _show_columns(sheet)


def show_card(card: Card) -> None:
    """A heading and its lines on standard output."""
    width = max((len(name) for name, _ in card.lines), default=0)
    out = _out()
    out.print(_text(card.heading), soft_wrap=True)
    for name, value in card.lines:
        line = Text(f"  {name:<{width}}  ", style="dim") + _text(value)
        out.print(line, soft_wrap=True)


def show_line(*cells: Cell | str) -> None:
    """One line of data."""
    _out().print(Text(" ").join(_text(each) for each in cells), soft_wrap=True)


def show_step(at: int, title: str) -> None:
    """The heading of a part of a story."""
    _out().print(Text(f"\n{at}. {title}", style="bold cyan"))


def show_command(command: str) -> None:
    """A command as a person would type it, before it is run; a long one on several lines, as a
    shell takes it."""
    out = _out()
    lines = [f"$ {command}"]
    while len(lines[-1]) > out.width - 2 and " --" in lines[-1][: out.width - 2]:
        cut = lines[-1].rindex(" --", 0, out.width - 2)
        if not lines[-1][:cut].strip():
            break
        lines[-1:] = [f"{lines[-1][:cut]} \\", f"   {lines[-1][cut:]}"]
    out.print(Text("\n" + "\n".join(lines), style="bold"), soft_wrap=True)
    flush()


def say(*cells: Cell | str) -> None:
    """Talk: a line on standard error, after what was printed so far."""
    with suppress(OSError, ValueError):
        flush()
    _err().print(Text(" ").join(_text(each) for each in cells), soft_wrap=True)


def fail(
    code: str, message: str, *, problems: Sequence[Problem] = (), as_json: bool = False
) -> None:
    """Say what went wrong; with `as_json` as a document on standard output too."""
    lines = message.splitlines() or [code]
    head = "error:" if len(lines) == 1 else f"error: {len(lines)} problems"
    if len(lines) == 1:
        say(Cell(head, "bad"), lines[0])
    else:
        say(Cell(head, "bad"))
        for line in lines:
            say(f"  {line}")
    if as_json:
        found = [
            {"where": each.where, "what": each.what, "line": each.line, "file": each.file}
            for each in problems
        ]
        show_json({"error": {"code": code, "message": message, "problems": found}})
        flush()


@contextmanager
def progress(what: str, total: int) -> Iterator[Callable[[], None]]:
    """A bar on standard error while something long runs, nothing where that is no terminal. Gives
    what to call as each of `total` parts ends."""
    console = _err()
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    with bar:
        task = bar.add_task(what, total=total)
        yield lambda: bar.advance(task)


def flush() -> None:
    """Send off what was written; BrokenPipeError where nobody reads it any more."""
    sys.stdout.flush()


def abandon_output() -> None:
    """Nobody reads standard output any more: let the interpreter end without a complaint."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _out() -> Console:
    return Console(highlight=False, markup=False, emoji=False)


def _err() -> Console:
    return Console(stderr=True, highlight=False, markup=False, emoji=False)


def _text(cell: Cell | str) -> Text:
    if isinstance(cell, str):
        return Text(clean(cell))
    return Text(clean(cell.text), style=_TONES[cell.tone])


def _plain(cell: Cell | str) -> str:
    return clean(cell.text if isinstance(cell, Cell) else cell)


def _show_table(sheet: Sheet) -> None:
    out = _out()
    widths = [_least_width(sheet, at) for at in range(len(sheet.columns))]
    if sheet.title:
        out.print(Text(sheet.title, style="bold"))
    if sum(widths) + 2 * (len(widths) - 1) > out.width:
        _show_stacked(sheet)
        return
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    table.header_style = "dim"
    for name, width in zip(sheet.columns, widths, strict=True):
        right = name in sheet.right
        justify: Literal["left", "right"] = "right" if right else "left"
        table.add_column(
            name, justify=justify, min_width=width, overflow="fold", no_wrap=name in sheet.whole
        )
    for row in sheet.rows:
        table.add_row(*(_text(each) for each in row))
    out.print(table)


def _show_stacked(sheet: Sheet) -> None:
    """One row under the other, for a terminal that is too narrow for a table."""
    for first, *rest in sheet.rows:
        pairs = zip(sheet.columns[1:], rest, strict=True)
        lines = [(name, cell) for name, cell in pairs if _plain(cell)]
        show_card(Card(heading=Cell(_plain(first), "strong"), lines=lines))


def _least_width(sheet: Sheet, at: int) -> int:
    """What a column needs so that no word is broken, but for very long ones."""
    name = sheet.columns[at]
    cells = [_plain(row[at]) for row in sheet.rows]
    parts = cells if name in sheet.whole else [word for cell in cells for word in cell.split()]
    return max(len(name), min(max((len(part) for part in parts), default=0), LONG_WORD))


def _show_columns(sheet: Sheet) -> None:
    rows = [[name.upper() for name in sheet.columns]]
    rows += [[_plain(each) for each in row] for row in sheet.rows]
    widths = [max(len(row[at]) for row in rows) for at in range(len(sheet.columns))]
    right = [name in sheet.right for name in sheet.columns]
    for row in rows:
        cells = [
            text.rjust(width) if to_right else text.ljust(width)
            for text, width, to_right in zip(row, widths, right, strict=True)
        ]
        sys.stdout.write("  ".join(cells).rstrip() + "\n")
