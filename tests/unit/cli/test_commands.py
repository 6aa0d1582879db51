"""Commands on the app in this process: a real store and gallery, pictures that state their faces."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from recognizance.cli import presence
from recognizance.cli.credentials import ensure_credentials
from recognizance.settings import Settings
from recognizance.testing.server import running
from recognizance.testing.vision import Person

from .conftest import picture

pytestmark = pytest.mark.usefixtures("sketched")


@pytest.fixture
def photos(tmp_path):
    """Two people, one of them twice, nobody, and a table."""
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "ada.jpg").write_bytes(picture(Person("ada")))
    (folder / "ada2.jpg").write_bytes(picture(Person("ada", variant=1)))
    (folder / "bob.jpg").write_bytes(picture(Person("bob"), Person("poor", left=500, sharpness=1)))
    (folder / "nobody.jpg").write_bytes(picture())
    (folder / "labels.csv").write_text("path,identity\n")
    return folder


@pytest.fixture
def team(cli, photos):
    """The photos, enrolled."""
    assert cli("index", "team", photos, "--create").code == 0
    return photos


# --- detect and compare ---


def test_detect_prints_the_apis_answer(cli, photos):
    outcome = cli("detect", photos / "ada.jpg", "--json")
    assert outcome.code == 0
    [face] = outcome.json["FaceDetails"]
    assert face["BoundingBox"] == {"Left": 0.1, "Top": 0.125, "Width": 0.12, "Height": 0.1875}


def test_detect_shows_what_finer_models_measured_when_asked(cli, photos):
    assert "eyes open" not in cli("detect", photos / "ada.jpg").out
    table = cli("detect", photos / "ada.jpg", "--attributes", "ALL").out
    assert "eyes open" in table
    assert "occluded" not in table


def test_detect_of_nobody_is_an_empty_table(cli, photos):
    outcome = cli("detect", photos / "nobody.jpg")
    assert outcome.code == 0
    assert "confidence" in outcome.out


def test_detect_counts_the_faces_of_a_folder(cli, photos):
    outcome = cli("detect", photos)
    assert outcome.code == 0
    assert [line.split()[-1] for line in outcome.out.splitlines() if ".jpg" in line] == ["1", "1", "2", "0"]
    assert "pictures: 4; faces: 4; other files, left out: 1" in outcome.err


def test_detect_goes_on_after_pictures_that_cannot_be_used(cli, photos):
    (photos / "ada.jpg").write_bytes(picture()[:30])
    (photos / "bob.jpg").unlink()
    (photos / "bob.jpg").symlink_to("gone.jpg")
    outcome = cli("detect", photos, "--json")
    assert outcome.code == 1
    assert [answer.get("Error", {}).get("Code") for answer in outcome.json] == [
        "InvalidImageFormatException",
        None,
        "FileNotFoundError",
        None,
    ]
    assert "Request has invalid image format." in cli("detect", photos).out


def test_a_named_file_is_not_left_out_in_silence(cli, photos):
    (photos / "notes.txt").write_text("no picture")
    outcome = cli("detect", photos / "ada.jpg", photos / "notes.txt", "--json")
    assert outcome.code == 1
    assert [answer.get("Error", {}).get("Code") for answer in outcome.json] == [None, "ImageFormatError"]
    outcome = cli("index", "team", photos / "ada.jpg", photos / "notes.txt", "--create", "--json")
    assert outcome.code == 1
    assert outcome.json["outcomes"] == {"enrolled": 1, "damaged": 1}
    assert "notes.txt is neither JPEG nor PNG" in outcome.json["failures"][0]["message"]


def test_detect_stops_at_an_attribute_that_is_none(cli, photos):
    outcome = cli("detect", photos, "--attributes", "MOOD")
    assert outcome.code == 1
    assert outcome.err.startswith("recognizance: ValidationException: ")
    assert outcome.err.count("\n") == 1


def test_only_one_picture_is_annotated(cli, photos, tmp_path):
    outcome = cli("detect", photos, "--annotate", tmp_path / "out.png")
    assert outcome.code == 2
    assert "one picture can be annotated at a time" in outcome.err


def test_compare_prints_the_apis_answer(cli, photos):
    answer = cli("compare", photos / "ada.jpg", photos / "ada2.jpg", "--json").json
    assert len(answer["FaceMatches"]) == 1
    assert set(answer) == {"SourceImageFace", "FaceMatches", "UnmatchedFaces"}


def test_compare_shows_matches_and_the_others(cli, photos):
    assert "match" in cli("compare", photos / "ada.jpg", photos / "ada2.jpg").out
    assert cli("compare", photos / "ada.jpg", photos / "bob.jpg").out.count("below threshold") == 2
    assert "below threshold" in cli("compare", photos / "ada.jpg", photos / "ada2.jpg", "--threshold", "100").out


def test_a_picture_without_face_cannot_be_compared(cli, photos):
    outcome = cli("compare", photos / "nobody.jpg", photos / "ada.jpg")
    assert outcome.code == 1
    assert outcome.err == (
        "recognizance: InvalidParameterException: There are no faces in the image. Should be at least 1.\n"
    )


@pytest.mark.parametrize(
    ("name", "complaint"),
    [("labels.csv", "is neither JPEG nor PNG"), ("gone.jpg", "No such file or directory"), ("", "Is a directory")],
    ids=["text", "missing", "folder"],
)
def test_what_is_no_picture_is_told(cli, photos, name, complaint):
    outcome = cli("compare", photos / name, photos / "ada.jpg")
    assert outcome.code == 1
    assert complaint in outcome.err
    assert outcome.err.count("\n") == 1


# --- collections and faces ---


def test_a_collections_life(cli):
    assert "created arn:aws:rekognition:us-east-1:" in cli("collections", "create", "team", "--tag", "a=b=c").err
    assert cli("collections", "create", "two", "--json").json["StatusCode"] == 200
    assert cli("collections", "list", "--json").json["CollectionIds"] == ["team", "two"]
    assert cli("collections", "describe", "team", "--json").json["FaceCount"] == 0
    for table in (cli("collections", "list").out, cli("collections", "describe", "team").out):
        assert "team" in table
    assert cli("collections", "delete", "team", "--yes").err == "deleted team\n"
    assert cli("collections", "delete", "two", "--yes", "--json").json == {"StatusCode": 200}
    assert cli("collections", "list", "--json").json == {"CollectionIds": [], "FaceModelVersions": []}


def test_a_tag_needs_an_equals_sign(cli):
    outcome = cli("collections", "create", "team", "--tag", "owner")
    assert outcome.code == 2
    assert "'owner' has no = in it" in outcome.err


def test_nothing_is_deleted_unasked(cli, team, monkeypatch):
    monkeypatch.setattr("sys.stdin.isatty", lambda: False)
    outcome = cli("collections", "delete", "team")
    assert outcome.code == 1
    assert "nobody is here to ask; add --yes" in outcome.err
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("typer.confirm", _refuse)
    assert cli("collections", "delete", "team").code == 1
    assert cli("collections", "list", "--json").json["CollectionIds"] == ["team"]


def _refuse(question, *, abort, err):
    import typer

    assert question == "Delete team with 3 faces for good?"
    raise typer.Abort


def test_faces_are_listed_and_deleted(cli, team):
    faces = cli("faces", "list", "team", "--json").json["Faces"]
    assert {face["ExternalImageId"] for face in faces} == {"ada", "ada2", "bob"}
    assert faces[0]["FaceId"] in cli("faces", "list", "team").out
    assert cli("faces", "delete", "team", faces[0]["FaceId"], "--json").json["DeletedFaces"] == [faces[0]["FaceId"]]
    assert "deleted" in cli("faces", "delete", "team", faces[1]["FaceId"]).out
    assert len(cli("faces", "list", "team", "--json").json["Faces"]) == 1


def test_lists_are_whole_however_many_pages_they_have(cli, team, monkeypatch):
    monkeypatch.setattr("recognizance.operations.enrolment.LARGEST_PAGE", 2)
    listed = cli("faces", "list", "team", "--json").json
    assert len({face["FaceId"] for face in listed["Faces"]}) == 3
    assert "NextToken" not in listed


def test_more_faces_than_a_request_takes_are_refused(cli, team):
    outcome = cli("faces", "delete", "team", *["x"] * 4097)
    assert (outcome.code, outcome.out) == (1, "")
    assert "4097 faces were named; at most 4096 are deleted at once" in outcome.err


def test_a_face_that_is_not_deleted_is_told(cli, team):
    outcome = cli("faces", "delete", "team", "00000000-0000-0000-0000-000000000000")
    assert outcome.code == 1
    assert "FACE_NOT_FOUND" in outcome.out


# --- index and search ---


def test_index_counts_files_faces_and_reasons(cli, photos):
    outcome = cli("index", "team", photos, "--create", "--json")
    assert outcome.code == 0
    report = outcome.json
    assert report["outcomes"] == {"enrolled": 3, "no_face": 1, "not_a_picture": 1}
    assert (report["files"], report["skipped"], report["faces_enrolled"]) == (5, 0, 3)
    assert report["faces_refused"]["LOW_SHARPNESS"] == 1
    assert report["failures"] == []


def test_index_shows_the_counts(cli, photos):
    table = {" ".join(line.split()) for line in cli("index", "team", photos, "--create").out.splitlines()}
    assert {"files 5", "enrolled 3", "no face 1", "not a picture 1", "faces refused: LOW_SHARPNESS 1"} <= table


def test_index_again_skips_what_is_done_unless_told(cli, team):
    report = cli("index", "team", team, "--json").json
    assert (report["skipped"], report["outcomes"]) == (5, {})
    report = cli("index", "team", team, "--again", "--json").json
    assert (report["skipped"], report["outcomes"]["enrolled"]) == (0, 3)
    assert cli("collections", "describe", "team", "--json").json["FaceCount"] == 3


def test_a_collection_made_anew_is_filled_anew(cli, team):
    cli("collections", "delete", "team", "--yes")
    assert cli("index", "team", team, "--create", "--json").json["outcomes"]["enrolled"] == 3


def test_deleting_a_collection_removes_its_journal(cli, team, data):
    assert len(list((data / "journals").iterdir())) == 1
    cli("collections", "delete", "team", "--yes")
    assert list((data / "journals").iterdir()) == []


def test_index_does_not_make_a_collection_unasked(cli, photos):
    outcome = cli("index", "team", photos)
    assert outcome.code == 1
    assert outcome.err == (
        "recognizance: there is no collection team; add --create, or run: recognizance collections create team\n"
    )


def test_index_into_a_collection_that_exists_needs_no_flag_and_bears_one(cli, team):
    assert cli("index", "team", team, "--create").code == 0


@pytest.mark.parametrize("flags", [(), ("--create",)], ids=["plain", "--create"])
def test_index_refuses_a_name_that_is_none(cli, photos, flags):
    outcome = cli("index", "two words", photos, *flags)
    assert outcome.code == 1
    assert outcome.err.startswith("recognizance: ValidationException: ")


def test_index_tells_failures_and_ends_with_1(cli, photos):
    for number in range(12):
        (photos / f"damaged{number:02}.jpg").write_bytes(picture()[:30])
    outcome = cli("index", "team", photos, "--create")
    assert outcome.code == 1
    assert "damaged00.jpg: damaged: " in outcome.err
    assert "damaged10.jpg" not in outcome.err
    assert "... and 2 more; all are in " in outcome.err
    report = cli("index", "team", photos, "--json").json
    assert len(report["failures"]) == 12


def test_shared_external_ids_are_reported(cli, photos, tmp_path):
    (photos / "more").mkdir()
    (photos / "more" / "ada.jpg").write_bytes(picture(Person("another ada")))
    (photos / "more" / "labels.csv").write_text("path,identity\n")
    assert "external ids that several files share: 1, such as ada;" in cli("index", "team", photos, "--create").err
    assert "external ids" not in cli("index", "team", photos, "--external-id", "path").err
    assert "external ids" not in cli("index", "team", photos, "--external-id", "folder").err


def test_the_quality_filter_and_most_faces_are_the_operations(cli, photos):
    report = cli("index", "team", photos, "--create", "--quality-filter", "NONE", "--json").json
    assert report["faces_enrolled"] == 4
    report = cli("index", "few", photos, "--create", "--quality-filter", "NONE", "--max-faces", "1", "--json").json
    assert (report["faces_enrolled"], report["faces_refused"]) == (3, {"EXCEEDS_MAX_FACES": 1})


def test_search_prints_the_apis_answer(cli, team):
    answer = cli("search", "team", team / "ada.jpg", "--json").json
    assert [match["Face"]["ExternalImageId"] for match in answer["FaceMatches"]] == ["ada", "ada2"]
    members = {"SearchedFaceBoundingBox", "SearchedFaceConfidence", "FaceMatches", "FaceModelVersion"}
    assert set(answer) == members | {"Threshold"}


def test_search_shows_names_best_first(cli, team):
    lines = [line.split() for line in cli("search", "team", team / "ada.jpg").out.splitlines()]
    assert [line[1] for line in lines if line[1:2] and line[1].startswith("ada")] == ["ada", "ada2"]
    assert "ada2" not in cli("search", "team", team / "ada.jpg", "--max", "1").out


def test_search_without_candidates_says_so(cli, team, tmp_path):
    (tmp_path / "stranger.jpg").write_bytes(picture(Person("stranger")))
    outcome = cli("search", "team", tmp_path / "stranger.jpg")
    assert outcome.code == 0
    assert outcome.err == "no candidate reaches it: threshold 80, as asked\n"


@pytest.mark.parametrize(
    ("tag", "asked", "told", "said"),
    [
        ("on", 90, {"threshold": "90", "reason": "asked", "fpir": "0.001"}, "threshold 90, as asked\n"),
        (
            "on",
            5,
            {"threshold": "43.47", "reason": "gallery", "asked": "5", "faces": "3"},
            "threshold 43.47, for 3 faces, so that at most 0.001 of searches for strangers return anybody; 5 asked\n",
        ),
        (
            "off",
            5,
            {"threshold": "5", "reason": "asked", "gallery-threshold": "off"},
            "threshold 5, as asked; the collection has opted out of the gallery-aware threshold\n",
        ),
    ],
)
def test_search_tells_the_threshold_that_held_and_why(cli, photos, *, tag, asked, told, said):
    cli("collections", "create", "team", "--tag", f"recognizance:gallery-threshold={tag}")
    cli("index", "team", photos)
    arguments = ("search", "team", photos / "ada.jpg", "--threshold", asked)
    assert cli(*arguments, "--json").json["Threshold"].items() >= told.items()
    assert cli(*arguments).err == said


def test_search_in_no_collection(cli, photos):
    outcome = cli("search", "nobodys", photos / "ada.jpg")
    assert outcome.code == 1
    assert outcome.err == ("recognizance: ResourceNotFoundException: The collection id: nobodys does not exist\n")


# --- beside a running server ---


@pytest.fixture
def server(data):
    """A server on the data folder, in this process."""
    from recognizance.app import App, utc_now

    with App(Settings(data=data)) as app, running(app.asgi()) as url, capture_logs():
        ensure_credentials(app.store.folder, app.store.keys, utc_now)
        presence.announce(data, url)
        yield


def test_a_running_server_is_asked(cli, server, photos):
    assert cli("index", "team", photos, "--create", "--json").json["outcomes"]["enrolled"] == 3
    assert len(cli("search", "team", photos / "ada.jpg", "--json").json["FaceMatches"]) == 2
    assert cli("collections", "describe", "team", "--json").json["FaceCount"] == 3


def test_a_running_server_takes_no_picture_past_the_wires_limit(cli, server, photos):
    (photos / "ada.jpg").write_bytes((photos / "ada.jpg").read_bytes() + bytes(5 * 2**20))
    outcome = cli("detect", photos / "ada.jpg")
    assert outcome.code == 1
    assert (
        "has 5.0 MiB and at most 5 are taken; make it smaller; without a running server 15 MiB are taken" in outcome.err
    )


def test_a_folder_that_is_held_by_no_announced_server_is_refused(cli, server, data):
    presence.withdraw(data)
    outcome = cli("collections", "list")
    assert outcome.code == 1
    assert "is in use by process" in outcome.err
