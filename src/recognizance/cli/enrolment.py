"""Bulk enrolment: files in, each asked once and written down, counts out.

    find -> leave out what the journal settles -> read and look at the header -> IndexFaces -> journal -> counts

Requests run side by side; the journal and the counts belong to the one thread that collects the answers.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, as_completed, wait
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from recognizance.cli import pictures
from recognizance.cli.client import Client
from recognizance.cli.journal import Entry, Journal, Outcome, file_key
from recognizance.cli.pictures import Found, NotAPictureError
from recognizance.cli.progress import Report
from recognizance.errors import ImageError, ImageFormatError, ImageTooLargeError, ImageTooSmallError
from recognizance.vision.decode import open_photo
from recognizance.wire.faults import Fault

_LONGEST_ID = 255
_NOT_IN_IDS = re.compile(r"[^a-zA-Z0-9_.\-:]+")


class ExternalId(StrEnum):
    """From what the ExternalImageId of a picture is made."""

    STEM = "stem"
    NAME = "name"
    FOLDER = "folder"
    PATH = "path"
    NONE = "none"

    def of(self, file: Found) -> str | None:
        """The id of a file, in the characters that the API takes: accents are dropped, what remains becomes `_`."""
        match self:
            case ExternalId.STEM:
                text = file.name.stem
            case ExternalId.NAME:
                text = file.name.name
            case ExternalId.FOLDER:
                text = file.path.parent.name
            case ExternalId.PATH:
                text = str(file.name).replace("/", ":")
            case ExternalId.NONE:
                return None
        plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
        return _NOT_IN_IDS.sub("_", plain)[-_LONGEST_ID:]


@dataclass(slots=True)
class Tally:
    """Counts of a run. `failures` holds an entry for each file that would be tried again."""

    files: int
    skipped: int = 0
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    faces: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    failures: list[Entry] = field(default_factory=list)

    @property
    def done(self) -> int:
        """Files dealt with, in this run or before."""
        return self.skipped + self.outcomes.total()

    def add(self, entry: Entry) -> None:
        """Count an entry."""
        self.outcomes[entry.outcome] += 1
        self.faces += entry.faces
        self.reasons.update(entry.reasons)
        if not entry.outcome.settled:
            self.failures.append(entry)


@dataclass(frozen=True, slots=True)
class Task:
    """A file, and the members of its request but for the picture."""

    file: Found
    request: dict[str, Any]

    @property
    def key(self) -> str:
        """Under which the journal has it."""
        return file_key(self.file.path, self.request)


@dataclass(frozen=True, slots=True)
class Enrolment:
    """How pictures are enrolled: through which client, `workers` at once, and up to how many pixels."""

    client: Client
    workers: int
    max_pixels: int

    def run(self, tasks: Sequence[Task], journal: Journal, report: Report) -> Tally:
        """Enrol every file that the journal does not settle, and write down what became of it.

        Raises Fault for a refusal that concerns every file alike, and ServerGoneError.
        """
        tally = Tally(len(tasks))

        def todo() -> Iterator[Task]:
            for task in tasks:
                if task.key in journal:
                    tally.skipped += 1
                else:
                    yield task

        for entry in _side_by_side(self._enrol, todo(), self.workers):
            journal.write(entry)
            tally.add(entry)
            report(tally.done, tally.files)
        return tally

    def _enrol(self, task: Task) -> Entry:
        key, path = task.key, str(task.file.path)
        try:
            answer = self._ask(task)
        except (OSError, ImageError, Fault) as error:
            return Entry(key, path, _outcome_of(error), message=str(error))
        faces = len(answer["FaceRecords"])
        reasons = tuple(reason for face in answer["UnindexedFaces"] for reason in face["Reasons"])
        if faces:
            return Entry(key, path, Outcome.ENROLLED, faces, reasons)
        return Entry(key, path, Outcome.FACES_REFUSED if reasons else Outcome.NO_FACE, 0, reasons)

    def _ask(self, task: Task) -> dict[str, Any]:
        data = pictures.read_found(task.file, self.client.max_picture_bytes)
        open_photo(data, max_pixels=self.max_pixels)  # the server's own door, so that nothing travels in vain
        return self.client.call("IndexFaces", {**task.request, "Image": {"Bytes": data}})


def _outcome_of(error: OSError | ImageError | Fault) -> Outcome:
    """What an error says about its file. Raises the error if it is not about the file."""
    match error:
        case OSError():
            return Outcome.UNREADABLE
        case NotAPictureError():
            return Outcome.NOT_A_PICTURE
        case ImageTooSmallError():
            return Outcome.TOO_SMALL
        case ImageTooLargeError() | Fault(code="ImageTooLargeException"):
            return Outcome.TOO_LARGE
        case ImageFormatError() | Fault(code="InvalidImageFormatException"):
            return Outcome.DAMAGED
        case Fault(code="InternalServerError"):
            return Outcome.FAILED
        case _:
            raise error


def _side_by_side(work: Callable[[Task], Entry], tasks: Iterable[Task], workers: int) -> Iterator[Entry]:
    """Results as they come. Tasks are taken as workers get free, so that a million of them are no burden."""
    pool = ThreadPoolExecutor(workers)
    pending: set[Future[Entry]] = set()
    try:
        for task in tasks:
            pending.add(pool.submit(work, task))
            if len(pending) >= 2 * workers:
                done, pending = wait(pending, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in done)
        yield from (future.result() for future in as_completed(pending))
    finally:
        pool.shutdown(cancel_futures=True)
