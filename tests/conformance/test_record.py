"""No search without a record: what each search and each refusal leaves in the ledger, seen from outside and inside."""

from __future__ import annotations

import json

import boto3
import pytest
from botocore.config import Config

from recognizance.app import utc_now
from recognizance.testing.vision import Person, sketch
from recognizance.values import Role
from recognizance.wire.session import write_tag

ADA, ADA_AGAIN, BOB = sketch(Person("ada")), sketch(Person("ada", variant=1)), sketch(Person("bob"))


@pytest.fixture
def people(client, collection):
    """A collection of Ada, who is a user too, and Bob; gives its name and the face ids."""
    ids = []
    for picture in (ADA, BOB):
        [record] = client.index_faces(CollectionId=collection, Image={"Bytes": picture})["FaceRecords"]
        ids.append(record["Face"]["FaceId"])
    client.create_user(CollectionId=collection, UserId="Ada.Byron")
    client.associate_faces(CollectionId=collection, UserId="Ada.Byron", FaceIds=ids[:1])
    return collection, ids


def entry(installation, answer):
    """The entry that an answer names."""
    index = int(answer["ResponseMetadata"]["HTTPHeaders"]["x-recognizance-ledger"])
    return next(installation.book.entries(first=index))


def test_a_search_by_picture_is_on_record_with_all_that_the_law_asks(client, installation, people):
    name, (ada, _) = people
    answer = client.search_faces_by_image(CollectionId=name, Image={"Bytes": ADA_AGAIN}, FaceMatchThreshold=70)
    found = entry(installation, answer)
    assert answer["ResponseMetadata"]["HTTPHeaders"]["x-recognizance-status"].startswith("UNVERIFIED")
    assert (found["kind"], found["operation"], found["collection"]) == ("search", "SearchFacesByImage", name)
    assert found["request_id"] == answer["ResponseMetadata"]["RequestId"]
    assert found["started"] <= found["ended"] <= found["at"]
    assert found["enrolled"] == 2
    assert found["probe"] == {"image": installation.book.image_digest(ADA_AGAIN)}
    [match] = answer["FaceMatches"]
    assert found["candidates"] == [{"face_id": ada, "similarity": pytest.approx(match["Similarity"])}]
    assert (found["outcome"], found["asked"], found["policy"]["name"]) == ("candidates", 70, "default")
    assert found["threshold"] == float(
        answer["ResponseMetadata"]["HTTPHeaders"]["x-recognizance-threshold"].split(";")[0]
    )
    assert set(found["model_digests"]) == {"the-network"}


def test_every_kind_of_search_leaves_one_entry(client, installation, people):
    name, (ada, _) = people
    searches = [
        (client.search_faces, {"FaceId": ada}, {"face_id": ada}),
        (client.search_users, {"FaceId": ada}, {"face_id": ada}),
        (
            client.search_users_by_image,
            {"Image": {"Bytes": ADA_AGAIN}},
            {"image": installation.book.image_digest(ADA_AGAIN)},
        ),
    ]
    before = len(list(installation.book.entries()))
    for operation, params, probe in searches:
        assert entry(installation, operation(CollectionId=name, **params))["probe"] == probe
    assert len(list(installation.book.entries())) == before + len(searches)


def test_the_names_of_users_are_kept_apart(client, installation, people):
    name, _ = people
    answer = client.search_users_by_image(CollectionId=name, Image={"Bytes": ADA_AGAIN})
    assert [match["User"]["UserId"] for match in answer["UserMatches"]] == ["Ada.Byron"]
    found = entry(installation, answer)
    assert "Ada" not in json.dumps(found)
    [candidate] = found["candidates"]
    [text] = installation.book.reveal([candidate["user"]["ref"]], operator="test", case=None, at=utc_now())
    assert text.text == f"{name}/Ada.Byron"


def test_a_search_that_finds_nobody_is_on_record_too(client, installation, people):
    name, _ = people
    answer = client.search_faces_by_image(CollectionId=name, Image={"Bytes": sketch(Person("eve"))})
    assert (answer["FaceMatches"], entry(installation, answer)["outcome"]) == ([], "none")


def test_what_the_client_says_of_the_reason_is_on_record_and_kept_apart(installation, people):
    name, _ = people
    key = installation.keys.create(Role.OPERATOR, "", utc_now())
    operator = boto3.client(
        "rekognition",
        endpoint_url=installation.url,
        region_name="eu-west-1",
        aws_access_key_id=key.id,
        aws_secret_access_key=key.secret,
        aws_session_token=write_tag({"case": "2026-17 Byron", "authorisation": "order 3"}),
        config=Config(retries={"max_attempts": 1}),
    )
    found = entry(installation, operator.search_faces_by_image(CollectionId=name, Image={"Bytes": ADA_AGAIN}))
    assert (found["operator"], found["role"]) == (key.id, "operator")
    assert "Byron" not in json.dumps(found)
    refs = [found["case_reference"]["ref"], found["authorisation"]["ref"]]
    texts = installation.book.reveal(refs, operator="test", case=None, at=utc_now())
    assert sorted(text.text for text in texts) == ["2026-17 Byron", "order 3"]


def test_a_refusal_is_on_record_with_its_code(installation, connect, collection, refuses):
    key = installation.keys.create(Role.AUDITOR, "", utc_now())
    refuses(
        "AccessDeniedException",
        connect(key).search_faces,
        CollectionId=collection,
        FaceId="0" * 8 + "-0000" * 3 + "-" + "0" * 12,
    )
    last = list(installation.book.entries())[-1]
    assert (last["kind"], last["operator"], last["operation"]) == ("refusal", key.id, "SearchFaces")
    assert (last["collection"], last["code"]) == (collection, "ROLE")


def test_a_search_that_fails_leaves_no_entry(client, installation, people, refuses):
    name, _ = people
    before = len(list(installation.book.entries()))
    refuses("InvalidParameterException", client.search_faces_by_image, CollectionId=name, Image={"Bytes": sketch()})
    assert len(list(installation.book.entries())) == before
