"""The gallery itself: every call opens a collection in one transaction, and every search asks index, then rows.

A change is durable before the call returns. The shelf is told right after the commit and before the next change
begins, so the next search sees it. What the index finds but no row backs (any more) is not in an answer.

It is longer than its neighbours since it answers each call of the port; the steps are in theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from typing import Self, TypeVar

import numpy as np
from sqlalchemy import Connection

from recognizance import ports
from recognizance.errors import DestroyedKeyError
from recognizance.gallery import association, enrolment, matching
from recognizance.gallery.collection import OpenCollection
from recognizance.gallery.matching import Probe
from recognizance.gallery.shelf import Shelf
from recognizance.gallery.shredder import Shredder
from recognizance.residue import fleeting
from recognizance.search.quantized import SHARDS
from recognizance.storage import collections as collection_rows
from recognizance.storage import faces as face_rows
from recognizance.storage import ledger as ledger_rows
from recognizance.storage import tags as tag_rows
from recognizance.storage import terms as term_rows
from recognizance.storage import tokens as token_rows
from recognizance.storage import users as user_rows
from recognizance.storage.collections import CollectionRow
from recognizance.storage.database import Database
from recognizance.storage.schema import EPOCH
from recognizance.values import (
    Collection,
    Embedding,
    EnrolledFace,
    FaceMatch,
    FaceRefusal,
    FaceTerms,
    NewFace,
    User,
    UserMatch,
)
from recognizance.vault import CollectionKey, Vault

Result = TypeVar("Result")


class Gallery(ports.Gallery):
    """The real `ports.Gallery`. The database and the vault stay the caller's to close."""

    def __init__(self, database: Database, vault: Vault, cohort: ports.Cohort, clock: ports.Clock) -> None:
        """Use `open`."""
        self._database = database
        self._vault = vault
        self._shredder = Shredder(database, vault)
        self._cohort = cohort
        self._clock = clock
        self._latest = EPOCH
        self._users_fresh: dict[int, datetime] = {}
        self._pool = ThreadPoolExecutor(SHARDS, thread_name_prefix="search")
        self._shelves: dict[int, Shelf] = {}

    @classmethod
    def open(
        cls,
        database: Database,
        vault: Vault,
        cohort: ports.Cohort = matching.PLAIN,
        clock: ports.Clock = lambda: datetime.now(UTC),
    ) -> Self:
        """A gallery over a database, its indexes built from the rows. Raises SealError for rows that do not open.

        Without a `cohort` the scores of searches stay cosines. By the `clock` the terms of faces run out.
        """
        gallery = cls(database, vault, cohort, clock)
        gallery.erase_doomed()
        gallery._shredder.finish()
        try:
            database.read(gallery._fill_shelves)
        except DestroyedKeyError:
            gallery._shredder.erase_unreadable()
            database.read(gallery._fill_shelves)
        return gallery

    def close(self) -> None:
        """End the search threads."""
        self._pool.shutdown()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- collections ----------------------------------------------------------------------------

    def create_collection(
        self, collection_id: str, *, space: str, model_version: str, tags: Mapping[str, str], now: datetime
    ) -> Collection:
        """Store a collection with a key of its own."""
        sealed_key = self._vault.new_collection_key(collection_id, space)

        def work(connection: Connection) -> Collection:
            row = collection_rows.create(
                connection, collection_id, space=space, model_version=model_version, sealed_key=sealed_key, now=now
            )
            tag_rows.put(connection, row.number, tags)
            return row.collection

        return self._database.write(work)

    def delete_collection(self, collection_id: str) -> None:
        """Destroy the collection's key, which shreds all of its templates at once; then erase its rows.

        Inside a write of the caller, the caller has to call `erase_doomed` after that.
        """

        def work(collection: OpenCollection) -> None:
            collection_rows.doom(collection.connection, collection.number)
            collection.after_commit(lambda: self._shelves.pop(collection.number).clear())
            collection.after_commit(self._database.scrub_log)

        self._write(collection_id, work)
        if not self._database.is_writing:
            self.erase_doomed()

    def erase_doomed(self) -> None:
        """Erase what deleted collections left behind, or a crash during that, in steps that let others in between."""
        for number in self._database.read(collection_rows.doomed):
            self._erase(number)

    def collection(self, collection_id: str) -> Collection:
        """One row."""
        return self._read(collection_id, lambda collection: collection.value)

    def collections(self, *, after: str | None, limit: int) -> list[Collection]:
        """A page of rows."""
        return self._database.read(
            lambda connection: [row.collection for row in collection_rows.page(connection, after=after, limit=limit)]
        )

    # --- faces ----------------------------------------------------------------------------------

    def enrol(  # noqa: PLR0913 - what is said of the picture, one argument each
        self,
        collection_id: str,
        faces: Sequence[NewFace],
        *,
        image_id: str,
        external_image_id: str | None,
        now: datetime,
        terms: FaceTerms | None = None,
    ) -> list[EnrolledFace]:
        """Seal and store the faces that are new."""

        def work(collection: OpenCollection) -> list[EnrolledFace]:
            enrolled = enrolment.enrol(
                collection, faces, image_id=image_id, external_image_id=external_image_id, terms=terms, now=now
            )
            self._vault.sync()
            return enrolled

        return self._write(collection_id, work)

    def faces(
        self,
        collection_id: str,
        *,
        after: int | None,
        limit: int,
        user_id: str | None = None,
        face_ids: Sequence[str] | None = None,
    ) -> list[EnrolledFace]:
        """A page of rows."""

        def work(collection: OpenCollection) -> list[EnrolledFace]:
            connection, number, now = collection.connection, collection.number, collection.now
            user = None if user_id is None else user_rows.find(connection, number, user_id).number
            return face_rows.page(
                connection, number, after=after, limit=limit, user_number=user, face_ids=face_ids, now=now
            )

        return self._read(collection_id, work)

    def faces_of_image(self, collection_id: str, *, image_id: str, external_image_id: str | None) -> list[EnrolledFace]:
        """The rows of one picture."""

        def work(collection: OpenCollection) -> list[EnrolledFace]:
            connection, number, now = collection.connection, collection.number, collection.now
            return face_rows.of_image(
                connection, number, image_id=image_id, external_image_id=external_image_id, now=now
            )

        return self._read(collection_id, work)

    def delete_faces(self, collection_id: str, face_ids: Sequence[str]) -> tuple[list[str], list[FaceRefusal]]:
        """Erase rows with their keys, from the write-ahead log too."""

        def work(collection: OpenCollection) -> tuple[list[str], list[FaceRefusal]]:
            erased, refusals = enrolment.delete_faces(collection, face_ids)
            if erased:
                collection.after_commit(self._database.scrub_log)
            return erased, refusals

        return self._write(collection_id, work)

    def search(self, collection_id: str, probe: Embedding, *, limit: int, min_score: float) -> list[FaceMatch]:
        """Rank all faces."""

        def work(collection: OpenCollection) -> list[FaceMatch]:
            collection.require_space(probe.space)
            return matching.search_faces(collection, Probe(probe.vector), limit=limit, min_score=min_score)

        return self._read(collection_id, work)

    def search_by_face(self, collection_id: str, face_id: str, *, limit: int, min_score: float) -> list[FaceMatch]:
        """Rank all other faces."""

        def work(collection: OpenCollection) -> list[FaceMatch]:
            probe = matching.face_probe(collection, face_id)
            with fleeting(probe.vector):
                return matching.search_faces(collection, probe, limit=limit, min_score=min_score)

        return self._read(collection_id, work)

    # --- users ----------------------------------------------------------------------------------

    def create_user(self, collection_id: str, user_id: str, *, now: datetime) -> None:
        """Store a user without faces."""

        def work(collection: OpenCollection) -> None:
            user_rows.create(collection.connection, collection.number, user_id, now=now)
            collection_rows.count(collection.connection, collection.number, users=1)

        self._write(collection_id, work)

    def delete_user(self, collection_id: str, user_id: str) -> None:
        """Erase the user's row; its faces become free."""

        def work(collection: OpenCollection) -> None:
            user = user_rows.find(collection.connection, collection.number, user_id)
            user_rows.remove(collection.connection, user.number)
            collection_rows.count(collection.connection, collection.number, users=-1)
            collection.after_commit(lambda: collection.shelf.users.remove(np.array([user.number])))

        self._write(collection_id, work)

    def users(self, collection_id: str, *, after: int | None, limit: int) -> list[User]:
        """A page of rows."""
        return self._read(
            collection_id,
            lambda collection: user_rows.page(
                collection.connection, collection.number, after=after, limit=limit, now=collection.now
            ),
        )

    def associate(
        self, collection_id: str, user_id: str, face_ids: Sequence[str], *, min_score: float
    ) -> association.Change:
        """Tie faces to a user."""
        return self._write(
            collection_id,
            lambda collection: association.associate(collection, user_id, face_ids, min_score=min_score),
        )

    def disassociate(self, collection_id: str, user_id: str, face_ids: Sequence[str]) -> association.Change:
        """Untie faces from a user."""
        return self._write(collection_id, lambda collection: association.disassociate(collection, user_id, face_ids))

    def search_users(self, collection_id: str, probe: Embedding, *, limit: int, min_score: float) -> list[UserMatch]:
        """Rank all active users."""

        def work(collection: OpenCollection) -> list[UserMatch]:
            collection.require_space(probe.space)
            return matching.search_users(collection, Probe(probe.vector), limit=limit, min_score=min_score)

        return self._read_users(collection_id, work)

    def search_users_by_face(
        self, collection_id: str, face_id: str, *, limit: int, min_score: float
    ) -> list[UserMatch]:
        """Rank all active users for an enrolled face."""

        def work(collection: OpenCollection) -> list[UserMatch]:
            with fleeting(matching.face_probe(collection, face_id).vector) as vector:
                return matching.search_users(collection, Probe(vector), limit=limit, min_score=min_score)

        return self._read_users(collection_id, work)

    def search_users_by_user(
        self, collection_id: str, user_id: str, *, limit: int, min_score: float
    ) -> list[UserMatch]:
        """Rank all other active users."""

        def work(collection: OpenCollection) -> list[UserMatch]:
            probe = matching.user_probe(collection, user_id)
            if probe is None:
                return []
            with fleeting(probe.vector):
                return matching.search_users(collection, probe, limit=limit, min_score=min_score)

        return self._read_users(collection_id, work)

    def refresh_users(self, collection_id: str, user_ids: Iterable[str]) -> None:
        """Bring users in step with their faces, where these were tied, untied, frozen or freed outside the gallery."""

        def work(collection: OpenCollection) -> None:
            numbers = [user_rows.find(collection.connection, collection.number, user_id).number for user_id in user_ids]
            association.refresh(collection, numbers)

        self._write(collection_id, work)

    def recheck_users(self, collection_id: str) -> None:
        """Have the next search look at all users for faces whose term has run out, where terms were made shorter."""

        def work(collection: OpenCollection) -> None:
            collection.after_commit(lambda: self._users_fresh.pop(collection.number, None))

        self._write(collection_id, work)

    # --- tags and tokens ------------------------------------------------------------------------

    def tags(self, collection_id: str) -> dict[str, str]:
        """All rows of the collection."""
        return self._read(collection_id, lambda collection: tag_rows.find(collection.connection, collection.number))

    def tag(self, collection_id: str, tags: Mapping[str, str]) -> None:
        """Store tags."""
        self._write(collection_id, lambda collection: tag_rows.put(collection.connection, collection.number, tags))

    def untag(self, collection_id: str, keys: Sequence[str]) -> None:
        """Erase tags."""
        self._write(collection_id, lambda collection: tag_rows.remove(collection.connection, collection.number, keys))

    def once(
        self, operation: str, token: str, digest: str, change: Callable[[], dict[str, object]], *, now: datetime
    ) -> dict[str, object]:
        """Change once, and answer from the row after that."""

        def work(connection: Connection) -> dict[str, object]:
            kept = token_rows.find(connection, operation, token, digest, now=now)
            if kept is not None:
                return kept
            answer = change()
            token_rows.keep(connection, operation, token, digest, answer, now=now)
            return answer

        return self._database.write(work)

    # --- units of work --------------------------------------------------------------------------

    def _read(self, collection_id: str, work: Callable[[OpenCollection], Result]) -> Result:
        return self._database.read(lambda connection: work(self._open(connection, collection_id)))

    def _write(self, collection_id: str, work: Callable[[OpenCollection], Result]) -> Result:
        return self._database.write(lambda connection: work(self._open(connection, collection_id)))

    def _read_users(self, collection_id: str, work: Callable[[OpenCollection], Result]) -> Result:
        """As `_read`, once no user's template holds a face any more whose term has run out."""

        def stale(collection: OpenCollection) -> list[int]:
            after = self._users_fresh.get(collection.number)
            return term_rows.users_with_lapsed(
                collection.connection, collection.number, after=after, now=collection.now
            )

        def renew(collection: OpenCollection) -> None:
            association.refresh(collection, stale(collection))
            collection.after_commit(lambda: self._users_fresh.update({collection.number: collection.now}))

        if self._read(collection_id, stale):
            self._write(collection_id, renew)
        return self._read(collection_id, work)

    def _open(self, connection: Connection, collection_id: str) -> OpenCollection:
        row = collection_rows.find(connection, collection_id)
        shelf = self._shelves.setdefault(row.number, Shelf.empty(self._pool))
        return OpenCollection(
            value=row.collection,
            number=row.number,
            key=self._key(row),
            shelf=shelf,
            cohort=self._cohort,
            connection=connection,
            after_commit=self._database.after_commit,
            now=self._now(),
            shred=partial(self._shredder.shred, connection),
        )

    def _now(self) -> datetime:
        """The time, never before one that was told earlier: a clock that is set back gives no face its term back."""
        self._latest = max(self._latest, self._clock())
        return self._latest

    def _key(self, row: CollectionRow) -> CollectionKey:
        return self._vault.collection_key(row.sealed_key, row.collection.id, row.collection.space)

    def _erase(self, number: int) -> None:
        def erase_some(connection: Connection) -> bool:
            sealed_keys = face_rows.remove_batch(connection, number)
            self._shredder.shred(connection, sealed_keys)
            if not sealed_keys:
                collection_rows.remove(connection, number)
                self._database.after_commit(self._database.scrub_log)
            return bool(sealed_keys)

        while self._database.write(erase_some):
            pass  # small writes, so that others come in between

    def _fill_shelves(self, connection: Connection) -> None:
        head = ledger_rows.find_head(connection)
        self._latest = EPOCH if head is None else head.at
        for row in collection_rows.page(connection, after=None):
            shelf = self._shelves[row.number] = Shelf.empty(self._pool)
            shelf.fill(self._key(row), face_rows.all_templates(connection, row.number))
