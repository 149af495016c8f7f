"""Identifiers and chances that repeat: the same seed and the same requests give the same ones.

No other randomness is in the stand-in.
"""

from __future__ import annotations

from collections import Counter
from hashlib import sha256
from uuid import UUID

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_UID_LENGTH = 22


class Mint:
    """Ids are counted per table; an insert that fails has used one up, as in a database."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._drawn: Counter[str] = Counter()
        self._ids: Counter[str] = Counter()

    def number(self, table: str, first: int = 1) -> int:
        self._ids[table] += 1
        return first + self._ids[table] - 1

    def uid(self) -> str:
        """Of a booking: 22 letters and digits."""
        value = int.from_bytes(self._draw("uid")[:20])
        letters: list[str] = []
        while len(letters) < _UID_LENGTH:
            value, rest = divmod(value, len(_ALPHABET))
            letters.append(_ALPHABET[rest])
        return "".join(letters)

    def uuid(self) -> str:
        return str(UUID(bytes=self._draw("uuid")[:16], version=4))

    def chance(self, purpose: str) -> float:
        """From 0 to 1, 1 excluded. Each purpose has a sequence of its own, so that one more kind
        of fault does not change when the others strike."""
        return int.from_bytes(self._draw(purpose)[:6]) / float(1 << 48)

    def _draw(self, purpose: str) -> bytes:
        self._drawn[purpose] += 1
        return sha256(f"{self._seed}/{purpose}/{self._drawn[purpose]}".encode()).digest()
