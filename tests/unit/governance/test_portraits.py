"""Portraits are kept sealed, and go with their face."""

from __future__ import annotations

import pytest

from recognizance.errors import CollectionNotFoundError, FaceNotFoundError
from recognizance.storage import terms
from recognizance.values import FaceTerms
from recognizance.vault import DESTROYED, Vault

from .court import DAY, NOW, Court


def test_a_portrait_is_kept_and_replaced(court):
    face_id = court.enrol("una")
    assert court.portraits.of_faces("people", [face_id], now=NOW) == {face_id: b"portrait of una"}
    court.portraits.keep("people", face_id, b"a better one")
    assert court.portraits.of_faces("people", [face_id, "other"], now=NOW) == {face_id: b"a better one"}


def test_a_deleted_face_leaves_no_portrait(court):
    face_id = court.enrol("una")
    court.gallery.delete_faces("people", [face_id])
    assert court.portraits.of_faces("people", [face_id], now=NOW) == {}


@pytest.mark.parametrize(
    ("error", "collection", "face"),
    [(FaceNotFoundError, "people", "nobody"), (CollectionNotFoundError, "nowhere", "nobody")],
)
def test_a_portrait_needs_a_face(small_court, error, collection, face):
    with pytest.raises(error, match=r"not found|does not exist"):
        small_court.portraits.keep(collection, face, b"jpeg")


def test_a_collection_that_is_gone_shows_nothing(small_court):
    assert small_court.portraits.of_faces("nowhere", ["f"], now=NOW) == {}
    assert small_court.portraits.of_user("nowhere", 1, now=NOW) == {}


def test_a_face_whose_term_has_run_out_shows_no_portrait_and_seeds_nothing(small_court):
    kept, lapsed = (small_court.enrol(name, user="kim") for name in ("kim1", "kim2"))
    small_court.enrol("lee1", user="lee")
    assert small_court.seeds.find("people", 3, now=NOW) is not None
    number = next(
        face.number for face in small_court.gallery.faces("people", after=None, limit=9) if face.face_id == lapsed
    )
    small_court.database.write(lambda connection: terms.put(connection, 1, [number], FaceTerms(limit_at=NOW)))
    assert set(small_court.portraits.of_faces("people", [kept, lapsed], now=NOW)) == {kept}
    assert set(small_court.portraits.of_faces("people", [kept, lapsed], now=NOW - DAY)) == {kept, lapsed}
    assert small_court.seeds.find("people", 3, now=NOW) is None


def test_a_frozen_face_is_shown_for_review_and_seeds_nothing(small_court):
    """Whoever contests a match has the face frozen; the case is then reviewed anew."""
    face_ids = [small_court.enrol(name, user="kim") for name in ("kim1", "kim2")]
    small_court.enrol("lee1", user="lee")
    numbers = [face.number for face in small_court.gallery.faces("people", after=None, limit=2)]
    small_court.database.write(lambda connection: terms.freeze(connection, numbers, "request-1"))
    assert set(small_court.portraits.of_faces("people", face_ids, now=NOW)) == set(face_ids)
    assert small_court.seeds.find("people", 3, now=NOW) is None


def test_a_face_with_a_destroyed_key_shows_nothing(database):
    """As where an older copy of the database is put back after a deletion."""

    class Slots:
        def __init__(self):
            self.kept = []

        def put(self, half):
            self.kept.append(half)
            return len(self.kept) - 1

        def get(self, slot):
            return self.kept[slot]

        def destroy(self, slots):
            for slot in slots:
                self.kept[slot] = DESTROYED

        def sync(self):
            pass

    halves = Slots()
    court = Court.sit(database, vault=Vault(bytes(32), halves))
    face_id = court.enrol("una")
    assert court.portraits.of_faces("people", [face_id], now=NOW) == {face_id: b"portrait of una"}
    halves.destroy([0])
    assert court.portraits.of_faces("people", [face_id], now=NOW) == {}
    court.gallery.close()
