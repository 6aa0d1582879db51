"""Bringing tables up to date: one connection in a transaction in, the newest revision out (or a refusal)."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from recognizance.errors import NewerDataError

MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(connection: Connection) -> None:
    """Run the migrations that this database lacks. Raises NewerDataError for a revision that is not ours."""
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    present = MigrationContext.configure(connection).get_current_heads()
    if strangers := sorted(set(present) - known):
        raise NewerDataError(f"the database is at revision {strangers[0]} of a newer version: upgrade Recognizance")
    command.upgrade(config, "head")
