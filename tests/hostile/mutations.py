"""Damage done to good input: words exchanged, stretches cut, doubled and filled with noise.

Takes its chances from a `random.Random`, so that Hypothesis can choose and shrink them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from random import Random

_WORD = re.compile(rb"[A-Za-z0-9-]+")


def mutated(chance: Random, seeds: Sequence[bytes], tokens: Sequence[bytes]) -> bytes:
    """One of `seeds` after one to five blows."""
    text = chance.choice(seeds)
    for _ in range(chance.randint(1, 5)):
        text = _blow(chance, text, seeds, tokens=tokens)
    return text


def _blow(chance: Random, text: bytes, seeds: Sequence[bytes], *, tokens: Sequence[bytes]) -> bytes:
    start = chance.randint(0, len(text))
    end = min(len(text), start + chance.randint(0, chance.choice((3, 20, 80))))
    match chance.randint(0, 6):
        case 0:
            return text[:start] + chance.choice(tokens) + text[end:]
        case 1:
            return text[:start] + chance.choice(tokens) + text[start:]
        case 2:
            return text[:start] + text[end:]
        case 3:
            return text[:start] + text[start:end] * chance.randint(2, 4) + text[end:]
        case 4:
            return text[:start] + bytes((chance.randint(0, 255),)) + text[start + 1 :]
        case 5:
            lines = text.split(b"\n")
            stranger = chance.choice(chance.choice(seeds).split(b"\n"))
            lines.insert(chance.randint(0, len(lines)), stranger)
            return b"\n".join(lines)
    words = list(_WORD.finditer(text))
    if not words:
        return text
    word = chance.choice(words)
    return text[: word.start()] + chance.choice(tokens) + text[word.end() :]
