"""What a terminal, a pipe and a stranger's text make of the output."""

import io
import re

import pytest
from rich.console import Console

from syncd.cli import render
from syncd.cli.render import Card, Cell, Sheet, clean

SHEET = Sheet(
    columns=("number", "note"),
    rows=[(Cell("AID-1", "good"), "x" * 300), (Cell("AID-22", "bad"), "short")],
)


@pytest.fixture
def terminal(monkeypatch):
    """A terminal of 60 columns; what it was sent."""
    screen = io.StringIO()
    for name in ("NO_COLOR", "FORCE_COLOR", "TERM", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)

    def console():
        return Console(
            file=screen, force_terminal=True, width=60, color_system="truecolor", highlight=False
        )

    monkeypatch.setattr(render, "_out", console)
    return screen


def test_in_a_pipe_columns_are_plain_and_nothing_is_cut(capsys):
    render.show_sheet(SHEET)

    assert capsys.readouterr().out == f"NUMBER  NOTE\nAID-1   {'x' * 300}\nAID-22  short\n"


def test_numbers_are_aligned_to_the_right(capsys):
    render.show_sheet(
        Sheet(columns=("id", "n"), rows=[("a", "1"), ("b", "100")], right=frozenset({"n"}))
    )

    assert capsys.readouterr().out == "ID    N\na     1\nb   100\n"


def test_an_empty_table_is_only_said(capsys):
    render.show_sheet(Sheet(columns=("id",), empty="no appointments"))

    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "no appointments\n")


def test_a_terminal_gets_colours_and_the_whole_text(terminal):
    render.show_sheet(SHEET)

    assert "\x1b[32mAID-1" in terminal.getvalue()
    assert terminal.getvalue().count("x") == 300


def test_a_narrow_terminal_gets_one_row_under_the_other(terminal):
    columns = ("number", "when", "practitioner", "what", "client", "status")
    row = ("AID-20310303-0001", "Monday", "dr-patel", "Consultation", "", "fulfilled")

    render.show_sheet(Sheet(columns=columns, rows=[row], whole=frozenset({"number"})))

    shown = re.sub(r"\x1b\[[0-9;]*m", "", terminal.getvalue())
    assert shown == (
        "AID-20310303-0001\n  when          Monday\n  practitioner  dr-patel\n"
        "  what          Consultation\n  status        fulfilled\n"
    )


def test_no_word_of_a_table_is_broken(terminal):
    columns, row = ("number", "what", "status"), ("AID-20310303-0001", "a b c " * 9, "fulfilled")

    render.show_sheet(Sheet(columns=columns, rows=[row], whole=frozenset({"number"})))

    shown = re.sub(r"\x1b\[[0-9;]*m", "", terminal.getvalue())
    assert "AID-20310303-0001" in shown
    assert "fulfilled" in shown
    assert all(len(line.rstrip()) <= 60 for line in shown.splitlines())


def test_no_color_is_honoured(terminal, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")

    render.show_sheet(SHEET)

    assert "\x1b[32m" not in terminal.getvalue()


@pytest.mark.parametrize(
    "text", ["\x1b[2J", "\x9b31m", "a\rb", "\u202egnp.exe", "\x00", "a\nb", "a\tb", "\u2066"]
)
def test_a_strangers_text_cannot_steer_the_terminal(text, terminal, capsys, monkeypatch):
    for cell in (text, Cell(text, "strong")):
        render.show_card(Card(heading=Cell("x"), lines=[("title", cell)]))
        render.say(cell)
        render.show_sheet(Sheet(columns=("title", "n"), rows=[(cell, "1")]))
        monkeypatch.undo()  # and in a pipe
        render.show_sheet(Sheet(columns=("title", "n"), rows=[(cell, "1")]))
        render.show_text(text.replace("\n", " "))

    said = capsys.readouterr()
    shown = terminal.getvalue() + said.out + said.err
    assert text not in shown


def test_markup_of_a_stranger_is_just_text(terminal):
    render.show_line("[bold red]boo[/] :smile:")

    assert "[bold red]boo[/] :smile:" in terminal.getvalue()


def test_letters_of_all_scripts_stay():
    assert clean("Zoë 李雷 Ελένη 🙂") == "Zoë 李雷 Ελένη 🙂"
