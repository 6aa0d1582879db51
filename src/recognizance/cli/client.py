"""How a command asks the API: of the running server of the data folder if there is one, in this process otherwise.

Either way members are checked as the server checks them, the answer is what the API sends as JSON, and a refusal is a
Fault. Whoever can read the data folder holds its keys, so a command acts as an administrator.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from recognizance.cli import presence
from recognizance.cli.presence import Presence
from recognizance.cli.progress import PullProgress
from recognizance.errors import FolderLockedError
from recognizance.ports import Result
from recognizance.settings import Settings
from recognizance.storage.folder import DataFolder
from recognizance.wire import faults
from recognizance.wire.constraints import find_violations
from recognizance.wire.model import Model, load_model
from recognizance.wire.serialize import serialize

INLINE_BYTES = 5 * 1024 * 1024
"""Largest picture that the wire takes inside a request."""

IN_PROCESS_BYTES = 15 * 1024 * 1024
"""Largest picture that does not travel; as for one out of a bucket."""

Send = Callable[[str, dict[str, Any]], Result]
"""Answers an operation, given its members. Raises Fault, or ServerGoneError."""


@dataclass(frozen=True, slots=True)
class Client:
    """Answers API operations. Safe to call from several threads."""

    send: Send
    max_picture_bytes: int
    model: Model

    def call(self, operation: str, params: dict[str, Any]) -> dict[str, Any]:
        """The answer as the API's JSON has it. Members that are None are not sent. Raises what `send` raises."""
        return self.ask(operation, params).body

    def ask(self, operation: str, params: dict[str, Any]) -> Result:
        """As `call`, with the headers of Recognizance beside the answer."""
        shapes = self.model.operations[operation]
        given = {name: value for name, value in params.items() if value is not None}
        if violations := list(find_violations(shapes.input, _without_pictures(given))):
            raise faults.validation(violations)
        result = self.send(operation, given)
        return Result(orjson.loads(serialize(shapes.output, result.body)), result.headers)


@contextmanager
def open_client(settings: Settings) -> Iterator[Client]:
    """A client of the data folder. Raises StartError's leaves where nothing can be opened."""
    server = running_server(settings.data)
    if server is not None:
        from recognizance.cli.remote import connect  # noqa: PLC0415 - boto3 costs half a second; only here is it needed

        yield Client(connect(server.url, settings), INLINE_BYTES, load_model())
        return
    from recognizance.app import App  # noqa: PLC0415 - all engines; commands that need none start at once

    with PullProgress() as progress, App(settings, progress=progress) as app:
        yield Client(app.call, IN_PROCESS_BYTES, load_model())


def running_server(folder: Path) -> Presence | None:
    """The server that runs on a data folder now. What a killed one left behind is removed."""
    server = presence.find(folder)
    if server is None:
        return None
    try:
        with DataFolder.open(folder, exclusive=True):
            presence.withdraw(folder)
            return None
    except FolderLockedError:
        return server


def _without_pictures(params: dict[str, Any]) -> dict[str, Any]:
    """Members with a stand-in for each picture, whose size `pictures.read` holds to the limit that fits the client."""
    return {
        name: b"." if name == "Bytes" else _without_pictures(value) if isinstance(value, dict) else value
        for name, value in params.items()
    }
