"""What is deleted is gone with key, row, index and portrait, and a receipt says so to anyone, offline."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys

import pytest

from recognizance.errors import CollectionNotFoundError, FaceNotFoundError, StorageError
from recognizance.governance.receipts import Cause
from recognizance.ledger import verifier
from recognizance.storage import collections, faces
from recognizance.values import FaceRefusal
from recognizance.vault import DESTROYED

from .rights import NOW, Rights

ASKED = Cause("REQUEST", "RK1")


@pytest.fixture
def rights(tmp_path):
    opened = Rights(tmp_path / "data")
    opened.collect("people")
    yield opened
    opened.close()


def sealed_key(rights, face_id):
    rows = rights.database.read(lambda connection: faces.templates(connection, 1, face_ids=[face_id]))
    return rows[0].sealed_key


def test_a_deletion_is_recorded_with_the_digest_of_each_key(rights):
    first, second, kept = (rights.enrol(seed) for seed in (1, 2, 3))
    rights.portraits.keep("people", first, b"jpeg")
    keys = [hashlib.sha256(sealed_key(rights, face_id)).hexdigest() for face_id in (first, second)]
    erased, refusals, index = rights.receipts.delete_faces("people", [first, second, "x"], ASKED, now=NOW)
    assert (erased, refusals) == ([first, second], [FaceRefusal("x", ("FACE_NOT_FOUND",))])
    assert [rights.halves.get(slot) == DESTROYED for slot in range(3)] == [True, True, False]
    assert rights.portraits.of_faces("people", [first], now=NOW) == {}
    entry = rights.verified(rights.receipts.prove(index))
    assert {name: entry[name] for name in ("kind", "collection", "code", "operator", "request", "count")} == {
        "kind": "deletion", "collection": "people", "code": "REQUEST", "operator": "RK1", "request": None, "count": 2,
    }  # fmt: skip
    assert (entry["faces"], entry["keys"]) == ([first, second], keys)
    assert [rights.found(1), rights.found(2), rights.found(3)] == [[], [], [kept]]


def test_a_receipt_verifies_with_the_one_file_and_the_key_alone(rights, tmp_path):
    face_id = rights.enrol(1)
    rights.receipts.delete_faces("people", [face_id], ASKED, now=NOW)
    rights.enrol(2)
    (receipt,) = rights.receipts.of_faces([face_id])
    (tmp_path / "receipt.json").write_text(json.dumps(receipt))

    def check():
        command = [sys.executable, verifier.__file__, "--receipt", tmp_path / "receipt.json"]
        return subprocess.run(
            [*command, "--key", str(rights.book.public_key)], check=False, capture_output=True, text=True
        )

    assert (check().returncode, "deletion" in check().stdout) == (0, True)
    receipt["entry"]["count"] = 2
    (tmp_path / "receipt.json").write_text(json.dumps(receipt))
    assert check().returncode == 1


def test_nothing_deleted_is_nothing_recorded(rights):
    face_id = rights.enrol(1, user="ann")
    erased, refusals, entry = rights.receipts.delete_faces("people", [face_id], ASKED, now=NOW)
    assert (erased, entry) == ([], None)
    assert refusals == [FaceRefusal(face_id, ("ASSOCIATED_TO_AN_EXISTING_USER",), user_id="ann")]
    assert rights.told("deletion") == []


def test_erasing_takes_a_face_from_its_user_too(rights):
    first, second = rights.enrol(1, user="ann"), rights.enrol(2, user="ann")
    assert rights.receipts.erase("people", [first], ASKED, now=NOW)[0] == [first]
    assert [rights.users_found(1), rights.users_found(2)] == [[], ["ann"]]
    rights.receipts.erase("people", [second], ASKED, now=NOW)
    assert rights.users_found(2) == []
    assert rights.stored() == []


def test_a_deletion_that_cannot_be_recorded_does_not_happen(rights, monkeypatch):
    face_id = rights.enrol(1)

    def crash(*_, **__):
        raise StorageError("no ledger")

    with monkeypatch.context() as patch:
        patch.setattr(rights.book, "append", crash)
        with pytest.raises(StorageError, match="no ledger"):
            rights.receipts.delete_faces("people", [face_id], ASKED, now=NOW)
    assert rights.found(1) == [face_id]
    assert rights.halves.get(0) != DESTROYED


def test_a_deleted_collection_is_one_entry_with_the_digest_of_its_key(rights):
    rights.enrol(1)
    rights.enrol(2, user="ann")
    key = rights.database.read(lambda connection: collections.find(connection, "people")).sealed_key
    index = rights.receipts.delete_collection("people", ASKED, now=NOW)
    entry = rights.verified(rights.receipts.prove(index))
    assert (entry["faces"], entry["count"], entry["keys"]) == ([], 2, [hashlib.sha256(key).hexdigest()])
    assert [rights.halves.get(slot) for slot in range(2)] == [DESTROYED, DESTROYED]
    assert rights.stored() == []
    with pytest.raises(CollectionNotFoundError):
        rights.receipts.delete_collection("people", ASKED, now=NOW)


def test_a_face_that_was_not_deleted_has_no_receipt(rights):
    face_id = rights.enrol(1)
    with pytest.raises(FaceNotFoundError):
        rights.receipts.of_faces([face_id])
