"""A deleted face opens from nothing that is left: not from the files, not from an older copy of the database."""

from __future__ import annotations

import logging

import pytest
from sqlalchemy import select

from recognizance.errors import DestroyedKeyError, SealError, StorageError
from recognizance.gallery import Gallery
from recognizance.storage import collections, doomed, faces
from recognizance.storage.database import Database
from recognizance.storage.halves import HalvesFile
from recognizance.storage.schema import faces as face_table
from recognizance.vault import DESTROYED, Vault, slots_of

from .conftest import enrol, found


def sealed_row(database, face_id):
    return database.read(lambda connection: faces.templates(connection, 1, face_ids=[face_id])[0])


def test_a_face_is_there_after_a_restart(installation):
    with installation.opened_with_people() as gallery:
        face = enrol(gallery, 1)[0]
    with installation.open() as gallery:
        assert found(gallery, 1) == [face.face_id]


def test_deleting_a_face_destroys_its_half_and_no_other(installation):
    with installation.opened_with_people() as gallery:
        one, other = enrol(gallery, 1, 2)
        (slot,) = slots_of([sealed_row(installation.database, one.face_id).sealed_key])
        half = installation.halves.get(slot)
        gallery.delete_faces("people", [one.face_id])
        assert installation.halves.get(slot) == DESTROYED
        assert [path.name for path in installation.folder.iterdir() if half in path.read_bytes()] == []
        assert found(gallery, 2) == [other.face_id]


def test_an_older_database_does_not_bring_a_deleted_face_back(installation, caplog):
    with installation.opened_with_people() as gallery:
        one, other = enrol(gallery, 1, 2)
        gallery.create_user("people", "ann", now=installation.now)
        gallery.associate("people", "ann", [other.face_id], min_score=0.0)
        installation.copy_database()
        gallery.delete_faces("people", [one.face_id])
        later = enrol(gallery, 3)[0]
    with caplog.at_level(logging.WARNING), installation.open("old.db") as gallery:
        assert found(gallery, 1) == []
        assert found(gallery, 2) == [other.face_id]
        assert gallery.collection("people").face_count == 1
        assert [face.face_id for face in gallery.faces("people", after=None, limit=9)] == [other.face_id]
    assert "brought 1 deleted faces back: erased" in caplog.text
    with installation.open() as gallery:  # and the newest database lost nothing by it
        assert found(gallery, 3) == [later.face_id]


def test_an_older_database_and_the_master_key_open_a_deleted_face_no_more(installation):
    with installation.opened_with_people() as gallery:
        face = enrol(gallery, 1)[0]
        installation.copy_database()
        gallery.delete_faces("people", [face.face_id])
    with Database.open(f"sqlite:///{installation.folder / 'old.db'}") as old:
        row = sealed_row(old, face.face_id)
        collection = old.read(lambda connection: collections.find(connection, "people"))

        def key(halves):
            return Vault(bytes(32), halves).collection_key(collection.sealed_key, "people", collection.collection.space)

        with HalvesFile(installation.folder / "face.keys") as halves, pytest.raises(DestroyedKeyError):
            key(halves).open(face.face_id, row.sealed_key, row.sealed_template)
        with pytest.raises(SealError, match="its other half is not at hand"):
            key(None).open(face.face_id, row.sealed_key, row.sealed_template)


def test_deleting_a_collection_destroys_the_halves_of_all_its_faces(installation):
    with installation.opened_with_people() as gallery:
        enrol(gallery, 1, 2)
        gallery.create_collection("others", space="test-128", model_version="1.0", tags={}, now=installation.now)
        other = enrol(gallery, 1, collection="others")[0]
        gallery.delete_collection("people")
        assert [installation.halves.get(slot) == DESTROYED for slot in range(3)] == [True, True, False]
        assert found(gallery, 1, "others") == [other.face_id]


def test_what_a_crash_left_undestroyed_is_destroyed_at_the_next_start(installation, monkeypatch):
    with installation.opened_with_people() as gallery:
        face = enrol(gallery, 1)[0]

        def crash(_):
            raise StorageError("crash")

        with monkeypatch.context() as patch:
            patch.setattr(installation.halves, "destroy", crash)
            with pytest.raises(StorageError, match="crash"):
                gallery.delete_faces("people", [face.face_id])
        assert installation.halves.get(0) != DESTROYED
    with installation.open() as gallery:
        assert installation.halves.get(0) == DESTROYED
        assert installation.database.read(doomed.page) == []
        assert found(gallery, 1) == []


def test_an_enrolment_that_is_undone_leaves_no_face_and_a_start_does_not_mind(installation):
    with installation.opened_with_people() as gallery:

        def work(_):
            enrol(gallery, 1)
            raise StorageError("undone")

        with pytest.raises(StorageError, match="undone"):
            installation.database.write(work)
        face = enrol(gallery, 2)[0]
    with installation.open() as gallery:
        assert [found(gallery, 1), found(gallery, 2)] == [[], [face.face_id]]


def test_halves_are_durable_before_the_rows_are(installation, monkeypatch):
    with installation.opened_with_people() as gallery:
        stored = []

        def sync():
            count = installation.database.read(lambda connection: len(connection.execute(select(face_table)).all()))
            stored.append((count, installation.database.is_writing))

        monkeypatch.setattr(installation.halves, "sync", sync)
        enrol(gallery, 1)
        assert stored == [(1, True)]


def test_a_missing_file_of_halves_stops_the_start(installation):
    with installation.opened_with_people() as gallery:
        enrol(gallery, 1)
    (installation.folder / "face.keys").unlink()
    with pytest.raises(SealError, match="put your newest copy of it back"), installation.open():
        pass


def test_faces_sealed_with_whole_keys_still_open(installation):
    with (
        Database.open(f"sqlite:///{installation.folder / 'x.db'}") as database,
        Gallery.open(database, Vault(bytes(32))) as gallery,
    ):
        gallery.create_collection("people", space="test-128", model_version="1.0", tags={}, now=installation.now)
        face = enrol(gallery, 1)[0]
    with installation.open() as gallery:
        assert found(gallery, 1) == [face.face_id]
        assert gallery.delete_faces("people", [face.face_id]) == ([face.face_id], [])
