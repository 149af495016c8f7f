"""Bugs on purpose: known-bad variants of the engine, each an edit that is applied to a copy.

Nothing in the product knows of them. An edit names its exact place; where that is gone, planting
fails loudly, for a bug that is no longer planted is a hole in the score that nobody sees.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TREES = ("syncd", "providers", "config")
"""What a copy of the product is made of."""


class Uprooted(Exception):
    """The place where a bug belongs is not there any more, or not the only one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """In the file `path`, `old` (which stands there exactly once) becomes `new`."""

    path: str
    old: str
    new: str

    def of(self, text: str) -> str:
        """The file's text after the edit. Raises Uprooted."""
        count = text.count(self.old)
        if count != 1:
            raise Uprooted(f"{self.path} has {count} times, not once:\n{self.old}")
        return text.replace(self.old, self.new)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bug:
    """One known-bad variant. `breaks` names the invariants that it breaks, as the proof lists them;
    `why` says in a sentence why somebody would write it."""

    name: str
    breaks: str
    why: str
    edits: tuple[Edit, ...]


def bug(name: str, breaks: str, why: str, *changes: str) -> Bug:
    """A bug of these changes: a path, then hunks for that file, then perhaps the next path. Hunks are
    written like a diff's, with lines that stay, `-` lines and `+` lines, and `@@` between two."""
    pairs = zip(changes[::2], changes[1::2], strict=True)
    edits = tuple(
        _edit(path, hunk) for path, hunks in pairs for hunk in hunks.strip("\n").split("\n@@\n")
    )
    return Bug(name=name, breaks=breaks, why=why, edits=edits)


def _edit(path: str, hunk: str) -> Edit:
    lines = hunk.split("\n")
    old, new = (
        "".join(f"{each[1:]}\n" for each in lines if not each.startswith(other)) for other in "+-"
    )
    return Edit(path=path, old=old, new=new)


def edited(planted: Bug, root: Path = ROOT) -> dict[str, str]:
    """The files that the bug changes, with their new texts. Raises Uprooted."""
    texts: dict[str, str] = {}
    for each in planted.edits:
        text = texts.get(each.path) or (root / each.path).read_text()
        texts[each.path] = each.of(text)
    return texts


def copy_product(target: Path, root: Path = ROOT) -> None:
    """A sound copy of the product in `target`."""
    ignored = shutil.ignore_patterns("__pycache__")
    for tree in TREES:
        shutil.copytree(root / tree, target / tree, ignore=ignored)


def plant(planted: Bug, copy: Path, root: Path = ROOT) -> None:
    """Put the bug into a sound copy."""
    for path, text in edited(planted, root).items():
        (copy / path).write_text(text)
