"""The shape of a JSON text: its paths, and what kind of thing stands at each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def shape_of(value: Any) -> list[str]:
    """Sorted, without repetition; the places of a list count as one."""
    return sorted(set(_paths(value, "")))


def _paths(value: Any, path: str) -> Iterator[str]:
    match value:
        case dict():
            yield f"{path} {{}}"
            for name, each in value.items():
                yield from _paths(each, f"{path}.{name}")
        case list():
            yield f"{path} []"
            for each in value:
                yield from _paths(each, f"{path}[]")
        case None:
            yield f"{path} null"
        case bool():
            yield f"{path} truth"
        case str():
            yield f"{path} text"
        case _:
            yield f"{path} number"
