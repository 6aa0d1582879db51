"""Users, through boto3."""

from __future__ import annotations

import pytest

from recognizance.testing.vision import Person, sketch

NOBODY = "11111111-1111-4111-8111-111111111111"


def enrol(client, collection, *people):
    ids = []
    for person in people:
        answer = client.index_faces(CollectionId=collection, Image={"Bytes": sketch(person)})
        ids.append(answer["FaceRecords"][0]["Face"]["FaceId"])
    return ids


@pytest.fixture
def people(client, collection):
    """A collection, with three faces of ada and one of bob; user ada has the first two."""
    faces = enrol(client, collection, *(Person("ada", variant=n) for n in range(3)), Person("bob"))
    client.create_user(CollectionId=collection, UserId="ada")
    client.associate_faces(CollectionId=collection, UserId="ada", FaceIds=faces[:2])
    return collection, faces


def statuses(client, collection):
    return {user["UserId"]: user["UserStatus"] for user in client.list_users(CollectionId=collection)["Users"]}


def test_a_user_is_created_then_active_then_created(client, collection):
    [face] = enrol(client, collection, Person("a"))
    client.create_user(CollectionId=collection, UserId="a:1_b.c-d")
    assert statuses(client, collection) == {"a:1_b.c-d": "CREATED"}
    answer = client.associate_faces(CollectionId=collection, UserId="a:1_b.c-d", FaceIds=[face])
    assert answer["AssociatedFaces"] == [{"FaceId": face}]
    assert answer["UnsuccessfulFaceAssociations"] == []
    assert answer["UserStatus"] == "ACTIVE"
    answer = client.disassociate_faces(CollectionId=collection, UserId="a:1_b.c-d", FaceIds=[face])
    assert answer["DisassociatedFaces"] == [{"FaceId": face}]
    assert answer["UserStatus"] == "CREATED"


def test_existing_user_is_a_conflict(client, people, refuses):
    refuses("ConflictException", client.create_user, CollectionId=people[0], UserId="ada")


def test_same_token_is_the_same_call(client, collection, refuses):
    for _ in range(2):
        client.create_user(CollectionId=collection, UserId="a", ClientRequestToken="token-1" + collection)
    message = refuses(
        "IdempotentParameterMismatchException",
        client.create_user,
        CollectionId=collection,
        UserId="b",
        ClientRequestToken="token-1" + collection,
    )
    assert message == f"The ClientRequestToken: token-1{collection} you have supplied is already in use."


def test_failed_call_does_not_use_up_its_token(client, collection, refuses):
    token = "token-2" + collection
    refuses(
        "ResourceNotFoundException",
        client.delete_user,
        CollectionId=collection,
        UserId="late",
        ClientRequestToken=token,
    )
    client.create_user(CollectionId=collection, UserId="late")
    client.delete_user(CollectionId=collection, UserId="late", ClientRequestToken=token)
    assert statuses(client, collection) == {}


def test_repeated_association_answers_as_the_first_time(client, people):
    collection, faces = people
    first, again = (
        client.associate_faces(
            CollectionId=collection, UserId="ada", FaceIds=[faces[2]], ClientRequestToken="token-3" + collection
        )
        for _ in range(2)
    )
    assert first["AssociatedFaces"] == again["AssociatedFaces"] == [{"FaceId": faces[2]}]


@pytest.mark.parametrize("operation", ["delete_user", "associate_faces", "disassociate_faces", "search_users"])
def test_unknown_user(client, collection, refuses, operation):
    extra = {"FaceIds": [NOBODY]} if operation.endswith("associate_faces") else {}
    message = refuses(
        "ResourceNotFoundException", getattr(client, operation), CollectionId=collection, UserId="nobody", **extra
    )
    assert "nobody" in message


def test_association_reports_each_face_it_did_not_take(client, people):
    collection, faces = people
    client.create_user(CollectionId=collection, UserId="bob")
    client.associate_faces(CollectionId=collection, UserId="bob", FaceIds=[faces[3]])
    [stranger] = enrol(client, collection, Person("stranger"))
    answer = client.associate_faces(
        CollectionId=collection, UserId="ada", FaceIds=[faces[0], faces[2], faces[3], stranger, NOBODY]
    )
    assert answer["AssociatedFaces"] == [{"FaceId": faces[2]}]
    refused = {face["FaceId"]: face for face in answer["UnsuccessfulFaceAssociations"]}
    assert set(refused) == {faces[3], stranger, NOBODY}, "a face that the user has already is in neither list"
    assert refused[faces[3]]["Reasons"] == ["ASSOCIATED_TO_A_DIFFERENT_USER"]
    assert refused[faces[3]]["UserId"] == "bob"
    assert refused[stranger]["Reasons"] == ["LOW_MATCH_CONFIDENCE"]
    assert refused[stranger]["Confidence"] < 75
    assert refused[NOBODY]["Reasons"] == ["FACE_NOT_FOUND"]


def test_first_faces_need_no_likeness(client, collection):
    faces = enrol(client, collection, Person("a"), Person("b"))
    client.create_user(CollectionId=collection, UserId="u")
    answer = client.associate_faces(CollectionId=collection, UserId="u", FaceIds=faces)
    assert len(answer["AssociatedFaces"]) == 2


