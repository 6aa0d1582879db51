"""The gallery-aware threshold through boto3: what it says, whom it keeps out, and how a collection opts out."""

from __future__ import annotations

import pytest

from recognizance.app import utc_now
from recognizance.testing.vision import Person, embedding_of, sketch
from recognizance.values import NewFace

HEADER = "x-recognizance-threshold"
TAG = "recognizance:gallery-threshold"
ENROLLED = 2000


def enrol(installation, collection, names):
    """Enrol sketched people without drawing them one by one."""
    faces = [NewFace(embedding_of(name), (0.1, number / 1e5, 0.2, 0.2), 0.99) for number, name in enumerate(names)]
    return installation.gallery.enrol(collection, faces, image_id="i", external_image_id=None, now=utc_now())


def header(answer):
    return answer["ResponseMetadata"]["HTTPHeaders"][HEADER]


def arn(client, collection):
    return client.describe_collection(CollectionId=collection)["CollectionARN"]


def opt_out(client, collection):
    client.tag_resource(ResourceArn=arn(client, collection), Tags={TAG: "off"})


def search(client, collection, name, **members):
    image = {"Bytes": sketch(Person(name, variant=7))}
    return client.search_faces_by_image(CollectionId=collection, Image=image, **members)


@pytest.fixture(scope="module")
def crowd(client, installation):
    """A collection of 2,000 people, which its tests do not change."""
    client.create_collection(CollectionId="crowd")
    enrol(installation, "crowd", [f"enrolled-{number}" for number in range(ENROLLED)])
    return "crowd"


def test_no_stranger_among_two_thousand_gets_a_candidate_and_everybody_is_found(client, crowd):
    for number in range(200):
        assert search(client, crowd, f"stranger-{number}", FaceMatchThreshold=0)["FaceMatches"] == []
        [match] = search(client, crowd, f"enrolled-{number}", FaceMatchThreshold=0)["FaceMatches"]
        assert match["Similarity"] >= 83


def test_without_it_strangers_get_candidates(client, installation, collection):
    enrol(installation, collection, [f"enrolled-{number}" for number in range(ENROLLED)])
    opt_out(client, collection)
    found = [search(client, collection, f"stranger-{n}", FaceMatchThreshold=45)["FaceMatches"] for n in range(60)]
    assert any(found)


def test_the_header_says_what_holds_and_why(client, crowd):
    # 1 - (1 - 1e-3) ** (1 / 2000) = 5.0025e-7, which is similarity 83.01 and rounded up 83.01.
    assert header(search(client, crowd, "x")) == "83.01; reason=gallery; asked=80; faces=2000; fpir=0.001"
    asked = header(search(client, crowd, "x", FaceMatchThreshold=99.5))
    assert asked == "99.5; reason=asked; asked=99.5; faces=2000; fpir=0.001"


def test_by_face_and_in_an_empty_collection(client, installation, collection):
    assert (
        header(search(client, collection, "x", FaceMatchThreshold=0)) == "0; reason=asked; asked=0; faces=0; fpir=0.001"
    )
    [face] = enrol(installation, collection, ["ada"])
    answer = client.search_faces(CollectionId=collection, FaceId=face.face_id)
    assert header(answer) == "80; reason=asked; asked=80; faces=1; fpir=0.001"


def test_searches_of_users_count_users(client, installation, collection):
    ada, again, _ = enrol(installation, collection, ["ada", "ada", "bob"])
    client.create_user(CollectionId=collection, UserId="ada")
    client.associate_faces(CollectionId=collection, UserId="ada", FaceIds=[ada.face_id])
    expected = "37.5; reason=gallery; asked=10; users=1; fpir=0.001"
    by_face = client.search_users(CollectionId=collection, FaceId=again.face_id, UserMatchThreshold=10)
    by_user = client.search_users(CollectionId=collection, UserId="ada", UserMatchThreshold=10)
    image = {"Bytes": sketch(Person("ada"))}
    by_image = client.search_users_by_image(CollectionId=collection, Image=image, UserMatchThreshold=10)
    assert [header(answer) for answer in (by_face, by_user, by_image)] == [expected] * 3
    assert [match["User"]["UserId"] for match in by_image["UserMatches"]] == ["ada"]


def test_a_collection_opts_out_and_in_again(client, installation, collection):
    enrol(installation, collection, ["ada"])
    opted_out = "5; reason=asked; asked=5; faces=1; gallery-threshold=off"
    opt_out(client, collection)
    assert header(search(client, collection, "x", FaceMatchThreshold=5)) == opted_out
    assert client.list_tags_for_resource(ResourceArn=arn(client, collection))["Tags"] == {TAG: "off"}
    client.tag_resource(ResourceArn=arn(client, collection), Tags={TAG: "on"})
    assert "reason=gallery" in header(search(client, collection, "x", FaceMatchThreshold=5))
    opt_out(client, collection)
    client.untag_resource(ResourceArn=arn(client, collection), TagKeys=[TAG])
    assert "reason=gallery" in header(search(client, collection, "x", FaceMatchThreshold=5))


@pytest.mark.parametrize("value", ["OFF", "", "no"])
def test_any_other_value_is_refused_and_changes_nothing(client, collection, refuses, value):
    message = refuses("InvalidParameterException", client.create_collection, CollectionId="new", Tags={TAG: value})
    assert message == f"Request has invalid parameters. The tag {TAG} is on or off; it came as {value!r}."
    tags = {"owner": "reception", TAG: value}
    refuses("InvalidParameterException", client.tag_resource, ResourceArn=arn(client, collection), Tags=tags)
    assert client.list_tags_for_resource(ResourceArn=arn(client, collection))["Tags"] == {}
    assert "new" not in client.list_collections()["CollectionIds"]


def test_a_collection_can_be_created_opted_out(client, collection):
    client.create_collection(CollectionId=f"{collection}-plain", Tags={TAG: "off"})
    assert header(search(client, f"{collection}-plain", "x")).endswith("gallery-threshold=off")


def test_a_comparison_of_two_pictures_has_no_such_threshold(client):
    image = {"Bytes": sketch(Person("ada"))}
    answer = client.compare_faces(SourceImage=image, TargetImage=image, SimilarityThreshold=0)
    assert HEADER not in answer["ResponseMetadata"]["HTTPHeaders"]
