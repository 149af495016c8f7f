# ruff: noqa: INP001  Alembic loads scripts by path, they are no package
"""Whether anybody may book, and whether clients may at the moment."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    moment = sa.BigInteger().with_variant(TIMESTAMP(timezone=True), "postgresql")
    op.add_column("practices", sa.Column("public_booking", sa.Boolean()))
    op.add_column("practices", sa.Column("booking_off_at", moment))