def test_disassociation_reports_foreign_faces(client, people):
    collection, faces = people
    client.create_user(CollectionId=collection, UserId="bob")
    client.associate_faces(CollectionId=collection, UserId="bob", FaceIds=[faces[3]])
    answer = client.disassociate_faces(
        CollectionId=collection, UserId="ada", FaceIds=[faces[0], faces[2], faces[3], NOBODY]
    )
    assert answer["DisassociatedFaces"] == [{"FaceId": faces[0]}], "a face tied to nobody is ignored"
    refused = {face["FaceId"]: face["Reasons"] for face in answer["UnsuccessfulFaceDisassociations"]}
    assert refused == {faces[3]: ["ASSOCIATED_TO_A_DIFFERENT_USER"], NOBODY: ["FACE_NOT_FOUND"]}
    assert answer["UserStatus"] == "ACTIVE"


def test_101st_face_changes_nothing(client, collection, refuses):
    faces = enrol(client, collection, *(Person("ada", variant=n) for n in range(101)))
    client.create_user(CollectionId=collection, UserId="ada")
    client.associate_faces(CollectionId=collection, UserId="ada", FaceIds=faces[:99])
    refuses(
        "ServiceQuotaExceededException",
        client.associate_faces,
        CollectionId=collection,
        UserId="ada",
        FaceIds=faces[99:],
    )
    assert len(client.list_faces(CollectionId=collection, UserId="ada")["Faces"]) == 99
    client.associate_faces(CollectionId=collection, UserId="ada", FaceIds=faces[99:100])


def test_deleting_a_user_keeps_the_faces(client, people):
    collection, faces = people
    client.delete_user(CollectionId=collection, UserId="ada")
    listed = client.list_faces(CollectionId=collection)["Faces"]
    assert [face["FaceId"] for face in listed] == faces
    assert not any("UserId" in face for face in listed)
    assert client.delete_faces(CollectionId=collection, FaceIds=faces[:1])["DeletedFaces"] == faces[:1]


def test_users_page(client, collection):
    for number in range(5):
        client.create_user(CollectionId=collection, UserId=f"u{number}")
    pages = list(client.get_paginator("list_users").paginate(CollectionId=collection, PaginationConfig={"PageSize": 2}))
    assert [user["UserId"] for page in pages for user in page["Users"]] == [f"u{n}" for n in range(5)]
    assert "NextToken" not in pages[-1]


def test_search_users_by_face_and_by_user(client, people):
    collection, faces = people
    answer = client.search_users(CollectionId=collection, FaceId=faces[2])
    assert answer["SearchedFace"] == {"FaceId": faces[2]}
    assert "SearchedUser" not in answer
    assert [match["User"] for match in answer["UserMatches"]] == [{"UserId": "ada", "UserStatus": "ACTIVE"}]
    assert answer["FaceModelVersion"] == "0.1"
    client.create_user(CollectionId=collection, UserId="ada-again")
    client.associate_faces(CollectionId=collection, UserId="ada-again", FaceIds=[faces[2]])
    answer = client.search_users(CollectionId=collection, UserId="ada")
    assert answer["SearchedUser"] == {"UserId": "ada"}
    assert [match["User"]["UserId"] for match in answer["UserMatches"]] == ["ada-again"], "the probe is left out"


def test_user_without_faces_is_never_matched(client, people):
    collection, _ = people
    client.create_user(CollectionId=collection, UserId="empty")
    assert client.search_users(CollectionId=collection, UserId="empty")["UserMatches"] == []
    answer = client.search_users(CollectionId=collection, UserId="ada", UserMatchThreshold=0)
    assert answer["UserMatches"] == []


@pytest.mark.parametrize("probe", [{}, {"UserId": "ada", "FaceId": NOBODY}])
def test_search_users_takes_exactly_one_probe(client, people, refuses, probe):
    refuses("InvalidParameterException", client.search_users, CollectionId=people[0], **probe)


def test_search_users_with_unknown_face(client, people, refuses):
    refuses("InvalidParameterException", client.search_users, CollectionId=people[0], FaceId=NOBODY)


def test_search_users_by_image(client, people):
    collection, _ = people
    picture = sketch(Person("ada", width=300, height=320, variant=8), Person("bob", left=600))
    answer = client.search_users_by_image(CollectionId=collection, Image={"Bytes": picture})
    assert [match["User"]["UserId"] for match in answer["UserMatches"]] == ["ada"]
    assert answer["SearchedFace"]["FaceDetail"]["BoundingBox"]["Width"] == pytest.approx(0.3)
    [other] = answer["UnsearchedFaces"]
    assert other["Reasons"] == ["FACE_NOT_LARGEST"]
    assert other["FaceDetails"]["BoundingBox"]["Left"] == pytest.approx(0.6)


@pytest.mark.parametrize(
    ("picture", "level", "reasons"),
    [
        (sketch(), "NONE", []),
        (sketch(Person("a", brightness=1, sharpness=1)), "HIGH", ["LOW_BRIGHTNESS", "LOW_SHARPNESS"]),
    ],
)
def test_search_users_by_image_without_usable_face_is_no_error(client, people, picture, level, reasons):
    answer = client.search_users_by_image(CollectionId=people[0], Image={"Bytes": picture}, QualityFilter=level)
    assert answer["UserMatches"] == []
    assert "SearchedFace" not in answer
    found = {reason for face in answer["UnsearchedFaces"] for reason in face["Reasons"]}
    assert set(reasons) <= found
