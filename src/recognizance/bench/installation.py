"""A server as users run it, and a client that costs next to nothing: what HTTP figures are measured with.

The server is a process of its own on loopback, started by the command line with a data folder. Requests are signed
before the clock runs, so the figures hold what the server does and not what an SDK does.
"""

from __future__ import annotations

import configparser
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import orjson
import pybase64

from recognizance.bench.report import NotMeasuredError
from recognizance.errors import StartError

REGION = "us-east-1"
_START_TIMEOUT_S = 600.0  # a large gallery is rebuilt meanwhile
_STOP_TIMEOUT_S = 30.0
_POLL_S = 0.005
_COMMAND = (sys.executable, "-c", "from recognizance.cli.main import main; main()")


@dataclass(frozen=True, slots=True)
class SignedCall:
    """A request ready to be sent; its signature holds for fifteen minutes."""

    operation: str
    members: dict[str, Any]
    headers: Mapping[str, str]
    body: bytes


class Installation:
    """A server process and its data folder. A context manager that stops it."""

    def __init__(self, data: Path, models: Path, *, workers: int | None = None) -> None:
        """Start `recognizance serve` on a data folder and wait until it is ready. Raises StartError."""
        self._port = _free_port()
        self._data = data
        self._log = data.with_name(f"{data.name}.log")
        environment = {name: value for name, value in os.environ.items() if not name.startswith("RECOGNIZANCE_")}
        environment |= {"RECOGNIZANCE_MODELS_DIR": str(models)}
        if workers is not None:
            environment["RECOGNIZANCE_WORKERS"] = str(workers)
        arguments = ("serve", "--host", "127.0.0.1", "--port", str(self._port), "--data", str(data))
        started = time.perf_counter()
        with self._log.open("wb") as log:
            self._process = subprocess.Popen((*_COMMAND, *arguments), stdout=log, stderr=log, env=environment)  # noqa: S603 - our own command
        try:
            self._wait()
        except BaseException:
            self.stop()
            raise
        self.ready_s = time.perf_counter() - started
        """Seconds from the start of the process to the first `GET /readyz` that is answered by 200."""

    @property
    def url(self) -> str:
        """Where the server listens."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def credentials(self) -> tuple[str, str]:
        """Key id and secret of the administrator."""
        parser = configparser.ConfigParser(interpolation=None)
        parser.read(self._data / "credentials")
        return parser["default"]["aws_access_key_id"], parser["default"]["aws_secret_access_key"]

    def connect(self) -> Connection:
        """A new connection that is kept alive."""
        return Connection(self._port)

    def sign(self, operation: str, members: dict[str, Any]) -> SignedCall:
        """A request of the administrator; bytes among the members become base64."""
        from botocore.auth import SigV4Auth  # noqa: PLC0415 - slow to import
        from botocore.awsrequest import AWSRequest  # noqa: PLC0415 - as above
        from botocore.credentials import Credentials  # noqa: PLC0415 - as above

        body = orjson.dumps(members, default=lambda value: pybase64.b64encode(value).decode())
        headers = {
            "content-type": "application/x-amz-json-1.1",
            "x-amz-target": f"RekognitionService.{operation}",
        }
        request = AWSRequest("POST", f"{self.url}/", headers=headers, data=body)
        SigV4Auth(Credentials(*self.credentials), "rekognition", REGION).add_auth(request)
        return SignedCall(operation, members, dict(request.headers.items()), body)

    def call(self, operation: str, **members: Any) -> dict[str, Any]:
        """Ask once, on a connection of its own."""
        with self.connect() as connection:
            answer: dict[str, Any] = orjson.loads(connection.send(self.sign(operation, members)))
            return answer

    def resident_bytes(self) -> int:
        """Memory that the server holds. Raises NotMeasuredError where the system does not tell."""
        return resident_bytes(self._process.pid)

    def stop(self) -> None:
        """End the server as an operator does."""
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(_STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _wait(self) -> None:
        deadline = time.monotonic() + _START_TIMEOUT_S
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                last = self._log.read_text(errors="replace").strip().splitlines()[-1:]
                raise StartError(f"the server ended at its start: {' '.join(last)}")
            if self._is_ready():
                return
            time.sleep(_POLL_S)
        raise StartError(f"the server was not ready in {_START_TIMEOUT_S:g} s")

    def _is_ready(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=1)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == http.HTTPStatus.OK
        except OSError:  # nobody listens yet, or nobody answers yet
            return False
        finally:
            connection.close()


class Connection:
    """A connection that is kept alive over many requests. A context manager that closes it."""

    def __init__(self, port: int) -> None:
        self._http = http.client.HTTPConnection("127.0.0.1", port)

    def send(self, call: SignedCall) -> bytes:
        """The body of the answer. Raises StartError for any status but 200: then there is nothing to measure."""
        self._http.request("POST", "/", call.body, dict(call.headers))
        response = self._http.getresponse()
        body = response.read()
        if response.status != http.HTTPStatus.OK:
            raise StartError(f"{call.operation} was answered by {response.status}: {body[:200].decode()}")
        return body

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()


def resident_bytes(process_id: int) -> int:
    """Resident memory of a process. Raises NotMeasuredError on systems without /proc."""
    try:
        pages = int(Path(f"/proc/{process_id}/statm").read_text().split()[1])
    except OSError:
        raise NotMeasuredError("this system does not tell the memory of a process in /proc") from None
    return pages * os.sysconf("SC_PAGE_SIZE")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
