"""The mutants and their judges: a change is made, said in words, and found out."""

import ast
from pathlib import Path

import pytest
from mutation.changes import in_words
from mutation.declarations import mutants_of
from mutation.functions import Mutant
from mutation.report import Reason, Tried, lines, reasons
from mutation.session import KILLED, SURVIVED, fate

from syncd.core.brake import BrakeLimits, why_braked

MODULE = '''
"""A module."""
LIMIT = 5
KINDS = frozenset({"a", "b"})
TABLE = {"a": Rule(to=None, who=KINDS)}

class Box:
    """A box."""
    size: int = 3
    open: bool = True

    @property
    def is_small(self) -> bool:
        """Whether it is."""
        return not self.open and self.size < LIMIT

    def left_to_mutmut(self) -> int:
        return 1
'''


@pytest.fixture
def module(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("box.py").write_text(MODULE)
    return Path("box.py")


def test_every_declaration_is_changed_in_every_small_way(module):
    found = {f"{each.where}: {each.change}" for each in mutants_of(module)}

    assert len(found) == 14
    assert found >= {
        "box.LIMIT: LIMIT = {5 → 6}",
        "box.KINDS: KINDS = frozenset({'{a', ' → }b'})",
        "box.TABLE: TABLE = {'a': Rule({to=None,  → }who=KINDS)}",
        "box.TABLE: TABLE = {{'a': Rule(to=None, who=KINDS) → }}",
        "box.Box.size: size: int = {3 → 4}",
        "box.Box.open: open: bool = {Tru → Fals}e",
    }
    assert {each.partition(":")[0] for each in found} == {
        "box.LIMIT",
        "box.KINDS",
        "box.TABLE",
        "box.Box.size",
        "box.Box.open",
        "box.Box.is_small",
    }


def test_a_mutant_is_its_module_with_one_change(module):
    plain = ast.unparse(ast.parse(MODULE))

    for mutant in mutants_of(module):
        compile(mutant.source, "box", "exec")
        assert mutant.source != plain
        assert len(mutant.source.splitlines()) == len(plain.splitlines())


def test_a_change_is_told_with_a_little_around_it():
    assert in_words("if a <  b:\n  c()", "if a <= b:\n  c()") == "if a <{ → =} b: c()"


def a_function(source):
    return next(each for each in ast.parse(source).body if isinstance(each, ast.FunctionDef))


def test_a_mutant_that_the_laws_notice_is_found_out_and_gone_afterwards():
    body = a_function("def x(*, removals, live, limits):\n    return 'held'")
    mutant = Mutant("syncd.core.brake", None, "why_braked", "always", body)

    assert fate(mutant.put_in_place, ()) == KILLED
    assert why_braked(removals=1, live=100, limits=BrakeLimits()) is None


def test_what_changes_nothing_survives():
    assert fate(lambda: None, ()) == SURVIVED


# The report.


def a_mutant(change="{a → b}", *, killed=False):
    return Tried(module="time", where="time.zone", change=change, killed=killed)


def test_a_survivor_without_a_reason_is_named():
    said = list(lines([a_mutant(), a_mutant(killed=True), a_mutant(killed=None)], []))

    assert "| time | 3 | 1 | 1 | 1 |" in said
    assert "not explained: time.zone | {a → b}" in said


def test_a_reason_covers_what_reads_like_it_and_is_named_when_nothing_does():
    reason = Reason(where="time.*", change="{a → *}", why="it does not matter")

    assert "explained: 1 of 1 survivors" in list(lines([a_mutant()], [reason]))
    assert list(lines([], [reason]))[-1] == "explains nothing: time.* | {a → *}"


def test_every_reason_is_a_sentence():
    for each in reasons():
        assert each.why.endswith(".")
