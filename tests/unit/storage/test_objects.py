"""Buckets: what lies in one is read, and nothing else on the machine."""

from __future__ import annotations

import os

import pytest

from recognizance.errors import ImageTooLargeError, ObjectNotFoundError
from recognizance.storage.objects import FolderObjects, S3Objects

UNREADABLE = r"^Unable to get object metadata from S3\. Check object key, region and/or access permissions\.$"

KEY_ID, SECRET = "AKIAEXAMPLE", "secret"


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "buckets"
    (root / "photos" / "2026").mkdir(parents=True)
    (root / "photos" / "2026" / "ann smith.jpg").write_bytes(b"ann")
    (root / "photos" / "größe.jpg").write_bytes(b"umlaut")
    (root / "others").mkdir()
    (root / "others" / "bob.jpg").write_bytes(b"bob")
    (tmp_path / "master.key").write_bytes(b"secret")
    (root / "photos" / "inside.jpg").symlink_to(root / "photos" / "2026" / "ann smith.jpg")
    (root / "photos" / "outside.jpg").symlink_to(tmp_path / "master.key")
    (root / "photos" / "elsewhere").symlink_to(tmp_path)
    (root / "linked").symlink_to(tmp_path)
    os.mkfifo(root / "photos" / "pipe")
    return root


@pytest.mark.parametrize(
    ("key", "content"),
    [
        ("2026/ann smith.jpg", b"ann"),
        ("größe.jpg", b"umlaut"),
        ("inside.jpg", b"ann"),
    ],
)
def test_an_object_is_read(folder, key, content):
    assert FolderObjects(folder).read("photos", key, None, max_bytes=100) == content


@pytest.mark.parametrize(
    ("case", "bucket", "key", "version"),
    [
        ("missing", "photos", "none.jpg", None),
        ("a folder", "photos", "2026", None),
        ("a pipe", "photos", "pipe", None),
        ("a version", "photos", "2026/ann smith.jpg", "1"),
        ("empty key", "photos", "", None),
        ("key of 1025 bytes", "photos", "/".join(["ö" * 100] * 6)[:520], None),
        ("part longer than the file system takes", "photos", "a" * 300, None),
        ("NUL", "photos", "a\0b", None),
        ("half a surrogate", "photos", "\ud800", None),
        ("dots to another bucket", "photos", "../others/bob.jpg", None),
        ("dots to the key file", "photos", "../../master.key", None),
        ("dots and back", "photos", "2026/../../../master.key", None),
        ("absolute", "photos", "/etc/passwd", None),
        ("link to a file outside", "photos", "outside.jpg", None),
        ("link to a folder outside", "photos", "elsewhere/master.key", None),
        ("bucket is a link outside", "linked", "master.key", None),
        ("bucket is two dots", "..", "master.key", None),
        ("bucket of three dots", "...", "master.key", None),
        ("bucket with a slash", "photos/2026", "ann smith.jpg", None),
        ("bucket with a line end", "photos\n", "2026/ann smith.jpg", None),
        ("bucket too short", "ph", "x", None),
        ("bucket missing", "nobody", "x", None),
    ],
)
def test_whatever_cannot_be_read_gets_the_same_answer(folder, case, bucket, key, version):
    with pytest.raises(ObjectNotFoundError, match=UNREADABLE):
        FolderObjects(folder).read(bucket, key, version, max_bytes=100)


def test_an_object_past_the_limit_is_refused(folder):
    assert FolderObjects(folder).read("others", "bob.jpg", None, max_bytes=3) == b"bob"
    with pytest.raises(ImageTooLargeError, match="more than 2 bytes"):
        FolderObjects(folder).read("others", "bob.jpg", None, max_bytes=2)


def test_without_any_buckets_nothing_is_found(tmp_path):
    with pytest.raises(ObjectNotFoundError, match=UNREADABLE):
        FolderObjects(tmp_path / "buckets").read("photos", "x", None, max_bytes=1)


@pytest.fixture(scope="module")
def s3():
    """An S3 server on the loopback, with a versioned bucket `photos` that holds `ann.jpg` twice."""
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    client = boto3.client(
        "s3", endpoint_url=url, region_name="us-east-1", aws_access_key_id=KEY_ID, aws_secret_access_key=SECRET
    )
    client.create_bucket(Bucket="photos")
    client.put_bucket_versioning(Bucket="photos", VersioningConfiguration={"Status": "Enabled"})
    versions = [client.put_object(Bucket="photos", Key="ann.jpg", Body=body)["VersionId"] for body in (b"old", b"new!")]
    yield S3Objects(url, "us-east-1", KEY_ID, SECRET), versions
    server.stop()


def test_an_s3_object_is_read_in_the_version_asked_for(s3):
    objects, versions = s3
    assert objects.read("photos", "ann.jpg", None, max_bytes=4) == b"new!"
    assert objects.read("photos", "ann.jpg", versions[0], max_bytes=4) == b"old"


@pytest.mark.parametrize(
    ("case", "bucket", "key", "version"),
    [
        ("missing key", "photos", "bob.jpg", None),
        ("missing bucket", "nobody", "ann.jpg", None),
        ("missing version", "photos", "ann.jpg", "0123"),
        ("a name that boto3 refuses", "no/bucket", "ann.jpg", None),
    ],
)
def test_an_s3_object_that_cannot_be_read(s3, case, bucket, key, version):
    with pytest.raises(ObjectNotFoundError, match=UNREADABLE):
        s3[0].read(bucket, key, version, max_bytes=4)


def test_an_s3_object_past_the_limit_is_refused(s3):
    with pytest.raises(ImageTooLargeError, match="has more than 3 bytes"):
        s3[0].read("photos", "ann.jpg", None, max_bytes=3)


def test_an_s3_endpoint_that_sends_more_than_it_said_is_cut_off(s3, monkeypatch):
    import io
    from contextlib import nullcontext

    answer = {"ContentLength": 1, "Body": nullcontext(io.BytesIO(bytes(1000)))}
    objects = s3[0]
    monkeypatch.setattr(objects._client, "get_object", lambda **_: answer)
    with pytest.raises(ImageTooLargeError, match="has more than 3 bytes"):
        objects.read("photos", "ann.jpg", None, max_bytes=3)


def test_an_s3_endpoint_that_does_not_answer():
    objects = S3Objects("http://127.0.0.1:9", "us-east-1", KEY_ID, SECRET)
    with pytest.raises(ObjectNotFoundError, match=UNREADABLE):
        objects.read("photos", "ann.jpg", None, max_bytes=3)
