"""Every fault of the front layer has its heading in docs/errors.md, with cause and remedy."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from recognizance.wire import faults

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "errors.md").read_text()
CODES = sorted(set(re.findall(r'"(\w+(?:Exception|Error))"', inspect.getsource(faults))))


@pytest.mark.parametrize("code", CODES)
def test_fault_is_documented(code):
    (section,) = re.findall(rf"^### `{code}`$(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert "**Cause" in section
    assert "what to do" in section.lower()


def test_all_faults_are_looked_for():
    assert len(CODES) == 10
