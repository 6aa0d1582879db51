"""Pictures named on the command line: files and folders in, the files in them and their bytes out."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from recognizance.cli.client import INLINE_BYTES
from recognizance.cli.failure import CommandError
from recognizance.errors import ImageFormatError, ImageTooLargeError
from recognizance.vision import jpeg, png

_MIB = 1024 * 1024
_LONGEST_MAGIC = max(len(jpeg.MAGIC), len(png.MAGIC))


class NotAPictureError(ImageFormatError):
    """A file of another kind, as folders hold them."""


@dataclass(frozen=True, slots=True)
class Found:
    """A file, and its name as seen from the folder that was named on the command line."""

    path: Path
    name: PurePosixPath
    named: bool = False
    """Named on the command line itself: what is wrong with it concerns whoever named it."""


def find_files(paths: Sequence[Path]) -> list[Found]:
    """Files in the order given, folders searched to the bottom in order of name; each file once, hidden ones left out.

    Raises CommandError for a path that is not there.
    """
    found: dict[Path, Found] = {}
    for path in paths:
        for file in _files_under(path):
            found.setdefault(file.path, file)
    return list(found.values())


def read(path: Path, limit: int) -> bytes:
    """The bytes of a picture. Raises OSError, NotAPictureError, or ImageTooLargeError past `limit` bytes."""
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        start = file.read(_LONGEST_MAGIC)
        if not start.startswith((jpeg.MAGIC, png.MAGIC)):
            raise NotAPictureError(f"{path} is neither JPEG nor PNG")
        if size > limit:
            elsewhere = "; without a running server 15 MiB are taken" if limit == INLINE_BYTES else ""
            raise ImageTooLargeError(
                f"{path} has {size / _MIB:.1f} MiB and at most {limit // _MIB} are taken; make it smaller{elsewhere}"
            )
        return start + file.read()


def read_found(file: Found, limit: int) -> bytes:
    """As `read`, but a file that was named and is no picture raises plain ImageFormatError: it is not left out."""
    try:
        return read(file.path, limit)
    except NotAPictureError as error:
        if file.named:
            raise ImageFormatError(str(error)) from None
        raise


def _files_under(path: Path) -> Iterator[Found]:
    if path.is_file():
        yield Found(path.absolute(), PurePosixPath(path.name), named=True)
        return
    if not path.is_dir():
        raise CommandError(f"there is no file or folder {path}; check the name")
    root = path.absolute()
    for folder, subfolders, names in os.walk(root):
        subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith("."):
                file = Path(folder, name)
                yield Found(file, PurePosixPath(file.relative_to(root)))
