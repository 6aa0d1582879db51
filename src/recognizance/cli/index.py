"""`index`: many pictures into a collection, side by side, resumable, with counts of what was not enrolled and why."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated, Literal

import typer

from recognizance.cli.client import Client, open_client
from recognizance.cli.enrolment import Enrolment, ExternalId, Tally, Task
from recognizance.cli.failure import CommandError
from recognizance.cli.journal import Outcome, journal_path, open_journal
from recognizance.cli.options import AsJson, CollectionId, Data
from recognizance.cli.pictures import find_files
from recognizance.cli.progress import counting
from recognizance.cli.terminal import note, print_json, print_table
from recognizance.settings import load_settings
from recognizance.wire.faults import Fault

_SHOWN_FAILURES = 10
_PICTURE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png"})


def index(  # noqa: PLR0913, PLR0917 - a command's options are its parameters
    collection: CollectionId,
    files: Annotated[list[Path], typer.Argument(metavar="FILES...", help="Pictures, and folders of pictures.")],
    external_id: Annotated[
        ExternalId, typer.Option(help="What each face's ExternalImageId is made of: the file's name or where it lies.")
    ] = ExternalId.STEM,
    quality_filter: Annotated[
        Literal["NONE", "AUTO", "LOW", "MEDIUM", "HIGH"], typer.Option(help="Which faces are good enough.")
    ] = "AUTO",
    max_faces: Annotated[int | None, typer.Option(min=1, help="Most faces enrolled from one picture.")] = None,
    create: Annotated[bool, typer.Option("--create", help="Create the collection if there is none.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Send files that the journal says are done, too.")] = False,
    workers: Annotated[int | None, typer.Option(min=1, max=64, help="Pictures at once; otherwise one a core.")] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Enrol the faces of many pictures in a collection.

    Stopped or killed, the same command goes on where it was: a journal in the data folder has what is done.
    The exit code is 1 if a file failed (damaged, too large, unreadable, no answer) and would be tried again.

    Example: recognizance index team photos/ --create
    """
    settings = load_settings({"data": data})
    found = find_files(files)
    with open_client(settings) as client:
        path = journal_path(settings.data, collection, _creation_time(client, collection, create=create))
        fixed = {"CollectionId": collection, "QualityFilter": quality_filter, "MaxFaces": max_faces}
        tasks = [Task(file, {**fixed, "ExternalImageId": external_id.of(file)}) for file in found]
        enrolment = Enrolment(client, workers or settings.worker_count, settings.max_megapixels * 1_000_000)
        with open_journal(path, forget=again) as journal, counting("index") as progress:
            tally = enrolment.run(tasks, journal, progress)
    _print(collection, tally, path, as_json=as_json)
    _note_shared_ids(tasks, external_id)
    if tally.failures:
        raise typer.Exit(1)


def _creation_time(client: Client, collection: str, *, create: bool) -> float:
    """When the collection was created, in epoch seconds; it is made first if it is wanted."""
    if create:
        try:
            client.call("CreateCollection", {"CollectionId": collection})
        except Fault as fault:
            if fault.code != "ResourceAlreadyExistsException":
                raise
    try:
        return float(client.call("DescribeCollection", {"CollectionId": collection})["CreationTimestamp"])
    except Fault as fault:
        if fault.code != "ResourceNotFoundException":
            raise
        raise CommandError(
            f"there is no collection {collection}; add --create, or run: recognizance collections create {collection}"
        ) from None


def _print(collection: str, tally: Tally, journal: Path, *, as_json: bool) -> None:
    failures = sorted(tally.failures, key=lambda entry: entry.path)
    outcomes = {outcome.value: tally.outcomes[outcome] for outcome in Outcome if tally.outcomes[outcome]}
    if as_json:
        print_json(
            {
                "collection": collection,
                "files": tally.files,
                "skipped": tally.skipped,
                "outcomes": outcomes,
                "faces_enrolled": tally.faces,
                "faces_refused": dict(tally.reasons.most_common()),
                "failures": [{"file": entry.path, "message": entry.message} for entry in failures],
                "journal": str(journal),
            }
        )
        return
    rows: list[tuple[str, int]] = [("files", tally.files), ("done before", tally.skipped)]
    rows += [(outcome.replace("_", " "), count) for outcome, count in outcomes.items()]
    rows.append(("faces enrolled", tally.faces))
    rows += [(f"faces refused: {reason}", count) for reason, count in tally.reasons.most_common()]
    print_table((collection, "count"), rows)
    for entry in failures[:_SHOWN_FAILURES]:
        note(f"{entry.path}: {entry.outcome.replace('_', ' ')}: {entry.message}")
    if len(failures) > _SHOWN_FAILURES:
        note(f"... and {len(failures) - _SHOWN_FAILURES} more; all are in {journal}")


def _note_shared_ids(tasks: list[Task], kind: ExternalId) -> None:
    """Say when files get one id that were not meant to; pictures in one folder are."""
    if kind in {ExternalId.NONE, ExternalId.FOLDER}:
        return
    pictures = [task for task in tasks if task.file.path.suffix.lower() in _PICTURE_SUFFIXES]
    counts = Counter(task.request["ExternalImageId"] for task in pictures)
    if shared := [name for name, count in counts.items() if count > 1]:
        note(
            f"external ids that several files share: {len(shared)}, such as {shared[0]}; "
            "if those are different people, run again with --external-id path"
        )
