"""Herald: tells of jobs that ended, to the SNS topic that the client named and to the operator's webhook.

A client names a topic and no address: the endpoint to which messages go is a setting, so nobody can make the server
call where he likes. What could not be told is tried again at the next look.
"""

from __future__ import annotations

import json
import logging
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from recognizance.job import Job
from recognizance.jobs.board import Board

WEBHOOK_TIMEOUT_S = 10

Tell = Callable[[Job, str], None]
"""Sends the message, a JSON text, about a job. Raises TellError where it could not be sent and may be tried again."""

log = logging.getLogger(__name__)


class TellError(Exception):
    """The message could not be sent."""


class Herald:
    """Tells of each ended job once, or again where nobody could say whether it arrived."""

    def __init__(self, board: Board, tells: Sequence[Tell]) -> None:
        self._board = board
        self._tells = tells

    def tell_all(self, *, now: datetime) -> None:
        """Tell of every job that ended and of which nobody was told."""
        for job in self._board.untold():
            try:
                for tell in self._tells:
                    tell(job, message_of(job))
            except TellError as error:
                log.warning("the end of job %s could not be told: %s", job.id, error)
                continue
            self._board.mark_told(job.id, now=now)


def message_of(job: Job) -> str:
    """The body that Rekognition sends: other names for the video's place, and milliseconds."""
    stored = job.request.params["Video"]["S3Object"]
    assert job.finished_at is not None
    body: dict[str, Any] = {
        "JobId": job.id,
        "Status": job.state.value,
        "API": job.request.operation,
        "Timestamp": int(job.finished_at.timestamp() * 1000),
        "Video": {"S3ObjectName": stored["Name"], "S3Bucket": stored["Bucket"]},
    }
    if tag := job.request.params.get("JobTag"):
        body["JobTag"] = tag
    return json.dumps(body)


class Topic:
    """Publishes to the topic that a job's request names, at one SNS endpoint."""

    def __init__(self, endpoint: str, region: str, access_key: str | None, secret_key: str | None) -> None:
        import boto3  # noqa: PLC0415 - takes longer to import than all else, and few workers need it

        self._client = boto3.client(
            "sns",
            endpoint_url=endpoint,
            region_name=region,
            aws_access_key_id=access_key,
            aws_secret_access_key=secret_key,
        )

    def __call__(self, job: Job, message: str) -> None:
        """Publish. Raises TellError."""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - as boto3 above

        channel = job.request.params.get("NotificationChannel")
        if channel is None:
            return
        try:
            self._client.publish(TopicArn=channel["SNSTopicArn"], Message=message)
        except ClientError as error:
            if error.response["Error"]["Code"] in {"NotFound", "InvalidParameter"}:  # it will never be there
                log.warning("job %s names the topic %s, which there is not", job.id, channel["SNSTopicArn"])
                return
            raise TellError(str(error)) from error
        except BotoCoreError as error:
            raise TellError(str(error)) from error


class Webhook:
    """Posts every message to one URL, which the operator chose."""

    def __init__(self, url: str) -> None:
        self._url = url

    def __call__(self, job: Job, message: str) -> None:
        """Post. Raises TellError unless the answer is 2xx."""
        request = urllib.request.Request(  # noqa: S310 - the operator's own setting
            self._url, message.encode(), {"content-type": "application/json", "x-recognizance-job": job.id}
        )
        try:
            with urllib.request.urlopen(request, timeout=WEBHOOK_TIMEOUT_S):  # noqa: S310 - as above
                pass
        except (urllib.error.URLError, TimeoutError, OSError) as error:
            raise TellError(str(error)) from error
