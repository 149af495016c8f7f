"""One thing wrong with some input: a value, of which a refusal carries all that were found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing wrong with some input: where (file, line, key) and what, with a way out."""

    where: str
    what: str
    line: int | None = None
    file: str | None = None

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line) if part is not None)
        return ": ".join(part for part in (place, self.where, self.what) if part)
