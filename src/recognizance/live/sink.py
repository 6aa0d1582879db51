"""Sink: records in, one by one, to where the operator wants them: a Kinesis endpoint, a webhook, or a file.

An address is the operator's: kinesis:ENDPOINT, http://, https://, file:PATH (a JSON text a line, appended).
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SCHEMES = ("kinesis", "http", "https", "file")

TIMEOUT_S = 5

Record = Mapping[str, Any]

Send = Callable[[Record], None]
"""Sends a record. Raises SinkError where it could not be sent; it is then lost, for the next frame is due."""


class SinkError(Exception):
    """A record could not be sent."""


@dataclass(frozen=True, slots=True)
class KinesisLogin:
    """Who the server is at a Kinesis-compatible endpoint."""

    region: str
    access_key: str | None
    secret: str | None


def open_sink(address: str, stream_arn: str, login: KinesisLogin) -> Send:
    """The sink of an address. `stream_arn` names the stream at a Kinesis endpoint, and orders its records."""
    scheme, _, rest = address.partition(":")
    match scheme:
        case "kinesis":
            return _kinesis(rest, stream_arn.rpartition("/")[2], login)
        case "file":
            return _file(Path(rest))
        case _:
            return _webhook(address)


def _file(path: Path) -> Send:
    def send(record: Record) -> None:
        try:
            with path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(record) + "\n")
        except OSError as error:
            raise SinkError(f"the file of records cannot be written: {error.strerror}") from error

    return send


def _webhook(url: str) -> Send:
    def send(record: Record) -> None:
        body = json.dumps(record).encode()
        asked = urllib.request.Request(url, body, {"content-type": "application/json"})  # noqa: S310 - the operator's
        try:
            with urllib.request.urlopen(asked, timeout=TIMEOUT_S):  # noqa: S310 - as above
                pass
        except (urllib.error.URLError, OSError) as error:
            raise SinkError(f"the webhook does not take records: {error}") from error

    return send


def _kinesis(endpoint: str, stream: str, login: KinesisLogin) -> Send:
    import boto3  # noqa: PLC0415 - half a second that only this sink needs
    from botocore.config import Config  # noqa: PLC0415
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    client = boto3.client(
        "kinesis",
        endpoint_url=endpoint,
        region_name=login.region,
        aws_access_key_id=login.access_key,
        aws_secret_access_key=login.secret,
        config=Config(connect_timeout=TIMEOUT_S, read_timeout=TIMEOUT_S, retries={"total_max_attempts": 1}),
    )

    def send(record: Record) -> None:
        try:
            client.put_record(StreamName=stream, Data=json.dumps(record).encode(), PartitionKey=stream)
        except (BotoCoreError, ClientError) as error:
            raise SinkError(f"the Kinesis endpoint does not take records: {error}") from error

    return send
