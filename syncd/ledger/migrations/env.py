# ruff: noqa: INP001  Alembic loads scripts by path, they are no package
"""How Alembic reaches the ledger: on the connection that it is handed, in the transaction there."""

from __future__ import annotations

from alembic import context

from syncd.ledger.schema import VERSION_TABLE
from syncd.ledger.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    # The caller's transaction is the only one: a migration happens whole or not at all.
    transactional_ddl=False,
)
context.run_migrations()
