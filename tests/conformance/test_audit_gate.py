"""A collection that demands an audit, through boto3: every way to search is refused with a stable code without one."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from datetime import timedelta

import pytest

from recognizance.app import utc_now
from recognizance.audit.attestation import Attestation, seal
from recognizance.audit.shelf import AuditShelf
from recognizance.storage.folder import DataFolder
from recognizance.testing.vision import Person, sketch

PICTURE = {"Bytes": sketch(Person("ada"))}


@pytest.fixture
def data(installation):
    return installation.buckets.parent


@pytest.fixture
def audited(data):
    """Keep a signed audit of the network that runs; gives the one that does it."""
    with DataFolder.open(data, exclusive=False) as folder:
        key = folder.signing_key()
    shelf = AuditShelf(data / "audits", key.public)

    def audited(*, age_days: int = 0, people: int = 300, digest: str = hashlib.sha256(b"weights").hexdigest()):
        start = utc_now() - timedelta(days=age_days)
        said = Attestation(
            parts={"the network": digest},
            document_sha256=hashlib.sha256(b"{}").hexdigest(),
            audited_on=start.date(),
            auditor="the council",
            images="portrait",
            gallery_people=people,
            figures=(),
            tail=None,
            valid_from=start,
            valid_until=start + timedelta(days=180),
        )
        shelf.put("audit", seal(said, key), b"{}")

    yield audited
    for path in shelf.folder.glob("*"):
        path.unlink()


@pytest.fixture
def governed(client, collection):
    """A collection with a face and a user, which demands an audit."""
    arn = client.describe_collection(CollectionId=collection)["CollectionARN"]
    [record] = client.index_faces(CollectionId=collection, Image=PICTURE)["FaceRecords"]
    client.create_user(CollectionId=collection, UserId="ada")
    client.associate_faces(CollectionId=collection, UserId="ada", FaceIds=[record["Face"]["FaceId"]])
    client.tag_resource(ResourceArn=arn, Tags={"recognizance:audit": "required"})
    return collection, record["Face"]["FaceId"]


def ways(client, governed):
    collection, face_id = governed
    return {
        "SearchFaces": lambda: client.search_faces(CollectionId=collection, FaceId=face_id),
        "SearchFacesByImage": lambda: client.search_faces_by_image(CollectionId=collection, Image=PICTURE),
        "SearchUsers by face": lambda: client.search_users(CollectionId=collection, FaceId=face_id),
        "SearchUsers by user": lambda: client.search_users(CollectionId=collection, UserId="ada"),
        "SearchUsersByImage": lambda: client.search_users_by_image(CollectionId=collection, Image=PICTURE),
    }


@contextmanager
def refused(client, code):
    with pytest.raises(client.exceptions.AccessDeniedException, match=f": {code}: "):
        yield


@pytest.mark.parametrize(
    "way", ["SearchFaces", "SearchFacesByImage", "SearchUsers by face", "SearchUsers by user", "SearchUsersByImage"]
)
def test_no_way_to_search_without_an_audit(client, governed, audited, way):
    with refused(client, "AUDIT_MISSING"):
        ways(client, governed)[way]()
    audited()
    ways(client, governed)[way]()


def test_one_changed_byte_of_a_network_refuses_the_next_search(client, governed, audited, data):
    audited()
    search = ways(client, governed)["SearchFacesByImage"]
    search()
    (data / "network").write_bytes(b"weightz")
    with refused(client, "AUDIT_MODEL_CHANGED"):
        search()
    (data / "network").write_bytes(b"weights")
    search()


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"age_days": 181}, "AUDIT_EXPIRED"),
        ({"age_days": -1}, "AUDIT_NOT_YET_VALID"),
        ({"digest": "0" * 64}, "AUDIT_MODEL_CHANGED"),
    ],
)
def test_an_audit_that_does_not_hold(client, governed, audited, said, code):
    audited(**said)
    with refused(client, code):
        ways(client, governed)["SearchFaces"]()


def test_what_is_no_search_among_many_needs_no_audit(client, governed):
    collection, _ = governed
    client.compare_faces(SourceImage=PICTURE, TargetImage=PICTURE)
    assert client.list_faces(CollectionId=collection)["Faces"]
