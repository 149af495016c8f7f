"""The outcomes of a fault matrix as a table that can be read: a fault a line, a request a column."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from torture.cells import Cell, Outcome, Wrong

TABLE = "torture table"
"""Under this name a test leaves its table for the end of the run."""
SAID = {
    "ok": "ok",
    "CALENDAR_UNAVAILABLE": "later",
    "RATE_LIMITED": "slower",
    "NEEDS_LOGIN": "login",
    "CALENDAR_FORBIDDEN": "closed",
    "": "·",
}
LEGEND = """\
ok: the round went on, perhaps with one event held back · later, slower, login, closed: it ended
there and says so (unavailable, rate limited, credentials, refused) · a point: it had no such
request · 2: both sides agreed after the second clean round, else after the first · WRONG: a promise
broken"""


def table_of(name: str, outcomes: Sequence[Outcome | Wrong], cells: Sequence[Cell]) -> str:
    """One block for each kind of round, in Markdown."""
    found = dict(zip(cells, outcomes, strict=True))
    wrong = sum(isinstance(each, Wrong) for each in outcomes)
    struck = sum(isinstance(each, Outcome) and bool(each.said) for each in outcomes)
    lines = [f"### {name}: {len(cells)} cells, {struck} struck, {wrong} wrong", "", LEGEND, ""]
    for scene, on in dict.fromkeys((each.scene, each.on) for each in cells):
        block = [each for each in cells if (each.scene, each.on) == (scene, on)]
        columns = sorted({each.at for each in block})
        what = "this request and all later ones" if on else "this request"
        lines += [f"{scene} round, {what}:", ""]
        heads = [f"{at} {_method(found, scene, at)}".strip() for at in columns]
        lines += [f"| fault | {' | '.join(heads)} |", f"|---|{'---|' * len(columns)}"]
        for kind in dict.fromkeys(each.kind for each in block):
            row = [_shown(found.get(Cell(scene, kind, at, on))) for at in columns]
            lines.append(f"| {kind} | {' | '.join(row)} |")
        lines.append("")
    return "\n".join(lines)


def _shown(outcome: Outcome | Wrong | None) -> str:
    if outcome is None:
        return ""
    if isinstance(outcome, Wrong):
        return "WRONG"
    late = f" {outcome.healed_in}" if outcome.healed_in > 1 else ""
    return SAID.get(outcome.said, outcome.said) + late


def _method(found: dict[Cell, Outcome | Wrong], scene: str, at: int) -> str:
    """What this request mostly was."""
    methods = Counter(
        each.method
        for cell, each in found.items()
        if isinstance(each, Outcome) and each.method and (cell.scene, cell.at) == (scene, at)
    )
    return methods.most_common(1)[0][0] if methods else ""
