"""IndexFaces, ListFaces and DeleteFaces, through boto3."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from recognizance.testing.vision import Person, sketch

NOBODY = "11111111-1111-4111-8111-111111111111"
PAIR = sketch(Person("ada", width=200, height=250), Person("bob", left=500))


def test_records_are_sorted_by_size_and_complete(client, collection):
    answer = client.index_faces(CollectionId=collection, Image={"Bytes": PAIR}, ExternalImageId="pair:1")
    first, second = answer["FaceRecords"]
    assert first["Face"]["BoundingBox"]["Width"] > second["Face"]["BoundingBox"]["Width"]
    assert uuid.UUID(first["Face"]["FaceId"]).version == 4
    assert uuid.UUID(first["Face"]["ImageId"]).version == 5
    assert first["Face"]["ImageId"] == second["Face"]["ImageId"]
    assert first["Face"]["ExternalImageId"] == "pair:1"
    assert first["FaceDetail"]["Confidence"] == pytest.approx(first["Face"]["Confidence"])
    assert answer["UnindexedFaces"] == []
    assert answer["FaceModelVersion"] == "0.1"
    assert "OrientationCorrection" not in answer


def test_no_face_is_no_error(client, collection):
    answer = client.index_faces(CollectionId=collection, Image={"Bytes": sketch()})
    assert (answer["FaceRecords"], answer["UnindexedFaces"]) == ([], [])


def test_same_picture_again_is_stored_once(client, collection):
    first = client.index_faces(CollectionId=collection, Image={"Bytes": PAIR}, ExternalImageId="x")
    again = client.index_faces(CollectionId=collection, Image={"Bytes": PAIR}, ExternalImageId="x")
    assert [r["Face"]["FaceId"] for r in again["FaceRecords"]] == [r["Face"]["FaceId"] for r in first["FaceRecords"]]
    assert again["FaceRecords"][0]["FaceDetail"] == first["FaceRecords"][0]["FaceDetail"]
    other = client.index_faces(CollectionId=collection, Image={"Bytes": PAIR}, ExternalImageId="y")
    assert other["FaceRecords"][0]["Face"]["ImageId"] == first["FaceRecords"][0]["Face"]["ImageId"]
    assert client.describe_collection(CollectionId=collection)["FaceCount"] == 4


def test_face_deleted_and_enrolled_again_is_new(client, collection):
    first = client.index_faces(CollectionId=collection, Image={"Bytes": PAIR})["FaceRecords"]
    client.delete_faces(CollectionId=collection, FaceIds=[first[0]["Face"]["FaceId"]])
    again = client.index_faces(CollectionId=collection, Image={"Bytes": PAIR})["FaceRecords"]
    assert again[0]["Face"]["FaceId"] != first[0]["Face"]["FaceId"]
    assert again[1]["Face"]["FaceId"] == first[1]["Face"]["FaceId"]


def test_two_clients_with_the_same_picture_store_it_once(client, collection):
    with ThreadPoolExecutor(4) as pool:
        calls = [
            pool.submit(client.index_faces, CollectionId=collection, Image={"Bytes": PAIR}, ExternalImageId="x")
            for _ in range(8)
        ]
    ids = {tuple(r["Face"]["FaceId"] for r in call.result()["FaceRecords"]) for call in calls}
    assert len(ids) == 1
    assert client.describe_collection(CollectionId=collection)["FaceCount"] == 2


def test_max_faces_drops_low_quality_first_then_small(client, collection):
    picture = sketch(
        Person("large-dark", width=300, height=300, brightness=2, sharpness=2),
        Person("mid", left=500, width=150, height=150),
        Person("small", left=700, width=90, height=90),
        Person("smallest", left=850, width=60, height=60),
    )
    answer = client.index_faces(CollectionId=collection, Image={"Bytes": picture}, MaxFaces=2, QualityFilter="NONE")
    kept = [round(r["Face"]["BoundingBox"]["Width"] * 1000) for r in answer["FaceRecords"]]
    assert kept == [150, 90]
    assert [face["Reasons"] for face in answer["UnindexedFaces"]] == [["EXCEEDS_MAX_FACES"]] * 2
    assert "BoundingBox" in answer["UnindexedFaces"][0]["FaceDetail"]


def test_quality_filter_is_auto_by_default(client, collection):
    picture = sketch(Person("bad", brightness=1, sharpness=1), Person("good", left=500))
    answer = client.index_faces(CollectionId=collection, Image={"Bytes": picture})
    assert len(answer["FaceRecords"]) == 1
    [refused] = answer["UnindexedFaces"]
    assert {"LOW_BRIGHTNESS", "LOW_SHARPNESS"} <= set(refused["Reasons"])
    everything = client.index_faces(CollectionId=collection, Image={"Bytes": picture}, QualityFilter="NONE")
    assert len(everything["FaceRecords"]) == 2


def test_detection_attributes(client, collection):
    answer = client.index_faces(
        CollectionId=collection, Image={"Bytes": sketch(Person("a"))}, DetectionAttributes=["EYES_OPEN"]
    )
    assert answer["FaceRecords"][0]["FaceDetail"]["EyesOpen"]["Value"] is True


def test_more_than_100_max_faces_behaves_as_100(client, collection):
    assert client.index_faces(CollectionId=collection, Image={"Bytes": PAIR}, MaxFaces=5000)["FaceRecords"]


def test_lists_page_in_order_and_filters_combine(client, collection):
    ids = []
    for number in range(7):
        answer = client.index_faces(CollectionId=collection, Image={"Bytes": sketch(Person(f"p{number}"))})
        ids.append(answer["FaceRecords"][0]["Face"]["FaceId"])
    pages = list(client.get_paginator("list_faces").paginate(CollectionId=collection, PaginationConfig={"PageSize": 3}))
    assert [face["FaceId"] for page in pages for face in page["Faces"]] == ids
    assert [len(page["Faces"]) for page in pages] == [3, 3, 1]
    client.create_user(CollectionId=collection, UserId="u")
    client.associate_faces(CollectionId=collection, UserId="u", FaceIds=[ids[2]])
    some = client.list_faces(CollectionId=collection, FaceIds=[ids[4], NOBODY, ids[2]])["Faces"]
    assert [face["FaceId"] for face in some] == [ids[2], ids[4]]
    both = client.list_faces(CollectionId=collection, FaceIds=[ids[4], ids[2]], UserId="u")["Faces"]
    assert [(face["FaceId"], face["UserId"]) for face in both] == [(ids[2], "u")]
    assert client.list_faces(CollectionId=collection, MaxResults=0)["Faces"]


def test_list_of_an_unknown_user(client, collection, refuses):
    refuses("ResourceNotFoundException", client.list_faces, CollectionId=collection, UserId="nobody")


def test_delete_reports_what_was_not_deleted(client, collection):
    records = client.index_faces(CollectionId=collection, Image={"Bytes": PAIR})["FaceRecords"]
    tied, free = (record["Face"]["FaceId"] for record in records)
    client.create_user(CollectionId=collection, UserId="u")
    client.associate_faces(CollectionId=collection, UserId="u", FaceIds=[tied])
    answer = client.delete_faces(CollectionId=collection, FaceIds=[tied, free, NOBODY])
    assert answer["DeletedFaces"] == [free]
    refused = {face["FaceId"]: face for face in answer["UnsuccessfulFaceDeletions"]}
    assert refused[tied]["Reasons"] == ["ASSOCIATED_TO_AN_EXISTING_USER"]
    assert refused[tied]["UserId"] == "u"
    assert refused[NOBODY]["Reasons"] == ["FACE_NOT_FOUND"]
    assert client.describe_collection(CollectionId=collection)["FaceCount"] == 1


def test_deleted_face_is_never_found_again(client, collection):
    [record] = client.index_faces(CollectionId=collection, Image={"Bytes": sketch(Person("a"))})["FaceRecords"]
    client.delete_faces(CollectionId=collection, FaceIds=[record["Face"]["FaceId"]])
    search = client.search_faces_by_image(CollectionId=collection, Image={"Bytes": sketch(Person("a", variant=1))})
    assert search["FaceMatches"] == []
    assert client.list_faces(CollectionId=collection)["Faces"] == []
