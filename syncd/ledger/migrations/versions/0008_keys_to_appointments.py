# ruff: noqa: INP001  Alembic loads scripts by path, they are no package
"""What the keys to single appointments are made of."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("practices", sa.Column("booking_secret", sa.Text()))
