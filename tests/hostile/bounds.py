"""How much one item from outside may cost, whatever it is. A test holds each of them."""

from __future__ import annotations

ITEM_SECONDS = 2
"""CPU for one calendar object, answer or line; the killing of a worker included."""
ITEM_MEMORY = 64 << 20
"""Octets by which the process may grow for one calendar object."""
DOCUMENT_SECONDS = 10
DOCUMENT_MEMORY = 384 << 20
"""For a configuration file of the greatest size that is read, 1 MiB, filled in the worst way."""
ANSWER_SECONDS = 20
ANSWER_MEMORY = 1 << 30
"""For an answer of the greatest size that is read, 64 MiB, filled in the worst way."""
FUZZED_SECONDS = 10
FUZZED_MEMORY = 2 << 30
"""For libFuzzer, whose instruments slow everything down and never forget."""
