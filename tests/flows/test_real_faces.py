"""The whole system as users run it: real weights, a server on a socket, stock boto3, real photographs."""

from __future__ import annotations

import csv
import random
from itertools import combinations

import boto3
import cv2
import numpy as np
import pytest

from recognizance.app import App, utc_now
from recognizance.settings import Settings
from recognizance.testing.server import running
from recognizance.values import Role


@pytest.fixture(scope="module")
def client(tmp_path_factory, weights_dir):
    with App(Settings(data=tmp_path_factory.mktemp("data"), models_dir=weights_dir)) as app:
        key = app.store.keys.create(Role.ADMINISTRATOR, label="test", now=utc_now())
        with running(app.asgi()) as url:
            yield boto3.client(
                "rekognition",
                endpoint_url=url,
                region_name="us-east-1",
                aws_access_key_id=key.id,
                aws_secret_access_key=key.secret,
            )


def altered(jpeg, change):
    image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    return {"Bytes": cv2.imencode(".jpg", change(image))[1].tobytes()}


@pytest.mark.parametrize(
    "change",
    [
        lambda image: image,
        lambda image: image[:, ::-1],
        lambda image: cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA),
        lambda image: cv2.rotate(image, cv2.ROTATE_90_CLOCKWISE),
        lambda image: cv2.rotate(image, cv2.ROTATE_180),
        lambda image: cv2.convertScaleAbs(image, alpha=0.6),
    ],
    ids=["same", "mirrored", "half size", "on its side", "upside down", "darker"],
)
def test_one_person_in_altered_pictures_is_one_person(client, portrait, change):
    answer = client.compare_faces(SourceImage={"Bytes": portrait}, TargetImage=altered(portrait, change))
    assert len(answer["FaceMatches"]) == 1
    assert answer["FaceMatches"][0]["Similarity"] > 90


def test_detect_measures_a_real_face(client, portrait):
    [face] = client.detect_faces(Image={"Bytes": portrait}, Attributes=["ALL"])["FaceDetails"]
    assert face["Confidence"] > 80
    assert len(face["Landmarks"]) == 30
    assert abs(face["Pose"]["Roll"]) < 20
    assert face["EyesOpen"]["Value"] is True
    assert "Gender" not in face
    assert "AgeRange" not in face
    box = face["BoundingBox"]
    for point in face["Landmarks"]:
        assert box["Left"] - 0.1 < point["X"] < box["Left"] + box["Width"] + 0.1
        assert box["Top"] - 0.15 < point["Y"] < box["Top"] + box["Height"] + 0.15


def test_enrol_search_and_forget(client, portrait):
    client.create_collection(CollectionId="astronauts")
    [record] = client.index_faces(
        CollectionId="astronauts", Image={"Bytes": portrait}, ExternalImageId="eileen-collins"
    )["FaceRecords"]
    mirrored = altered(portrait, lambda image: image[:, ::-1])
    found = client.search_faces_by_image(CollectionId="astronauts", Image=mirrored)
    assert [match["Face"]["ExternalImageId"] for match in found["FaceMatches"]] == ["eileen-collins"]
    client.delete_faces(CollectionId="astronauts", FaceIds=[record["Face"]["FaceId"]])
    assert client.search_faces_by_image(CollectionId="astronauts", Image=mirrored)["FaceMatches"] == []


def portraits(photos):
    """Two different photographs of each of 40 members of Congress."""
    people = {}
    with (photos / "congress" / "labels.csv").open() as file:
        for row in csv.DictReader(file):
            if not row["note"]:
                people.setdefault(row["identity"], {}).setdefault(row["photo_group"], row["path"])
    pairs = [list(groups.values())[:2] for _, groups in sorted(people.items()) if len(groups) >= 2]
    random.Random(7).shuffle(pairs)
    return [[photos / "congress" / path for path in pair] for pair in pairs[:40]]


def test_people_are_found_by_another_photograph(client, photos):
    pairs = portraits(photos)
    client.create_collection(CollectionId="congress")
    for number, (enrolled, _) in enumerate(pairs):
        image = {"Bytes": enrolled.read_bytes()}
        client.index_faces(CollectionId="congress", Image=image, ExternalImageId=str(number), MaxFaces=1)
    right = wrong = 0
    for number, (_, probe) in enumerate(pairs):
        found = client.search_faces_by_image(CollectionId="congress", Image={"Bytes": probe.read_bytes()})
        names = [match["Face"]["ExternalImageId"] for match in found["FaceMatches"]]
        right += names == [str(number)]
        wrong += bool(set(names) - {str(number)})
    assert wrong == 0
    assert right >= 37, "of 40, at 80"


def test_different_people_do_not_match(client, photos):
    firsts = [pair[0].read_bytes() for pair in portraits(photos)[:8]]
    for source, target in combinations(firsts, 2):
        answer = client.compare_faces(SourceImage={"Bytes": source}, TargetImage={"Bytes": target})
        assert answer["FaceMatches"] == []


def test_every_labelled_face_is_found(client, photos):
    with (photos / "detection" / "labels.csv").open() as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        faces = client.detect_faces(Image={"Bytes": (photos / "detection" / row["path"]).read_bytes()})["FaceDetails"]
        assert len(faces) == int(row["faces"]), row["path"]
