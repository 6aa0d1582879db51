"""Migrations make exactly the tables that the code uses, and once."""

from __future__ import annotations

import importlib
import pkgutil

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect

from recognizance import storage
from recognizance.storage.migration import migrate
from recognizance.storage.schema import metadata


@pytest.fixture(autouse=True, scope="module")
def _all_tables():
    """A table is known once the module of its rows is imported."""
    for module in pkgutil.iter_modules(storage.__path__):
        importlib.import_module(f"recognizance.storage.{module.name}")


def test_the_migrated_tables_are_those_of_the_schema(database):
    def differences(connection):
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        return compare_metadata(context, metadata)

    assert database.read(differences) == []


def test_migrating_again_changes_nothing(database):
    database.write(migrate)
    assert set(database.read(lambda connection: inspect(connection).get_table_names())) == {
        "alembic_version",
        *metadata.tables,
    }
