"""Buckets of pictures and videos: bucket and key in, bytes or a file out, from folders or from an S3 endpoint.

Both are a `recognizance.ports.Objects`. Names come from the network: nothing outside the buckets is ever read, and
whatever cannot be read gets the same answer, so that nobody learns what else lies on the machine.
"""

from __future__ import annotations

import os
import re
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

from recognizance.errors import ImageTooLargeError, ObjectNotFoundError, VideoTooLargeError

BUCKET = re.compile(r"[0-9A-Za-z._-]{3,255}")
MAX_KEY_BYTES = 1024

MAX_VIDEO_BYTES = 10 * 1024**3
"""Largest video, as in Rekognition, unless a setting says otherwise."""

UNREADABLE = "Unable to get object metadata from S3. Check object key, region and/or access permissions."


class FolderObjects:
    """Buckets as folders: `root/<bucket>/<key>`. It keeps no versions, so an object of a named version is not there."""

    def __init__(self, root: Path, *, max_video_bytes: int = MAX_VIDEO_BYTES) -> None:
        self._root = root
        self._max_video_bytes = max_video_bytes

    def read(self, bucket: str, key: str, version: str | None, *, max_bytes: int) -> bytes:
        """The object's bytes. Raises ObjectNotFoundError, or ImageTooLargeError past `max_bytes`."""
        if version is not None or not BUCKET.fullmatch(bucket):
            raise ObjectNotFoundError(UNREADABLE)
        try:
            return self._read(bucket, key, max_bytes)
        except (OSError, ValueError) as error:  # ValueError: a NUL or half a surrogate in the key
            raise ObjectNotFoundError(UNREADABLE) from error

    def check_video(self, bucket: str, key: str, version: str | None) -> None:
        """Raise ObjectNotFoundError or VideoTooLargeError for a video that `open_video` would not open."""
        with self.open_video(bucket, key, version):
            pass

    @contextmanager
    def open_video(self, bucket: str, key: str, version: str | None) -> Iterator[BinaryIO]:
        """The object's file. Raises ObjectNotFoundError, VideoTooLargeError."""
        if version is not None or not BUCKET.fullmatch(bucket):
            raise ObjectNotFoundError(UNREADABLE)
        try:
            file = self._open(bucket, key)
        except (OSError, ValueError) as error:
            raise ObjectNotFoundError(UNREADABLE) from error
        with file:
            _check_video_size(os.fstat(file.fileno()).st_size, self._max_video_bytes)
            yield file

    def _read(self, bucket: str, key: str, max_bytes: int) -> bytes:
        with self._open(bucket, key) as file:
            return _capped(file.read(max_bytes + 1), max_bytes)

    def _open(self, bucket: str, key: str) -> BinaryIO:
        if not 0 < len(key.encode()) <= MAX_KEY_BYTES:
            raise ObjectNotFoundError(UNREADABLE)
        # Links are followed first and judged by where they end, which also settles "..", and an absolute key.
        home = self._root.resolve(strict=True) / bucket
        path = (home / key).resolve(strict=True)
        if not path.is_relative_to(home):
            raise ObjectNotFoundError(UNREADABLE)
        # O_NONBLOCK: opening a pipe would wait for its writer before we could see that it is no file.
        file = os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb")
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            file.close()
            raise ObjectNotFoundError(UNREADABLE)
        return file


class S3Objects:
    """Buckets of an S3 endpoint. Safe to call from several threads."""

    def __init__(
        self,
        endpoint_url: str | None,
        region: str | None,
        access_key_id: str | None,
        secret_access_key: str | None,
        *,
        max_video_bytes: int = MAX_VIDEO_BYTES,
    ) -> None:
        """What is None, boto3 takes from its own places (environment, configuration files, the machine's role)."""
        import boto3  # noqa: PLC0415 - takes longer to import than all else at start, and few servers need it

        self._max_video_bytes = max_video_bytes
        self._client = boto3.client(
            "s3",
            endpoint_url=endpoint_url,
            region_name=region,
            aws_access_key_id=access_key_id,
            aws_secret_access_key=secret_access_key,
        )

    def read(self, bucket: str, key: str, version: str | None, *, max_bytes: int) -> bytes:
        """The object's bytes. Raises ObjectNotFoundError, or ImageTooLargeError past `max_bytes`."""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - as boto3 above

        try:
            answer: dict[str, Any] = self._client.get_object(**_naming(bucket, key, version))
            with answer["Body"] as body:
                if answer["ContentLength"] > max_bytes:
                    raise _too_large(max_bytes)
                return _capped(body.read(max_bytes + 1), max_bytes)
        except (BotoCoreError, ClientError) as error:
            raise ObjectNotFoundError(UNREADABLE) from error

    def check_video(self, bucket: str, key: str, version: str | None) -> None:
        """Raise ObjectNotFoundError or VideoTooLargeError for a video that `open_video` would not open."""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - as boto3 above

        try:
            answer: dict[str, Any] = self._client.head_object(**_naming(bucket, key, version))
        except (BotoCoreError, ClientError) as error:
            raise ObjectNotFoundError(UNREADABLE) from error
        _check_video_size(answer["ContentLength"], self._max_video_bytes)

    @contextmanager
    def open_video(self, bucket: str, key: str, version: str | None) -> Iterator[BinaryIO]:
        """The object fetched into a file that is gone afterwards. Raises ObjectNotFoundError, VideoTooLargeError."""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - as boto3 above

        self.check_video(bucket, key, version)
        with tempfile.TemporaryFile() as file:
            try:
                self._client.download_fileobj(
                    bucket, key, file, ExtraArgs={} if version is None else {"VersionId": version}
                )
            except (BotoCoreError, ClientError) as error:
                raise ObjectNotFoundError(UNREADABLE) from error
            file.seek(0)
            yield cast("BinaryIO", file)


def _naming(bucket: str, key: str, version: str | None) -> dict[str, str]:
    return {"Bucket": bucket, "Key": key} | ({} if version is None else {"VersionId": version})


def _check_video_size(size: int, most: int) -> None:
    if size > most:
        raise VideoTooLargeError(f"The video has {size} bytes; at most {most} are taken.")


def _capped(data: bytes, max_bytes: int) -> bytes:
    if len(data) > max_bytes:
        raise _too_large(max_bytes)
    return data


def _too_large(max_bytes: int) -> ImageTooLargeError:
    return ImageTooLargeError(f"The object has more than {max_bytes} bytes. Make the picture smaller.")
