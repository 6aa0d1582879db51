"""Asking a running server, by the client that everybody uses."""

from __future__ import annotations

from typing import Any

from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session

from recognizance.cli.client import Send
from recognizance.cli.credentials import read_credentials
from recognizance.cli.failure import ServerGoneError
from recognizance.ports import Result
from recognizance.settings import Settings
from recognizance.wire.faults import Fault

_TIMEOUT_S = 300  # a request may wait in line behind everybody else's
_CONNECTIONS = 64

_CONFIG = Config(
    read_timeout=_TIMEOUT_S,
    max_pool_connections=_CONNECTIONS,
    proxies={},  # a proxy for the internet is no business of a server on this machine, and would see the pictures
)
# Keys and region are given, so a profile that the caller's environment names has no say, not even by not existing.
_NO_PROFILE = {"profile": (None, None, None, None)}


def connect(url: str, settings: Settings) -> Send:
    """A sender to the server at a URL, with the data folder's credentials."""
    key_id, secret = read_credentials(settings.data)
    client = Session(session_vars=_NO_PROFILE).create_client(
        "rekognition",
        endpoint_url=url,
        region_name=settings.region,
        aws_access_key_id=key_id,
        aws_secret_access_key=secret,
        config=_CONFIG,
    )

    def send(operation: str, params: dict[str, Any]) -> Result:
        try:
            answer: dict[str, Any] = getattr(client, xform_name(operation))(**params)
        except ClientError as error:
            told = error.response["Error"]
            raise Fault(told["Code"], told["Message"]) from error
        except BotoCoreError as error:
            raise ServerGoneError(f"the server at {url} does not answer ({error}); is it being stopped?") from error
        headers = answer.pop("ResponseMetadata")["HTTPHeaders"]
        return Result(answer, {name: value for name, value in headers.items() if name.startswith("x-recognizance-")})

    return send
