# ruff: noqa: INP001  Alembic loads scripts by path, they are no package
"""What an activity was when it was booked, and what clients said when they booked it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("appointments", sa.Column("as_booked", sa.Text()))
    op.add_column("appointments", sa.Column("answers", sa.Text()))
