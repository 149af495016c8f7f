"""SQL of ours is compiled once a run instead of once a ledger: tests open thousands of ledgers."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, create_engine

from syncd.ledger import engine


class Statements(dict[Any, Any]):
    """What SQLAlchemy keeps compiled, for all SQLite engines: their dialects are alike."""

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get(key[1:], default)

    def __setitem__(self, key: Any, compiled: Any) -> None:
        super().__setitem__(key[1:], compiled)


def share() -> None:
    """From now on, in this process."""
    statements = Statements()

    def made(url: Any, **choices: Any) -> Engine:
        if str(url).startswith("sqlite"):
            choices["execution_options"] = {"compiled_cache": statements}
        return create_engine(url, **choices)

    engine.create_engine = made
