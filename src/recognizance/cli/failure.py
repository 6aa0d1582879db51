"""What a person is told when a command fails: one line on standard error that says what to do."""

from __future__ import annotations

from recognizance.errors import RecognizanceError
from recognizance.wire.faults import Fault


class CommandError(RecognizanceError):
    """A command that cannot do what was asked. The message is one line that says the next step."""


class ServerGoneError(CommandError):
    """The running server of the data folder does not answer any more."""


def describe(error: Exception) -> str:
    """The line for an error, without line breaks whatever its text holds."""
    match error:
        case Fault():
            text = f"{error.code}: {error.message}"
        case OSError(strerror=str(), filename=str()):
            text = f"{error.filename}: {error.strerror}"
        case _:
            text = str(error)
    return f"recognizance: {' '.join(text.split())}"
