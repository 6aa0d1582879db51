"""How a command asks the native API: of the running server, signed with the key of the person who types it.

Rules that take two persons tell people by their keys. So these commands do nothing in this process, as those for faces
do; they need a server, and whoever is not the first administrator names a profile with a key of their own.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib import error, request
from urllib.parse import quote, urlencode

import typer

from recognizance.cli.client import running_server
from recognizance.cli.credentials import read_credentials
from recognizance.cli.failure import CommandError, ServerGoneError
from recognizance.cli.presence import local_url
from recognizance.settings import Settings, load_settings
from recognizance.wire.faults import Fault

if TYPE_CHECKING:  # botocore costs a start that asks nobody
    from botocore.credentials import Credentials

PREFIX = "/api/v1"
_ENDPOINT = "AWS_ENDPOINT_URL_REKOGNITION"
_TIMEOUT_S = 300  # a report reads the whole ledger

Profile = Annotated[
    str | None,
    typer.Option(
        "--profile",
        metavar="NAME",
        help="AWS profile with your key; otherwise that of the environment, or the data folder's.",
        show_default=False,
    ),
]


@dataclass(frozen=True, slots=True)
class Native:
    """A server's native API. Its methods raise Fault for a refusal, ServerGoneError where nobody answers."""

    url: str
    credentials: Credentials
    region: str

    def get(self, *path: str, **query: object) -> Any:
        """What is at a path, as JSON; parts of the query that are None are not sent."""
        return json.loads(self.fetch(*path, **query))

    def post(self, *path: str, **body: object) -> Any:
        """What comes of sending members to a path."""
        return json.loads(self._send("POST", path, json.dumps(body).encode() if body else b""))

    def put(self, *path: str, **body: object) -> Any:
        """As `post`, for something that is replaced."""
        return json.loads(self._send("PUT", path, json.dumps(body).encode()))

    def fetch(self, *path: str, **query: object) -> bytes:
        """As `get`, but the bytes."""
        given = {name: value for name, value in query.items() if value is not None}
        return self._send("GET", path, b"", urlencode(given, quote_via=quote))

    def _send(self, method: str, path: tuple[str, ...], body: bytes, query: str = "") -> bytes:
        url = f"{self.url}{PREFIX}/{'/'.join(quote(part, safe='') for part in path)}{'?' if query else ''}{query}"
        asked = request.Request(url, body or None, self._sign(method, url, body), method=method)  # noqa: S310 - http alone
        # A proxy for the internet is no business of a server on this machine.
        opener = request.build_opener(request.ProxyHandler({}))
        try:
            with opener.open(asked, timeout=_TIMEOUT_S) as answer:
                content: bytes = answer.read()
        except error.HTTPError as refusal:
            raise _fault_of(refusal) from refusal
        except OSError as failure:
            raise ServerGoneError(
                f"the server at {self.url} does not answer ({failure}); start it with `recognizance serve`"
            ) from failure
        return content

    def _sign(self, method: str, url: str, body: bytes) -> dict[str, str]:
        from botocore.auth import SigV4Auth  # noqa: PLC0415
        from botocore.awsrequest import AWSRequest  # noqa: PLC0415

        signed = AWSRequest(method, url, {"content-type": "application/json"}, body)
        SigV4Auth(self.credentials, "rekognition", self.region).add_auth(signed)
        return dict(signed.headers.items())


def open_native(data: Path | None, profile: str | None) -> Native:
    """The native API of the server on a data folder, or of the one that the environment names. Raises CommandError."""
    settings = load_settings({"data": data})
    server = running_server(settings.data)
    url = local_url(server.url) if server else os.environ.get(_ENDPOINT)
    if url is None:
        raise CommandError(
            f"no server runs on {settings.data}: start it with `recognizance serve`, or name one in {_ENDPOINT}"
        )
    return Native(url.rstrip("/"), _credentials(settings, profile), settings.region)


def as_utc(time: datetime | None) -> str | None:
    """A day or time that was typed, as the API takes it: it is UTC unless it says otherwise."""
    if time is None:
        return None
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).isoformat()


def read_text(path: Path) -> str:
    """The text of a file. Raises CommandError for one that holds none."""
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError as failure:
        raise CommandError(f"{path} is not UTF-8 text; name a text file") from failure


def _credentials(settings: Settings, profile: str | None) -> Credentials:
    from botocore.credentials import Credentials  # noqa: PLC0415
    from botocore.exceptions import BotoCoreError  # noqa: PLC0415
    from botocore.session import Session  # noqa: PLC0415

    if profile is None and not {"AWS_ACCESS_KEY_ID", "AWS_PROFILE"} & set(os.environ):
        return Credentials(*read_credentials(settings.data))
    try:
        found: Credentials | None = Session(profile=profile).get_credentials()
    except BotoCoreError as failure:
        raise CommandError(f"{failure}; name a profile that exists, or make one with `keys create`") from failure
    if found is None:
        raise CommandError(f"the profile {profile or os.environ['AWS_PROFILE']} holds no key")
    return found


def _fault_of(refusal: error.HTTPError) -> Exception:
    try:
        problem = json.loads(refusal.read())
        code, message = problem["code"], problem["message"]
    except (ValueError, KeyError):
        return CommandError(f"{refusal.url} answered {refusal.code}: is it Recognizance?")
    return Fault(code, message.removeprefix(f"{code}: "), refusal.code)
