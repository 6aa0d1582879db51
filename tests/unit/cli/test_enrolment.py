from __future__ import annotations

import threading
from collections import Counter
from pathlib import Path, PurePosixPath

import pytest

from recognizance.cli.client import Client
from recognizance.cli.enrolment import Enrolment, ExternalId, Task
from recognizance.cli.failure import ServerGoneError
from recognizance.cli.journal import Outcome, open_journal
from recognizance.cli.pictures import Found, find_files
from recognizance.ports import Result
from recognizance.wire.faults import Fault
from recognizance.wire.model import load_model

from .conftest import picture

FACE = {"Face": {"FaceId": "f"}}
REFUSED = {"Reasons": ["LOW_SHARPNESS", "SMALL_BOUNDING_BOX"]}
MODEL = load_model()


class Service:
    """Answers IndexFaces by what the ExternalImageId says, and remembers who asked."""

    def __init__(self, answers=None):
        self.asked = []
        self.answers = answers or {}

    def __call__(self, operation, params):
        assert operation == "IndexFaces"
        self.asked.append(params["ExternalImageId"])
        answer = self.answers.get(params["ExternalImageId"], {"FaceRecords": [FACE], "UnindexedFaces": []})
        if isinstance(answer, Exception):
            raise answer
        return Result(answer)


@pytest.fixture
def enrol(tmp_path):
    """Enrol the files of a folder; gives the counts."""

    def enrol(service, files, *, forget=False):
        folder = tmp_path / "photos"
        folder.mkdir(exist_ok=True)
        for name, content in files.items():
            if not (folder / name).exists():
                (folder / name).write_bytes(content)
        client = Client(service, 5 * 2**20, MODEL)
        tasks = [
            Task(file, {"CollectionId": "team", "ExternalImageId": ExternalId.STEM.of(file)})
            for file in find_files([folder])
        ]
        with open_journal(tmp_path / "team.ndjson", forget=forget) as journal:
            return Enrolment(client, workers=2, max_pixels=10**6).run(tasks, journal, lambda done, total: None)

    return enrol


@pytest.mark.parametrize(
    ("content", "answer", "outcome"),
    [
        (picture(), {"FaceRecords": [FACE, FACE], "UnindexedFaces": [REFUSED]}, Outcome.ENROLLED),
        (picture(), {"FaceRecords": [], "UnindexedFaces": []}, Outcome.NO_FACE),
        (picture(), {"FaceRecords": [], "UnindexedFaces": [REFUSED]}, Outcome.FACES_REFUSED),
        (b"path,identity\n", None, Outcome.NOT_A_PICTURE),
        (b"", None, Outcome.NOT_A_PICTURE),
        (picture(side=79), None, Outcome.TOO_SMALL),
        (picture(side=1001), None, Outcome.TOO_LARGE),
        (picture() + bytes(5 * 2**20), None, Outcome.TOO_LARGE),
        (picture()[:30], None, Outcome.DAMAGED),
        (picture(), Fault("InvalidImageFormatException", "torn"), Outcome.DAMAGED),
        (picture(), Fault("ImageTooLargeException", "large"), Outcome.TOO_LARGE),
        (picture(), Fault("InternalServerError", "disk full"), Outcome.FAILED),
    ],
    ids=[
        "faces",
        "no face",
        "poor faces",
        "text",
        "empty",
        "79 px",
        "too many pixels",
        "too many bytes",
        "cut in its header",
        "found damaged by the server",
        "found too large by the server",
        "no answer",
    ],
)
def test_what_becomes_of_a_file(enrol, content, answer, outcome):
    tally = enrol(Service({"a": answer} if answer else {"a": AssertionError("it travelled")}), {"a.jpg": content})
    assert tally.outcomes == Counter({outcome: 1})
    assert [entry.outcome for entry in tally.failures] == ([] if outcome.settled else [outcome])


def test_faces_and_reasons_are_counted(enrol):
    answer = {"FaceRecords": [FACE, FACE], "UnindexedFaces": [REFUSED]}
    tally = enrol(Service({"a": answer, "b": answer}), {"a.jpg": picture(), "b.jpg": picture()})
    assert (tally.files, tally.skipped, tally.faces) == (2, 0, 4)
    assert tally.reasons == Counter({"LOW_SHARPNESS": 2, "SMALL_BOUNDING_BOX": 2})


def test_an_unreadable_file_does_not_stop_the_others(enrol, tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.jpg").symlink_to("nowhere.jpg")
    tally = enrol(Service(), {"b.jpg": picture()})
    assert tally.outcomes == Counter({Outcome.UNREADABLE: 1, Outcome.ENROLLED: 1})
    assert "No such file or directory" in tally.failures[0].message


def test_a_rerun_asks_only_for_what_is_not_settled(enrol):
    files = {"a.jpg": picture(), "b.jpg": picture(), "c.txt": b"text"}
    first = Service({"b": Fault("InternalServerError", "disk full")})
    enrol(first, files)
    second = Service()
    tally = enrol(second, files)
    assert (sorted(first.asked), second.asked) == (["a", "b"], ["b"])
    assert (tally.skipped, tally.done, tally.outcomes) == (2, 3, Counter({Outcome.ENROLLED: 1}))


def test_a_rerun_can_forget(enrol):
    enrol(Service(), {"a.jpg": picture()})
    again = Service()
    enrol(again, {"a.jpg": picture()}, forget=True)
    assert again.asked == ["a"]


@pytest.mark.parametrize(
    "error",
    [Fault("ResourceNotFoundException", "the collection is gone"), ServerGoneError("stopped")],
    ids=["a refusal of everything", "no server"],
)
def test_what_concerns_every_file_stops_the_run_and_keeps_what_is_done(enrol, error):
    files = {f"{name}.jpg": picture() for name in "abcdefghijkl"}
    stopped = Service({"e": error})
    with pytest.raises(type(error), match=str(error)):
        enrol(stopped, files)
    assert len(stopped.asked) < len(files)
    resumed = Service()
    tally = enrol(resumed, files)
    assert tally.skipped >= 1
    assert "e" in resumed.asked
    assert tally.done == len(files)


def test_files_are_asked_for_side_by_side(enrol):
    both = threading.Barrier(2, timeout=20)

    def service(operation, params):
        both.wait()
        return Result({"FaceRecords": [], "UnindexedFaces": []})

    assert enrol(service, {"a.jpg": picture(), "b.jpg": picture()}).outcomes[Outcome.NO_FACE] == 2


@pytest.mark.parametrize(
    ("kind", "name", "expected"),
    [
        (ExternalId.STEM, "team/Ada Lovelace.jpg", "Ada_Lovelace"),
        (ExternalId.NAME, "team/ada.jpg", "ada.jpg"),
        (ExternalId.FOLDER, "team/ada.jpg", "team"),
        (ExternalId.PATH, "team/a/ada.jpg", "team:a:ada.jpg"),
        (ExternalId.NONE, "team/ada.jpg", None),
        (ExternalId.STEM, "team/José Núñez (2).jpg", "Jose_Nunez_2_"),
        (ExternalId.STEM, "team/山田.jpg", "_"),
        (ExternalId.PATH, f"{'x' * 300}/ada.jpg", f"{'x' * 247}:ada.jpg"),
    ],
    ids=["stem", "name", "folder", "path", "none", "accents", "another script", "too long"],
)
def test_external_ids_are_made_of_names(kind, name, expected):
    assert kind.of(Found(Path("/photos") / name, PurePosixPath(name))) == expected
