"""How much one thing from outside may cost, whatever it is. Tests hold it to each of them."""

from __future__ import annotations

ITEM_SECONDS = 2
WORKER_SECONDS = 5
SECONDS = {"item": ITEM_SECONDS, "document": 10, "answer": 60}
"""CPU. An item is a calendar object, a line or a header; the worker's time, which is given an item
of unknown cost, starts and is killed, is counted apart. A document is a configuration file of the
greatest size that is read (1 MiB), an answer what a server may send (64 MiB), each filled in the
worst way and used in each way that it can be."""
MEMORY = {"item": 64 << 20, "document": 512 << 20, "answer": 1 << 30}
"""Octets by which the process may grow."""
FUZZED_SECONDS = 10
FUZZED_MEMORY = 2 << 30
"""For libFuzzer, whose instruments slow everything down and never forget."""
