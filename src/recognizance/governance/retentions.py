"""Retention: how many days a collection keeps a face, and the sweep that erases what no answer shows any more.

No answer depends on the sweep: a face whose term has run out is left out by everything that reads faces. The sweep
destroys it. Each step is a transaction with an entry and receipts of its own, so a crash in between loses nothing.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from sqlalchemy import Connection

from recognizance.gallery.gallery import Gallery
from recognizance.governance.receipts import Cause, Receipts
from recognizance.ledger.port import Ledger
from recognizance.storage import collections as collection_rows
from recognizance.storage import terms as rows
from recognizance.storage.database import Database

BATCH = 500
"""Faces erased in a step."""

TERM_ENDED = Cause("TERM_ENDED")


class Retentions:
    """Limits how long faces are kept. Safe to call from several threads."""

    def __init__(self, database: Database, gallery: Gallery, ledger: Ledger, receipts: Receipts) -> None:
        self._database = database
        self._gallery = gallery
        self._ledger = ledger
        self._receipts = receipts

    def set_days(self, collection_id: str, days: int | None, *, operator: str, now: datetime) -> None:
        """Keep faces of a collection at most so many days from enrolment, those that are there already included.

        Faces that are older are in no answer from now on. Does nothing if the days stay as they are. Raises
        CollectionNotFoundError.
        """

        def work(connection: Connection) -> None:
            number = collection_rows.find(connection, collection_id).number
            before = rows.retention_days(connection, number)
            if before == days:
                return
            rows.set_retention_days(connection, number, days)
            self._gallery.recheck_users(collection_id)
            fields = {"collection": collection_id, "before": before, "days": days, "operator": operator}
            self._ledger.append("retention", fields, at=now)

        self._database.write(work)

    def sweep(self, *, now: datetime) -> int:
        """Erase all faces whose term has run out by now; how many."""
        count = 0
        while lapsed := self._database.read(lambda connection: rows.lapsed(connection, now, limit=BATCH)):
            faces = defaultdict(list)
            for face in lapsed:
                faces[face.collection_id].append(face.face_id)
            for collection_id, face_ids in faces.items():
                erased, _ = self._receipts.erase(collection_id, face_ids, TERM_ENDED, now=now)
                count += len(erased)
        return count
