"""DetectFaces and CompareFaces, through boto3."""

from __future__ import annotations

import pytest

from recognizance.testing.vision import Person, sketch

GROUP = [
    Person("small", left=600, width=50, height=60),
    Person("large", width=200, height=240),
    Person("mid", left=700),
]


def test_detect_sorts_by_size_and_gives_the_default_members(client):
    details = client.detect_faces(Image={"Bytes": sketch(*GROUP)})["FaceDetails"]
    widths = [round(detail["BoundingBox"]["Width"] * 1000) for detail in details]
    assert widths == [200, 120, 50]
    assert set(details[0]) == {"BoundingBox", "Confidence", "Landmarks", "Pose", "Quality"}
    names = [landmark["Type"] for landmark in details[0]["Landmarks"]]
    assert names == ["eyeLeft", "eyeRight", "nose", "mouthLeft", "mouthRight"]
    assert details[0]["Landmarks"][0]["X"] < details[0]["Landmarks"][1]["X"]
    assert details[0]["Confidence"] == pytest.approx(99)


def test_no_face_is_an_empty_list(client):
    assert client.detect_faces(Image={"Bytes": sketch()})["FaceDetails"] == []


def test_box_outside_the_picture_is_not_clamped(client):
    [detail] = client.detect_faces(Image={"Bytes": sketch(Person("cut", left=-30, top=700))})["FaceDetails"]
    assert detail["BoundingBox"]["Left"] == pytest.approx(-0.03)
    assert detail["BoundingBox"]["Top"] + detail["BoundingBox"]["Height"] > 1


@pytest.mark.parametrize(
    ("attributes", "members", "landmarks"),
    [
        ([], set(), 5),
        (["DEFAULT"], set(), 5),
        (["EYES_OPEN"], {"EyesOpen"}, 5),
        (["DEFAULT", "MOUTH_OPEN", "EYE_DIRECTION"], {"MouthOpen", "EyeDirection"}, 5),
        (["ALL"], {"EyesOpen", "MouthOpen", "EyeDirection"}, 6),
        (["ALL", "DEFAULT"], {"EyesOpen", "MouthOpen", "EyeDirection"}, 6),
        (["AGE_RANGE", "GENDER", "EMOTIONS", "BEARD", "MUSTACHE", "SMILE", "EYEGLASSES", "SUNGLASSES"], set(), 5),
    ],
)
def test_attributes_add_what_is_measured_and_never_traits(client, attributes, members, landmarks):
    [detail] = client.detect_faces(Image={"Bytes": sketch(Person("a"))}, Attributes=attributes)["FaceDetails"]
    assert set(detail) == {"BoundingBox", "Confidence", "Landmarks", "Pose", "Quality"} | members
    assert len(detail["Landmarks"]) == landmarks


def test_at_most_100_faces(client):
    crowd = [Person(f"p{n}", left=10 * n, width=20 + n, height=30 + n) for n in range(120)]
    details = client.detect_faces(Image={"Bytes": sketch(*crowd, width=4000)})["FaceDetails"]
    assert len(details) == 100
    assert details[-1]["BoundingBox"]["Width"] * 4000 == pytest.approx(40)


def test_compare_puts_each_target_face_in_exactly_one_list(client):
    source = sketch(Person("ada", width=200, height=220), Person("bob", left=500))
    target = sketch(
        Person("bob", left=500), Person("ada", variant=1), Person("cy", left=700), Person("ada", left=300, variant=2)
    )
    answer = client.compare_faces(SourceImage={"Bytes": source}, TargetImage={"Bytes": target})
    assert answer["SourceImageFace"]["BoundingBox"]["Width"] == pytest.approx(0.2)
    assert len(answer["FaceMatches"]) == 2
    assert len(answer["UnmatchedFaces"]) == 2
    similarities = [match["Similarity"] for match in answer["FaceMatches"]]
    assert similarities == sorted(similarities, reverse=True)
    assert min(similarities) >= 80
    assert set(answer["FaceMatches"][0]["Face"]) == {"BoundingBox", "Confidence", "Landmarks", "Pose", "Quality"}


