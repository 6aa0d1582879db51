"""Stored video through the stock client: start, wait, page; a clip that is painted, so that its truth is known."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest

from recognizance.app import utc_now
from recognizance.governance.stops import Order
from recognizance.job import JobState
from recognizance.jobs.worker import Worker
from recognizance.operations.footage import Footage
from recognizance.policy.stop import Scope
from recognizance.storage.objects import FolderObjects
from recognizance.testing.clips import write_clip
from recognizance.testing.vision import FakeVision, Person, paint, sketch
from recognizance.values import Role

SECONDS = 3


def scenes():
    """Red is there all the time and moves to the right; blue comes in the second second."""
    for place in range(10 * SECONDS):
        people = [Person("red", left=10 + 2 * place, width=60, height=80, top=60)]
        if place >= 10:
            people.append(Person("blue", left=230, width=60, height=80, top=60))
        yield paint(*people)


@pytest.fixture(scope="module")
def clips(installation):
    """A bucket with a clip and with what is none."""
    bucket = installation.buckets / "clips"
    bucket.mkdir(parents=True, exist_ok=True)
    (bucket / "two.mp4").write_bytes(write_clip(scenes()))
    (bucket / "text.mp4").write_bytes(b"no video")
    return "clips"


def video(name="two.mp4", bucket="clips"):
    return {"S3Object": {"Bucket": bucket, "Name": name}}


@pytest.fixture
def work(installation, client, clips):
    """Work off what waits, as a worker does, with a search through the operations."""
    vision = FakeVision()

    def search_for(job):
        def search(pixels):
            [person] = [person.name for person in vision.frame(pixels).people][:1] or ["nobody"]
            answer = client.search_faces_by_image(
                CollectionId=job.request.collection_id, Image={"Bytes": sketch(Person(person))}, MaxFaces=5
            )
            return answer["FaceMatches"]

        return search

    def run():
        footage = Footage(vision, search_for, lambda: lambda _: [], 2)
        objects = FolderObjects(installation.buckets)
        Worker(installation.board, objects.open_video, footage.analyse, utc_now, "test").work_off()

    return run


@pytest.fixture
def cast(client, collection):
    """A collection in which red is enrolled."""
    [record] = client.index_faces(CollectionId=collection, Image={"Bytes": sketch(Person("red"))})["FaceRecords"]
    return collection, record["Face"]["FaceId"]


def test_faces_over_time(client, work):
    job = client.start_face_detection(Video=video(), FaceAttributes="ALL", JobTag="door")["JobId"]
    waiting = client.get_face_detection(JobId=job)
    assert (waiting["JobStatus"], waiting["Faces"]) == ("IN_PROGRESS", [])
    work()
    answer = client.get_face_detection(JobId=job)
    assert (answer["JobStatus"], answer["JobTag"], answer["Video"]) == ("SUCCEEDED", "door", video())
    assert (answer["VideoMetadata"]["Codec"], answer["VideoMetadata"]["DurationMillis"]) == ("h264", 3000)
    assert (answer["VideoMetadata"]["FrameWidth"], answer["VideoMetadata"]["FrameHeight"]) == (320, 240)
    times = [face["Timestamp"] for face in answer["Faces"]]
    assert times == sorted(times)
    assert [time for time in times if time < 1000] == [0, 200, 400, 600, 800]
    assert times.count(1200) == 2
    assert "EyesOpen" in answer["Faces"][0]["Face"]
    assert not {"FaceOccluded", "EyeDirection"} & set(answer["Faces"][0]["Face"])


def test_who_is_in_a_video_and_when(client, work, cast):
    name, red = cast
    job = client.start_face_search(Video=video(), CollectionId=name)["JobId"]
    work()
    answer = client.get_face_search(JobId=job)
    people = {}
    for entry in answer["Persons"]:
        people.setdefault(entry["Person"]["Index"], []).append(entry)
    assert sorted(people) == [0, 1]
    assert [match["Face"]["FaceId"] for match in people[0][0]["FaceMatches"]] == [red]
    assert all(entry["FaceMatches"] == [] for entry in people[1])
    assert (people[0][0]["Timestamp"], people[1][0]["Timestamp"]) == (0, 1000)
    by_person = client.get_face_search(JobId=job, SortBy="INDEX")["Persons"]
    assert [entry["Person"]["Index"] for entry in by_person] == sorted(entry["Person"]["Index"] for entry in by_person)


def test_what_a_video_search_found_obeys_the_rules_of_the_moment(client, work, cast, refuses, installation):
    name, red = cast
    job = client.start_face_search(Video=video(), CollectionId=name)["JobId"]
    work()
    assert red in str(client.get_face_search(JobId=job)["Persons"])
    chief = installation.keys.create(Role.ADMINISTRATOR, "", utc_now(), person="chief of videos")
    installation.governance.stops.set(Order(Scope.COLLECTION, name, "a complaint"), by=chief, now=utc_now())
    assert refuses("AccessDeniedException", client.get_face_search, JobId=job).startswith("STOPPED: ")


def test_people_are_followed(client, work):
    job = client.start_person_tracking(Video=video())["JobId"]
    work()
    entries = client.get_person_tracking(JobId=job)["Persons"]
    assert {entry["Person"]["Index"] for entry in entries} == {0, 1}
    assert [entry["Timestamp"] for entry in entries][:3] == [0, 100, 200]


def test_pages(client, work):
    job = client.start_face_detection(Video=video())["JobId"]
    work()
    whole = client.get_face_detection(JobId=job, MaxResults=1000)["Faces"]
    pages, token = [], ""
    while token is not None:
        page = client.get_face_detection(JobId=job, MaxResults=4, NextToken=token)
        pages.append(page["Faces"])
        token = page.get("NextToken")
    assert [len(page) for page in pages[:-1]] == [4] * (len(pages) - 1)
    assert [face for page in pages for face in page] == whole
    assert len(client.get_face_detection(JobId=job, MaxResults=100_000)["Faces"]) == len(whole)


def test_a_token_belongs_to_its_job_and_order(client, work, cast, refuses):
    job = client.start_face_search(Video=video(), CollectionId=cast[0])["JobId"]
    work()
    token = client.get_face_search(JobId=job, MaxResults=1)["NextToken"]
    refuses("InvalidPaginationTokenException", client.get_face_search, JobId=job, SortBy="INDEX", NextToken=token)


def test_the_same_token_starts_one_job(client, work, refuses, clips):
    token = hashlib.sha256(b"once").hexdigest()[:32]
    first = client.start_face_detection(Video=video(), ClientRequestToken=token)["JobId"]
    assert client.start_face_detection(Video=video(), ClientRequestToken=token)["JobId"] == first
    refuses(
        "IdempotentParameterMismatchException",
        client.start_face_detection,
        Video=video("text.mp4"),
        ClientRequestToken=token,
    )
    work()


def test_what_is_no_video_fails_and_says_why(client, work):
    broken = client.start_face_detection(Video=video("text.mp4"))["JobId"]
    good = client.start_face_detection(Video=video())["JobId"]
    work()
    answer = client.get_face_detection(JobId=broken)
    assert (answer["JobStatus"], answer["Faces"]) == ("FAILED", [])
    assert "is no video that can be read" in answer["StatusMessage"]
    assert client.get_face_detection(JobId=good)["JobStatus"] == "SUCCEEDED"


def test_a_collection_that_goes_during_the_job_fails_it(client, work, cast):
    job = client.start_face_search(Video=video(), CollectionId=cast[0])["JobId"]
    client.delete_collection(CollectionId=cast[0])
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        work()  # here the search is the client itself; a worker's own search says it in the job
    assert client.get_face_search(JobId=job)["JobStatus"] == "IN_PROGRESS"


@pytest.mark.parametrize(
    ("operation", "params", "code"),
    [
        ("start_face_detection", {"Video": {"S3Object": {"Bucket": "clips"}}}, "InvalidParameterException"),
        ("start_face_detection", {"Video": {}}, "InvalidParameterException"),
        ("start_face_detection", {"Video": video("none.mp4")}, "InvalidS3ObjectException"),
        ("start_face_detection", {"Video": video(bucket="none")}, "InvalidS3ObjectException"),
        ("start_face_detection", {"Video": video("../network")}, "InvalidS3ObjectException"),
        ("start_face_search", {"Video": video(), "CollectionId": "none"}, "ResourceNotFoundException"),
        ("get_face_detection", {"JobId": "0" * 64}, "ResourceNotFoundException"),
    ],
)
@pytest.mark.usefixtures("clips")
def test_refusals(client, refuses, operation, params, code):
    refuses(code, getattr(client, operation), **params)


def test_a_job_of_another_kind_is_not_found(client, refuses, work):
    job = client.start_face_detection(Video=video())["JobId"]
    refuses("ResourceNotFoundException", client.get_person_tracking, JobId=job)
    work()


def test_a_worker_that_is_killed_loses_nothing_and_doubles_nothing(installation, client, work):
    job = client.start_face_detection(Video=video())["JobId"]
    killed = installation.board.take("killed", now=utc_now() - timedelta(hours=1))
    assert killed.job.id == job
    work()
    answer = client.get_face_detection(JobId=job)
    assert answer["JobStatus"] == "SUCCEEDED"
    assert installation.board.find(job, "StartFaceDetection", now=utc_now()).attempts == 2
    assert installation.board.find(job, "StartFaceDetection", now=utc_now()).state is JobState.SUCCEEDED
