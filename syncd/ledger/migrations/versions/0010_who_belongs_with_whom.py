# ruff: noqa: INP001  Alembic loads scripts by path, they are no package
"""Guardians of clients, and relationships between clients and practitioners."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    moment = sa.BigInteger().with_variant(TIMESTAMP(timezone=True), "postgresql")
    op.create_table(
        "guardianships",
        *_words("practice_id", "client_id", "guardian_id"),
        sa.PrimaryKeyConstraint("practice_id", "client_id", "guardian_id", name="pk_guardianships"),
        _refers("fk_guardianships_clients", "clients", "client_id"),
        _refers("fk_guardianships_guardians", "clients", "guardian_id"),
    )
    op.create_index("ix_guardianships_of", "guardianships", ["practice_id", "guardian_id"])
    op.create_table(
        "relationships",
        *_words("practice_id", "id", "practitioner_id", "client_id"),
        sa.Column("since", moment, nullable=False),
        sa.Column("ended_at", moment),
        sa.PrimaryKeyConstraint("practice_id", "id", name="pk_relationships"),
        _refers("fk_relationships_practitioners", "practitioners", "practitioner_id"),
        _refers("fk_relationships_clients", "clients", "client_id"),
    )
    pair = ["practice_id", "client_id", "practitioner_id"]
    op.create_index("uq_relationships_pair", "relationships", pair, unique=True)


def _words(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _refers(name: str, table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ("practice_id", column), [f"{table}.practice_id", f"{table}.id"], name=name
    )
