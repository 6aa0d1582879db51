"""Run by Alembic: migrates on the connection, and within the transaction, that `storage.migration` hands over."""

from __future__ import annotations

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
