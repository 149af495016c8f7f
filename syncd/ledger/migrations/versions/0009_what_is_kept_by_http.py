# ruff: noqa: INP001  Alembic loads scripts by path, they are no package
"""Activities and opening hours that are changed by HTTP, and not by practice.toml."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("practitioners", sa.Column("hours_kept_by", sa.Text()))
    op.add_column("activities", sa.Column("kept_by", sa.Text()))
