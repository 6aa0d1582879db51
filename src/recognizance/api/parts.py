"""The parts behind the native API, made once in `app`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from recognizance.governance.governance import Governance
from recognizance.jobs.board import Board
from recognizance.ports import Dispatch
from recognizance.values import AccessKey


@dataclass(frozen=True, slots=True)
class Parts:
    """What endpoints use."""

    governance: Governance
    board: Board
    dispatch: Dispatch
    """Answers an operation of the AWS API, under all of its rules."""
    find_key: Callable[[str], AccessKey | None]
