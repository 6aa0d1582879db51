"""A worker's searches go through the server, as whoever started the job: same rules, same record, and nothing more."""

from __future__ import annotations

import pytest

from recognizance import worker as worker_module
from recognizance.app import utc_now, worker_key
from recognizance.errors import SearchFailedError
from recognizance.governance.stops import Order
from recognizance.jobs.worker import Worker
from recognizance.operations.footage import Footage
from recognizance.policy.stop import Scope
from recognizance.storage.objects import FolderObjects
from recognizance.testing.clips import write_clip
from recognizance.testing.vision import FakeVision, Person, paint, sketch
from recognizance.values import Role
from recognizance.worker import Asker

VIDEO = {"S3Object": {"Bucket": "clips", "Name": "red.mp4"}}


@pytest.fixture(scope="module")
def team(office):
    """A collection with one person, and a clip that shows him."""
    chief = office.hire(Role.ADMINISTRATOR, "chief of the team")
    client = office.aws(chief)
    client.create_collection(CollectionId="team")
    client.index_faces(CollectionId="team", Image={"Bytes": sketch(Person("red"))}, ExternalImageId="red")
    bucket = office.app.settings.data / "buckets" / "clips"
    bucket.mkdir(parents=True)
    frames = (paint(Person("red", left=80 + place, top=60, width=70, height=90)) for place in range(20))
    (bucket / "red.mp4").write_bytes(write_clip(frames))
    return chief


@pytest.fixture
def asker(office):
    return Asker(office.url, worker_key(office.app.store.folder, utc_now()), "eu-west-1")


@pytest.fixture
def work(office, asker):
    def work():
        footage = Footage(FakeVision(), asker.search_for, lambda: lambda _: [], 1)
        objects = FolderObjects(office.app.settings.data / "buckets")
        Worker(office.app.board, objects.open_video, footage.analyse, utc_now, "test").work_off()

    return work


def start(client, **params):
    return client.start_face_search(Video=VIDEO, CollectionId="team", **params)["JobId"]


@pytest.mark.usefixtures("team")
def test_each_search_of_a_job_is_on_record_as_its_starters(office, work):
    olga = office.hire(Role.OPERATOR, "olga")
    client = office.aws(olga, case="2026-17")
    before = len(office.entries("search"))
    job = start(client, FaceMatchThreshold=90)
    work()
    answer = client.get_face_search(JobId=job)
    assert answer["JobStatus"] == "SUCCEEDED"
    found = {match["Face"]["ExternalImageId"] for entry in answer["Persons"] for match in entry["FaceMatches"]}
    assert found == {"red"}
    searches = office.entries("search")[before:]
    assert 1 <= len(searches) <= 3
    for entry in searches:
        assert (entry["operator"], entry["operation"], entry["asked"]) == (olga.key.id, "SearchFacesByImage", 90)
        assert entry["case_reference"] is not None


@pytest.mark.usefixtures("team")
def test_a_key_that_was_revoked_meanwhile_finds_nobody(office, work):
    gone = office.hire(Role.OPERATOR, "gone")
    job = start(office.aws(gone))
    office.app.store.keys.revoke(gone.key.id, utc_now())
    work()
    answer = office.aws(office.hire(Role.OPERATOR, "next")).get_face_search(JobId=job)
    assert answer["JobStatus"] == "FAILED"
    assert "that started the job was revoked" in answer["StatusMessage"]
    assert answer["Persons"] == []


def test_a_stop_reaches_a_job_that_was_started_before_it(office, team, work):
    client = office.aws(office.hire(Role.OPERATOR, "stopped"))
    job = start(client)
    stops = office.app.governance.stops
    stop = stops.set(Order(Scope.OPERATION, "SearchFacesByImage", "a complaint"), by=team.key, now=utc_now())
    work()
    answer = client.get_face_search(JobId=job)
    assert (answer["JobStatus"], "STOPPED" in answer["StatusMessage"]) == ("FAILED", True)
    stops.propose_lift(stop.id, "answered", by=team.key, now=utc_now())
    stops.confirm_lift(stop.id, by=office.hire(Role.ADMINISTRATOR, "deputy").key, now=utc_now())


def test_a_collection_that_is_gone_fails_the_job(office, team, work):
    client = office.aws(team)
    client.create_collection(CollectionId="short-lived")
    job = client.start_face_search(Video=VIDEO, CollectionId="short-lived")["JobId"]
    client.delete_collection(CollectionId="short-lived")
    work()
    answer = client.get_face_search(JobId=job)
    assert answer["JobStatus"] == "FAILED"
    assert "short-lived does not exist" in answer["StatusMessage"]


def test_nobody_but_a_worker_searches_for_a_job_and_a_worker_does_nothing_else(office, team, asker):
    job = office.app.board.find(start(office.aws(team)), "StartFaceSearch", now=utc_now())
    pixels = paint(Person("red", left=80, top=60, width=70, height=90))
    stranger = Asker(office.url, team.key, "eu-west-1")
    with pytest.raises(SearchFailedError, match="is not for the role administrator"):
        stranger.search_for(job)(pixels)
    assert [match["Face"]["ExternalImageId"] for match in asker.search_for(job)(pixels)] == ["red"]
    assert list(asker.search_for(job)(paint())) == []
    worker = office.hire(Role.WORKER, "worker")
    with pytest.raises(office.aws(worker).exceptions.AccessDeniedException):
        office.aws(worker).list_collections()
    office.app.board.cancel(job.id, now=utc_now())
    with pytest.raises(SearchFailedError, match="the job is over: CANCELLED"):
        asker.search_for(job)(pixels)


def test_a_server_that_does_not_answer_is_waited_for_and_then_told(office, team, monkeypatch):
    monkeypatch.setattr(worker_module, "_PATIENCE_S", (0.01, 0.01))
    job = office.app.board.find(start(office.aws(team)), "StartFaceSearch", now=utc_now())
    gone = Asker("http://127.0.0.1:9", worker_key(office.app.store.folder, utc_now()), "eu-west-1")
    with pytest.raises(SearchFailedError, match=r"http://127\.0\.0\.1:9 does not answer"):
        gone.search_for(job)(paint())
    office.app.board.cancel(job.id, now=utc_now())


def test_a_job_is_shown_and_cancelled_through_the_native_api(office, team):
    client = office.aws(team)
    job = start(client)
    shown = team.native.get("jobs", job)
    assert (shown["state"], shown["collection"], shown["attempts"]) == ("WAITING", "team", 0)
    assert team.native.post("jobs", job, "cancel")["state"] == "CANCELLED"
    assert client.get_face_search(JobId=job)["JobStatus"] == "FAILED"
