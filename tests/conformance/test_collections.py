"""Collections and their tags, through boto3."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from recognizance.testing.vision import Person, sketch


def test_create_answers_status_arn_and_model(client):
    answer = client.create_collection(CollectionId="Founded_1.a-b")
    assert answer["StatusCode"] == 200
    assert answer["CollectionArn"] == "arn:aws:rekognition:eu-west-1:123456789012:collection/Founded_1.a-b"
    assert answer["FaceModelVersion"] == "0.1"


def test_ids_are_case_sensitive(client):
    client.create_collection(CollectionId="Case")
    client.create_collection(CollectionId="case")
    assert {"Case", "case"} <= set(client.list_collections()["CollectionIds"])


def test_create_twice_is_refused(client, collection, refuses):
    message = refuses("ResourceAlreadyExistsException", client.create_collection, CollectionId=collection)
    assert message == f"The collection id: {collection} already exists."


def test_describe_counts_faces_and_users(client, collection):
    before = datetime.now(UTC) - timedelta(minutes=1)
    client.index_faces(CollectionId=collection, Image={"Bytes": sketch(Person("a"), Person("b", left=400))})
    client.create_user(CollectionId=collection, UserId="u")
    answer = client.describe_collection(CollectionId=collection)
    assert answer["FaceCount"] == 2
    assert answer["UserCount"] == 1
    assert answer["CollectionARN"].endswith(f":collection/{collection}")
    assert before < answer["CreationTimestamp"] < datetime.now(UTC) + timedelta(minutes=1)


def test_delete_removes_everything(client, collection, refuses):
    client.index_faces(CollectionId=collection, Image={"Bytes": sketch(Person("a"))})
    client.create_user(CollectionId=collection, UserId="u")
    assert client.delete_collection(CollectionId=collection)["StatusCode"] == 200
    message = refuses("ResourceNotFoundException", client.describe_collection, CollectionId=collection)
    assert collection in message
    client.create_collection(CollectionId=collection)
    answer = client.describe_collection(CollectionId=collection)
    assert (answer["FaceCount"], answer["UserCount"]) == (0, 0)


def test_lists_page_through_all_collections(client):
    made = {f"page-{number}" for number in range(7)}
    for name in made:
        client.create_collection(CollectionId=name)
    pages = list(client.get_paginator("list_collections").paginate(PaginationConfig={"PageSize": 3}))
    ids = [name for page in pages for name in page["CollectionIds"]]
    assert made <= set(ids)
    assert len(ids) == len(set(ids))
    assert all(len(page["CollectionIds"]) == len(page["FaceModelVersions"]) <= 3 for page in pages)
    assert "NextToken" not in pages[-1]


def test_empty_token_is_the_first_page(client, collection):
    assert client.list_collections(NextToken="")["CollectionIds"] == client.list_collections()["CollectionIds"]


@pytest.mark.parametrize("token", ["foreign", "AAAA", "x" * 255])
def test_garbled_token_is_refused(client, refuses, token):
    refuses("InvalidPaginationTokenException", client.list_collections, NextToken=token)


def test_token_of_another_request_is_refused(client, collection, refuses):
    client.create_collection(CollectionId="another-1")
    token = client.list_collections(MaxResults=1)["NextToken"]
    refuses("InvalidPaginationTokenException", client.list_faces, CollectionId=collection, NextToken=token)


UNKNOWN = {
    "delete_collection": {},
    "describe_collection": {},
    "index_faces": {"Image": {"Bytes": sketch(Person("a"))}},
    "list_faces": {},
    "delete_faces": {"FaceIds": ["11111111-1111-4111-8111-111111111111"]},
    "search_faces": {"FaceId": "11111111-1111-4111-8111-111111111111"},
    "search_faces_by_image": {"Image": {"Bytes": b"not even a picture"}},
    "create_user": {"UserId": "u"},
    "delete_user": {"UserId": "u"},
    "list_users": {},
    "associate_faces": {"UserId": "u", "FaceIds": ["11111111-1111-4111-8111-111111111111"]},
    "disassociate_faces": {"UserId": "u", "FaceIds": ["11111111-1111-4111-8111-111111111111"]},
    "search_users": {"UserId": "u"},
    "search_users_by_image": {"Image": {"Bytes": sketch(Person("a"))}},
}


@pytest.mark.parametrize("operation", UNKNOWN)
def test_unknown_collection(client, refuses, operation):
    message = refuses(
        "ResourceNotFoundException", getattr(client, operation), CollectionId="nobody", **UNKNOWN[operation]
    )
    assert message == "The collection id: nobody does not exist"


def test_tags_come_with_creation_and_change(client):
    arn = client.create_collection(CollectionId="tagged", Tags={"team": "doors", "stage": "test"})["CollectionArn"]
    assert client.list_tags_for_resource(ResourceArn=arn)["Tags"] == {"team": "doors", "stage": "test"}
    client.tag_resource(ResourceArn=arn, Tags={"stage": "live", "empty": ""})
    client.untag_resource(ResourceArn=arn, TagKeys=["team", "never-there"])
    assert client.list_tags_for_resource(ResourceArn=arn)["Tags"] == {"stage": "live", "empty": ""}


def test_arn_without_prefix_is_taken(client, collection):
    arn = f"aws:rekognition:eu-west-1:123456789012:collection/{collection}"
    client.tag_resource(ResourceArn=arn, Tags={"a": "b"})
    assert client.list_tags_for_resource(ResourceArn=arn)["Tags"] == {"a": "b"}


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:rekognition:eu-west-1:123456789012:collection/nobody",
        "arn:aws:rekognition:eu-west-1:999999999999:collection/tagged",
        "arn:aws:rekognition:eu-west-1:123456789012:streamprocessor/door",
        "arn:aws:s3:::a-bucket-somewhere",
    ],
)
def test_unknown_resource(client, refuses, arn):
    refuses("ResourceNotFoundException", client.list_tags_for_resource, ResourceArn=arn)
    refuses("ResourceNotFoundException", client.tag_resource, ResourceArn=arn, Tags={"a": "b"})
    refuses("ResourceNotFoundException", client.untag_resource, ResourceArn=arn, TagKeys=["a"])


def test_more_than_200_tags_change_nothing(client, collection, refuses):
    arn = client.describe_collection(CollectionId=collection)["CollectionARN"]
    client.tag_resource(ResourceArn=arn, Tags={f"k{n}": "v" for n in range(150)})
    refuses(
        "ServiceQuotaExceededException", client.tag_resource, ResourceArn=arn, Tags={f"m{n}": "v" for n in range(60)}
    )
    assert len(client.list_tags_for_resource(ResourceArn=arn)["Tags"]) == 150
