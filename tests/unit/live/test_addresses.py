"""Which addresses stand for a camera, and which for where records go."""

from __future__ import annotations

import pytest

from recognizance.errors import InvalidRequestError
from recognizance.live.addresses import Addresses

TABLE = Addresses({"camera": "rtsp://door/1", "records": "kinesis:http://127.0.0.1:4567", "odd": "gopher://x"})


def test_known_ones():
    assert TABLE.source("camera") == "rtsp://door/1"
    assert TABLE.target("records") == "kinesis:http://127.0.0.1:4567"


@pytest.mark.parametrize("arn", ["nowhere", "records", "odd"])
def test_what_is_no_camera(arn):
    with pytest.raises(InvalidRequestError, match=f"map {arn} to a camera"):
        TABLE.source(arn)


@pytest.mark.parametrize("arn", ["nowhere", "camera"])
def test_what_takes_no_records(arn):
    with pytest.raises(InvalidRequestError, match="to where records go"):
        TABLE.target(arn)
