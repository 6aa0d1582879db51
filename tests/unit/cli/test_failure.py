from __future__ import annotations

import errno

import pytest

from recognizance.cli.failure import CommandError, describe
from recognizance.wire.faults import Fault


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (CommandError("do that"), "recognizance: do that"),
        (Fault("ConflictException", "It exists."), "recognizance: ConflictException: It exists."),
        (OSError(errno.ENOSPC, "No space left on device", "out.png"), "recognizance: out.png: No space left on device"),
        (OSError("odd"), "recognizance: odd"),
        (CommandError("two\nlines,\n  one told"), "recognizance: two lines, one told"),
    ],
    ids=["ours", "of the API", "of the system", "of the system, bare", "with line breaks"],
)
def test_an_error_is_one_line(error, line):
    assert describe(error) == line
