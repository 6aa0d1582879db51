"""JPEG files with a slip that loses no pixel are read; damaged ones are refused."""

from __future__ import annotations

import numpy as np
import pytest

from recognizance.errors import ImageFormatError
from recognizance.vision import jpeg

JFIF = b"\xff\xe0\x00\x10JFIF\0\1\1\0\0\1\0\1\0\0"


def invalid_scan_parameters(data: bytes) -> bytes:
    start = data.index(b"\xff\xda")
    length = int.from_bytes(data[start + 2 : start + 4], "big")
    return data[: start + length] + b"\0" + data[start + length + 1 :]


UNTIDY = {
    "bytes after the end": lambda data: data + b"maker's notes",
    "bytes before the end": lambda data: data[:-2] + b"\0\1\2" + data[-2:],
    "bytes between segments": lambda data: data[:2] + JFIF + b"\0\0\0" + data[2:],
    "scan parameters of some phones": invalid_scan_parameters,
}


@pytest.mark.parametrize("case", UNTIDY)
def test_untidy_file_is_read_whole(portrait, case, capfd):
    data = UNTIDY[case](portrait)
    assert data != portrait
    assert jpeg.read_size(data) == jpeg.read_size(portrait)
    assert np.array_equal(jpeg.decode(data, 1.0), jpeg.decode(portrait, 1.0))
    capfd.readouterr()  # OpenCV warns of it on standard error


DAMAGED = {
    "the end is missing": lambda data: data[:-2],
    "half is missing": lambda data: data[: len(data) // 2],
    "damaged in the middle": lambda data: data[:20000] + b"\xff\xd5\0\0" + data[20004:],
    "untidy, and half is missing": lambda data: invalid_scan_parameters(data)[: len(data) // 2],
}


@pytest.mark.parametrize("case", DAMAGED)
def test_damaged_file_is_refused(portrait, case):
    with pytest.raises(ImageFormatError, match="a JPEG that does not decode"):
        jpeg.decode(DAMAGED[case](portrait), 1.0)
