# ruff: noqa: INP001  Alembic loads scripts by path, they are no package
"""What a quarantined object waits for. Those of before wait for nothing in particular: they are
looked at again as they always were."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("remote_events", sa.Column("awaits", sa.Text()))
