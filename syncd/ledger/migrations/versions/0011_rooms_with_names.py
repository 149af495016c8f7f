# ruff: noqa: INP001  Alembic loads scripts by path, they are no package
"""Rooms that a practice names, and appointments take one of."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("rooms", sa.Column("name", sa.Text()))
    op.add_column("rooms", sa.Column("active", sa.Boolean()))
