"""Collect everything that is wrong with a document, each with its line and a way out.

Turns pydantic's errors into the project's own `Problem`s; no pydantic error leaves this package.
Values are never quoted: one of them may be a password in the wrong place.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from syncd.core.errors import Invalid
from syncd.core.problem import Problem
from syncd_config.document import Document
from syncd_config.key_lines import KeyPath

Model = TypeVar("Model", bound=BaseModel)


_PLAIN = {
    "missing": "is required",
    "dict_type": "must be a table, such as { key = value }",
    "model_type": "must be a table, such as { key = value }",
    "list_type": "must be a list in [ ]",
    "string_type": "must be text in quotes",
}

_BOUNDS = {
    "greater_than_equal": ("at least", "ge"),
    "less_than_equal": ("at most", "le"),
    "greater_than": ("more than", "gt"),
}


class Findings:
    """The problems of one document so far."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._found: dict[tuple[KeyPath, str], Problem] = {}

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All of them in the order of the file."""
        return tuple(sorted(self._found.values(), key=lambda each: each.line or 0))

    def add(self, path: KeyPath, what: str) -> None:
        """Note that `path` is wrong; the same twice is noted once."""
        problem = Problem(
            where=self._spoken(path),
            what=what,
            line=self._document.line_of(path),
            file=self._document.name,
        )
        self._found.setdefault((path, what), problem)

    def check(self, model: type[Model], value: object, path: KeyPath) -> Model | None:
        """`value` as a `model`, or None once its problems are noted."""
        try:
            return model.model_validate(value)
        except ValidationError as exc:
            for error in exc.errors(include_url=False):
                place = _own_part(error, model)
                self.add((*path, *place), explain(error, known_keys(model)))
            return None

    def raise_if_any(self) -> None:
        """Raise `Invalid` with every problem that was noted."""
        if self._found:
            raise Invalid(self.problems)

    def _spoken(self, path: KeyPath) -> str:
        """`calendars[patel-main].mode`: an item by its id where it has one, else by its position
        from 1."""
        spoken = ""
        value: Any = self._document.values
        for part in path:
            if isinstance(part, int):
                value = value[part] if isinstance(value, list) and part < len(value) else None
                spoken += f"[{_item_name(value) or part + 1}]"
            else:
                value = value.get(part) if isinstance(value, Mapping) else None
                spoken += f".{part}" if spoken else part
        return spoken


def known_keys(model: type[BaseModel]) -> tuple[str, ...]:
    """The keys that `model` understands, as they are written in the file."""
    return tuple(each.alias or name for name, each in model.model_fields.items())


def suggestion(word: str, known: Iterable[str], *, otherwise: bool = True) -> str:
    """`; did you mean 'x'?`, else `; known: …` unless there are too many to be of help."""
    known = tuple(known)
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    if near:
        return f"; did you mean {near[0]!r}?"
    listed = ", ".join(known)
    return f"; known: {listed}" if otherwise and 0 < len(known) <= 20 else ""


def explain(error: ErrorDetails, known: Iterable[str] = ()) -> str:
    """One pydantic error in the words of the person who wrote the file."""
    match error["type"]:
        case "extra_forbidden":
            return f"unknown key{suggestion(str(error['loc'][-1]), known)}"
        case "missing" | "dict_type" | "model_type" | "list_type" | "string_type" as kind:
            return _PLAIN[kind]
        case "greater_than_equal" | "less_than_equal" | "greater_than" as kind:
            phrase, key = _BOUNDS[kind]
            return f"must be {phrase} {error['ctx'][key]}"
        case "value_error":
            return str(error["ctx"]["error"])
        case "enum" | "literal_error":
            choices = str(error["ctx"]["expected"])
            words = [each.strip(" '") for each in choices.replace(" or ", ", ").split(",")]
            return f"must be one of {', '.join(words)}" + suggestion(
                str(error["input"]), words, otherwise=False
            )
        case _:
            what = error["msg"].removeprefix("Input ")
            return what[:1].lower() + what[1:]


def _own_part(error: ErrorDetails, model: type[BaseModel]) -> KeyPath:
    """pydantic's location without the names of its validators, which are no keys of the file."""
    first, *rest = error["loc"] or ("",)
    if not first or (error["type"] != "extra_forbidden" and first not in known_keys(model)):
        return ()
    return (first, *(each for each in rest if isinstance(each, int)))


def _item_name(value: object) -> str:
    name = value.get("id") if isinstance(value, Mapping) else None
    return name if isinstance(name, str) and name.isprintable() and len(name) <= 64 else ""