@pytest.mark.parametrize(("threshold", "matches"), [(0, 2), (80, 1), (100, 0)])
def test_compare_honours_the_threshold(client, threshold, matches):
    target = sketch(Person("ada", variant=1), Person("bob", left=500))
    answer = client.compare_faces(
        SourceImage={"Bytes": sketch(Person("ada"))}, TargetImage={"Bytes": target}, SimilarityThreshold=threshold
    )
    assert len(answer["FaceMatches"]) == matches
    assert len(answer["UnmatchedFaces"]) == 2 - matches


@pytest.mark.parametrize(("source", "target"), [(sketch(), sketch(Person("a"))), (sketch(Person("a")), sketch())])
def test_compare_without_a_face_is_refused(client, refuses, source, target):
    message = refuses(
        "InvalidParameterException", client.compare_faces, SourceImage={"Bytes": source}, TargetImage={"Bytes": target}
    )
    assert message == "There are no faces in the image. Should be at least 1."


def test_compare_filters_by_quality_only_when_asked(client, refuses):
    dark = {"Bytes": sketch(Person("a", brightness=1, sharpness=1, confidence=0.5))}
    good = {"Bytes": sketch(Person("a"))}
    assert client.compare_faces(SourceImage=dark, TargetImage=good)["FaceMatches"]
    refuses("InvalidParameterException", client.compare_faces, SourceImage=dark, TargetImage=good, QualityFilter="HIGH")
    refuses("InvalidParameterException", client.compare_faces, SourceImage=good, TargetImage=dark, QualityFilter="HIGH")


PICTURES = {
    "neither bytes nor object": ({}, "InvalidParameterException", "neither came"),
    "text": ({"Bytes": b"hello"}, "InvalidImageFormatException", "invalid image format"),
    "79 pixels": ({"Bytes": sketch(Person("a"), width=79)}, "InvalidParameterException", "79 x 800"),
    "unknown bucket": (
        {"S3Object": {"Bucket": "nowhere", "Name": "a.jpg"}},
        "InvalidS3ObjectException",
        "object metadata",
    ),
    "object without name": ({"S3Object": {"Bucket": "bucket"}}, "InvalidParameterException", "lacks Name"),
    "both": ({"Bytes": b"x", "S3Object": {"Bucket": "bucket", "Name": "a"}}, "InvalidParameterException", "both came"),
}


@pytest.mark.parametrize("case", PICTURES)
def test_bad_pictures(client, refuses, case):
    image, code, text = PICTURES[case]
    assert text in refuses(code, client.detect_faces, Image=image)


def test_picture_from_a_bucket(client, installation):
    folder = installation.buckets / "album" / "2026"
    folder.mkdir(parents=True)
    (folder / "ada.jpg").write_bytes(sketch(Person("ada")))
    answer = client.detect_faces(Image={"S3Object": {"Bucket": "album", "Name": "2026/ada.jpg"}})
    assert len(answer["FaceDetails"]) == 1


def test_object_over_15_mib_is_too_large(client, installation, refuses):
    folder = installation.buckets / "large"
    folder.mkdir(parents=True)
    with (folder / "a.jpg").open("wb") as file:
        file.truncate(15 * 1024 * 1024 + 1)
    image = {"S3Object": {"Bucket": "large", "Name": "a.jpg"}}
    refuses("ImageTooLargeException", client.detect_faces, Image=image)


def test_inline_bytes_over_5_mib_break_the_model_constraint(client, refuses):
    message = refuses("ValidationException", client.detect_faces, Image={"Bytes": bytes(5 * 1024 * 1024 + 1)})
    assert "'image.bytes'" in message
    assert "less than or equal to 5242880" in message
