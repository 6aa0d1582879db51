"""A court over a store of each kind, and over SQLite alone where the store does not matter."""

from __future__ import annotations

import pytest

from recognizance.storage.database import Database

from .court import Court


@pytest.fixture
def court(database):
    sitting = Court.sit(database)
    yield sitting
    sitting.gallery.close()


@pytest.fixture
def small_court(tmp_path):
    with Database.open(f"sqlite:///{tmp_path / 'court.db'}") as database:
        sitting = Court.sit(database)
        yield sitting
        sitting.gallery.close()
