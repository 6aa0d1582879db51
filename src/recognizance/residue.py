"""Wiping: arrays that held a template in, zeros left behind.

Memory that is only freed keeps what it held until something else is put there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from numpy.typing import NDArray

Array = TypeVar("Array", bound=NDArray[Any])


def wipe(*arrays: NDArray[Any]) -> None:
    """Overwrite arrays that nobody needs any more."""
    for array in arrays:
        array.fill(0)


@contextmanager
def fleeting(array: Array) -> Iterator[Array]:
    """An array for a while, which is overwritten afterwards, whatever happens."""
    try:
        yield array
    finally:
        wipe(array)
