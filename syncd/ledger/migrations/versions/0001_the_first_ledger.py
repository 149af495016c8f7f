# ruff: noqa: INP001  Alembic loads scripts by path, they are no package
"""The first ledger."""

from __future__ import annotations

from alembic import op

from syncd.ledger.tables import metadata

revision = "0001"
down_revision = None


def upgrade() -> None:
    metadata.create_all(op.get_bind())
