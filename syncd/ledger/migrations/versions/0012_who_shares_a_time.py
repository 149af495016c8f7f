# ruff: noqa: INP001  Alembic loads scripts by path, they are no package
"""How many may share an appointment's time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    alone = sa.Column("capacity", sa.Integer(), nullable=False, server_default="1")
    op.add_column("appointments", alone)
