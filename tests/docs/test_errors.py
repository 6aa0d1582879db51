"""The errors page has a heading for every code that a client can meet."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from recognizance.operations import faults as operation_faults
from recognizance.wire import faults as wire_faults

PAGE = Path(__file__).resolve().parents[2] / "docs" / "errors.md"
FRONT = re.findall(r'Fault\(\s*"(\w+)"', inspect.getsource(wire_faults))
CODES = sorted({code for _, code in operation_faults._TABLE} | set(FRONT))


def test_codes_are_found():
    assert {"ValidationException", "InvalidImageFormatException", "UnrecognizedClientException"} <= set(CODES)


@pytest.mark.parametrize("code", CODES)
def test_every_code_is_explained(code):
    section = re.search(rf"^### `{code}`\n(.*?)(?=^##|\Z)", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    assert section, f"docs/errors.md has no heading for {code}"
    assert "Cause" in section[1]
    assert "hat to do" in section[1]
