# ruff: noqa: INP001  Alembic loads scripts by path, they are no package
"""How activities are offered, and when the practice is closed. An activity of before is offered as
it always was: at any time, with its one duration."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("practices", sa.Column("holidays", sa.Text()))
    op.add_column("practices", sa.Column("closures", sa.Text()))
    op.add_column("practices", sa.Column("most_ahead", sa.Integer()))
    op.add_column("activities", sa.Column("offering", sa.Text()))
