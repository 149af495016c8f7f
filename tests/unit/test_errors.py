"""Errors say what is wrong, which thing, and what to do; their codes never change."""

import inspect
from datetime import timedelta

import pytest

from syncd.core import errors
from syncd.core.errors import (
    Broken,
    Invalid,
    LedgerAway,
    Refused,
    SlotTaken,
    SyncdError,
    Transient,
    Unavailable,
    Unknown,
)
from syncd.core.problem import Problem

CLASSES = [
    each for _, each in inspect.getmembers(errors, inspect.isclass) if issubclass(each, SyncdError)
]


def test_every_error_stands_on_one_of_three_branches():
    branches = (Refused, Unavailable, Broken)

    assert all(
        each is SyncdError or sum(issubclass(each, branch) for branch in branches) == 1
        for each in CLASSES
    )


def test_every_error_has_a_code_of_its_own():
    codes = [each.code for each in CLASSES]

    assert len(set(codes)) == len(codes)
    assert all(code == code.upper() for code in codes)


def test_the_tree_in_the_docstring_is_the_tree():
    drawn = set(errors.__doc__.split("Messages never")[0].replace("│", " ").split())

    assert {each.__name__ for each in CLASSES} <= drawn


def test_an_unknown_thing_names_what_is_known():
    assert str(Unknown("practitioner", "dr-who")) == "no practitioner 'dr-who'"
    assert str(Unknown("practitioner", "dr-who", known=("a", "b"))).endswith("; known: a, b")


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (Problem(where="", what="odd"), "odd"),
        (Problem(where="key", what="odd"), "key: odd"),
        (Problem(where="key", what="odd", file="a.toml"), "a.toml: key: odd"),
        (Problem(where="key", what="odd", file="a.toml", line=3), "a.toml:3: key: odd"),
    ],
)
def test_a_problem_says_where_and_what(problem, text):
    assert str(problem) == text


def test_all_problems_are_told_at_once():
    one, other = Problem(where="a", what="odd"), Problem(where="b", what="even")

    assert str(Invalid([one, other])) == "a: odd\nb: even"
    assert Invalid("odd").problems == (Problem(where="", what="odd"),)
    assert Invalid((one,)).problems == (one,)


def test_errors_carry_what_callers_decide_by():
    assert SlotTaken("taken").resource == "practitioner"
    assert SlotTaken("taken", resource="client").resource == "client"
    assert Unavailable("away").retry_after is None
    assert Transient("away", retry_after=timedelta(seconds=3)).retry_after == timedelta(seconds=3)
    assert not Transient("away").ambiguous
    assert LedgerAway("broke off", ambiguous=True).ambiguous
    assert not LedgerAway("away").ambiguous
    assert Transient("cut off", ambiguous=True).ambiguous
    unknown = Unknown("practitioner", "dr-who")
    assert (unknown.what, unknown.which) == ("practitioner", "dr-who")


@pytest.mark.parametrize("error", [SlotTaken, Unavailable, Transient, LedgerAway])
def test_an_error_with_more_to_carry_still_says_its_message(error):
    assert str(error("what, which and what to do")) == "what, which and what to do"
