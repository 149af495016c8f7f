"""Find the installed providers. The only place that reads entry points."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.metadata import entry_points

from syncd.core.errors import Unknown
from syncd.ports import ProviderKind

GROUP = "syncd.providers"


@cache
def provider_kinds() -> Mapping[str, ProviderKind]:
    """Every installed provider by its name in practice.toml."""
    return {entry.name: entry.load() for entry in sorted(entry_points(group=GROUP))}


def provider_kind(name: str) -> ProviderKind:
    """The provider of this name; Unknown lists the installed ones."""
    kinds = provider_kinds()
    if name not in kinds:
        raise Unknown("provider", name, known=tuple(kinds))
    return kinds[name]
