"""Video as a user runs it: a server process with its worker, stock boto3, a real clip, and kill -9."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import boto3
import pytest
from botocore.config import Config


@contextmanager
def serving(data, weights, **environment):
    """A server process on a free port; gives the process and a client of its administrator."""
    command = [sys.executable, "-m", "recognizance", "serve", "--port", "0", "--data", str(data), "--json"]
    settings = {"RECOGNIZANCE_MODELS_DIR": str(weights), "RECOGNIZANCE_LOG_FORMAT": "json", **environment}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ | settings, text=True)
    try:
        told = json.loads(process.stdout.readline())
        lines = dict(line.split(" = ") for line in (data / "credentials").read_text().splitlines() if " = " in line)
        yield (
            process,
            boto3.client(
                "rekognition",
                endpoint_url=told["url"],
                region_name="eu-west-1",
                aws_access_key_id=lines["aws_access_key_id"],
                aws_secret_access_key=lines["aws_secret_access_key"],
                config=Config(retries={"max_attempts": 1}),
            ),
        )
    finally:
        process.terminate()
        process.wait(30)
        process.stdout.close()


def finished(get, job, patience_s=60):
    until = time.monotonic() + patience_s
    while (answer := get(JobId=job))["JobStatus"] == "IN_PROGRESS":
        assert time.monotonic() < until, answer
        time.sleep(0.2)
    return answer


def workers_of(process):
    """Process ids of a server's workers, as the kernel lists its children."""
    children = [task.read_text().split() for task in Path(f"/proc/{process.pid}/task").glob("*/children")]
    ids = [int(child) for some in children for child in some]
    return [child for child in ids if b"\0worker\0" in Path(f"/proc/{child}/cmdline").read_bytes()]


@pytest.fixture
def clip(photos, tmp_path):
    """A data folder whose bucket holds a clip of two people whose stills lie beside it."""
    bucket = tmp_path / "data" / "buckets" / "clips"
    bucket.mkdir(parents=True)
    (bucket / "clip.mp4").write_bytes((photos / "video" / "short_hamilton_clip.mp4").read_bytes())
    return tmp_path / "data"


VIDEO = {"S3Object": {"Bucket": "clips", "Name": "clip.mp4"}}


def test_a_clip_is_searched_also_when_the_worker_is_killed_in_the_middle(clip, photos, weights_dir):
    with serving(clip, weights_dir) as (process, client):
        client.create_collection(CollectionId="cast")
        for name in ("lin-manuel-miranda.png", "alex-lacamoire.png", "obama.jpg"):
            picture = {"Bytes": (photos / "video" / name).read_bytes()}
            client.index_faces(CollectionId="cast", Image=picture, ExternalImageId=name.partition(".")[0])
        job = client.start_face_search(Video=VIDEO, CollectionId="cast")["JobId"]
        answer = finished(client.get_face_search, job)
        assert answer["JobStatus"] == "SUCCEEDED", answer
        found = {match["Face"]["ExternalImageId"] for entry in answer["Persons"] for match in entry["FaceMatches"]}
        assert "lin-manuel-miranda" in found
        assert "obama" not in found

        [worker] = workers_of(process)
        os.kill(worker, signal.SIGKILL)
        again = client.start_face_detection(Video=VIDEO)["JobId"]
        assert finished(client.get_face_detection, again)["JobStatus"] == "SUCCEEDED"
        [follower] = workers_of(process)
    assert follower != worker
    assert not Path(f"/proc/{follower}").exists()
