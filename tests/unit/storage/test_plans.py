"""Rows are found by an index: no call on few faces ever walks its whole collection.

SQLite plans without knowing how many rows there are, and picks the listing index where a query invites it to.
"""

from __future__ import annotations

import pytest
from sqlalchemy import event

from recognizance.storage import faces, users
from recognizance.storage.database import Database

LOOKUPS = {
    "faces by number": lambda connection: faces.by_number(connection, 1, [1, 2]),
    "faces by id": lambda connection: faces.by_id(connection, 1, ["a", "b"]),
    "faces of a picture": lambda connection: faces.of_image(connection, 1, image_id="i", external_image_id=None),
    "a page by id": lambda connection: faces.page(connection, 1, after=5, limit=9, face_ids=["a", "b"]),
    "a page of a user": lambda connection: faces.page(connection, 1, after=5, limit=9, user_number=2),
    "a page": lambda connection: faces.page(connection, 1, after=5, limit=9),
    "templates by id": lambda connection: faces.templates(connection, 1, face_ids=["a", "b"]),
    "templates of a user": lambda connection: faces.templates(connection, 1, user_number=2),
    "a tie": lambda connection: faces.tie(connection, [1, 2], None),
    "a removal": lambda connection: faces.remove(connection, [1, 2]),
    "users by number": lambda connection: users.active_by_number(connection, 1, [1, 2]),
    "a user": lambda connection: users.page(connection, 1, after=5, limit=9),
}


@pytest.mark.parametrize("name", LOOKUPS)
def test_a_lookup_does_not_walk_the_collection(tmp_path, name):
    plans = []

    def explain(connection, _cursor, statement, parameters, _context, _executemany):
        if not statement.startswith(("EXPLAIN", "BEGIN")):
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plans.extend(row[3] for row in rows)

    with Database.open(f"sqlite:///{tmp_path / 'x.db'}") as database:
        event.listen(database._reader, "before_cursor_execute", explain)
        database.write(LOOKUPS[name])
    assert plans
    assert [
        plan for plan in plans if plan.startswith("SCAN") or plan.endswith("ix_faces_listing (collection_number=?)")
    ] == []
