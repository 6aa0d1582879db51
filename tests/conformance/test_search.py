"""SearchFaces and SearchFacesByImage, through boto3."""

from __future__ import annotations

import pytest

from recognizance.testing.vision import Person, sketch

NOBODY = "11111111-1111-4111-8111-111111111111"


def enrol(client, collection, *people):
    ids = []
    for person in people:
        answer = client.index_faces(
            CollectionId=collection, Image={"Bytes": sketch(person)}, ExternalImageId=f"{person.name}:{person.variant}"
        )
        ids.append(answer["FaceRecords"][0]["Face"]["FaceId"])
    return ids


@pytest.fixture
def album(client, collection):
    enrol(client, collection, Person("ada"), Person("bob"), Person("ada", variant=1), Person("cy"))
    return collection


def test_search_by_image_finds_the_largest_face_alone(client, album):
    picture = sketch(Person("bob", left=600), Person("ada", width=300, height=320, variant=5))
    answer = client.search_faces_by_image(CollectionId=album, Image={"Bytes": picture})
    assert [match["Face"]["ExternalImageId"].split(":")[0] for match in answer["FaceMatches"]] == ["ada", "ada"]
    similarities = [match["Similarity"] for match in answer["FaceMatches"]]
    assert similarities == sorted(similarities, reverse=True)
    assert min(similarities) >= 80
    assert answer["SearchedFaceBoundingBox"]["Width"] == pytest.approx(0.3)
    assert answer["SearchedFaceConfidence"] == pytest.approx(99)
    assert answer["FaceModelVersion"] == "0.1"


def test_face_without_match_is_an_empty_list(client, album):
    answer = client.search_faces_by_image(CollectionId=album, Image={"Bytes": sketch(Person("stranger"))})
    assert answer["FaceMatches"] == []
    assert "SearchedFaceBoundingBox" in answer


def test_empty_collection(client, collection):
    answer = client.search_faces_by_image(CollectionId=collection, Image={"Bytes": sketch(Person("ada"))})
    assert answer["FaceMatches"] == []


def test_no_face_is_refused(client, album, refuses):
    message = refuses(
        "InvalidParameterException", client.search_faces_by_image, CollectionId=album, Image={"Bytes": sketch()}
    )
    assert message == "There are no faces in the image. Should be at least 1."


@pytest.fixture
def everyone(client, album):
    """The album, with thresholds as they are asked for."""
    arn = client.describe_collection(CollectionId=album)["CollectionARN"]
    client.tag_resource(ResourceArn=arn, Tags={"recognizance:gallery-threshold": "off"})
    return album


@pytest.mark.parametrize(("threshold", "most", "found"), [(0, 4096, 4), (0, 3, 3), (80, 1, 1), (100, 10, 0)])
def test_threshold_and_most(client, everyone, threshold, most, found):
    answer = client.search_faces_by_image(
        CollectionId=everyone,
        Image={"Bytes": sketch(Person("ada", variant=9))},
        FaceMatchThreshold=threshold,
        MaxFaces=most,
    )
    assert len(answer["FaceMatches"]) == found


def test_quality_filter_is_none_by_default(client, album, refuses):
    blurred = {"Bytes": sketch(Person("ada", variant=3, sharpness=1, brightness=1))}
    assert client.search_faces_by_image(CollectionId=album, Image=blurred)["FaceMatches"]
    refuses(
        "InvalidParameterException",
        client.search_faces_by_image,
        CollectionId=album,
        Image=blurred,
        QualityFilter="MEDIUM",
    )


def test_search_by_face_leaves_the_probe_out(client, album):
    faces = {face["ExternalImageId"]: face["FaceId"] for face in client.list_faces(CollectionId=album)["Faces"]}
    answer = client.search_faces(CollectionId=album, FaceId=faces["ada:0"])
    assert answer["SearchedFaceId"] == faces["ada:0"]
    assert [match["Face"]["FaceId"] for match in answer["FaceMatches"]] == [faces["ada:1"]]


def test_the_probe_takes_no_place_in_the_list(client, everyone):
    faces = {face["ExternalImageId"]: face["FaceId"] for face in client.list_faces(CollectionId=everyone)["Faces"]}
    answer = client.search_faces(CollectionId=everyone, FaceId=faces["ada:0"], FaceMatchThreshold=0, MaxFaces=2)
    assert len(answer["FaceMatches"]) == 2


def test_unknown_face_is_an_invalid_parameter(client, album, refuses):
    message = refuses("InvalidParameterException", client.search_faces, CollectionId=album, FaceId=NOBODY)
    assert message == "faceId was not found in the collection."


def test_face_of_another_collection_is_unknown(client, album, collection, refuses):
    client.create_collection(CollectionId=f"{collection}-other")
    [face] = enrol(client, f"{collection}-other", Person("ada"))
    refuses("InvalidParameterException", client.search_faces, CollectionId=album, FaceId=face)


def test_every_face_is_found_at_once(client, collection):
    for number in range(25):
        [face] = enrol(client, collection, Person(f"p{number}"))
        answer = client.search_faces_by_image(
            CollectionId=collection, Image={"Bytes": sketch(Person(f"p{number}", variant=1))}, MaxFaces=1
        )
        assert answer["FaceMatches"][0]["Face"]["FaceId"] == face
