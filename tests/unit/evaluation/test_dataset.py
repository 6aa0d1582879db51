from __future__ import annotations

import csv
from pathlib import Path

import pytest

from recognizance.evaluation.dataset import LEFT_OUT_NOTES, DatasetError, half_of, load

from .conftest import MakeSet
from .sets import people


def by_name(folder: Path, *others: Path):
    return {photo.path.name: photo for photo in load([folder, *others]).photographs}


def test_rows_become_photographs(make_set: MakeSet):
    folder = make_set("town", people(3, gender="female", batch="B", note="smiling"))
    dataset = load([folder])
    assert dataset.set_names == ("town",)
    assert (len(dataset.photographs), dataset.people, dict(dataset.left_out)) == (6, 3, {})
    first = dataset.photographs[0]
    assert (first.set_name, first.path, first.person, first.batch) == ("town", folder / "0-0.json", "town/person0", "B")
    assert dict(first.columns) == {"gender": "female"}
    assert len({photo.capture for photo in dataset.photographs}) == 6


def test_a_plain_identity_names_a_person_of_its_set_and_a_prefixed_one_of_all_sets(make_set: MakeSet):
    rows = [{"path": "a", "identity": "001"}, {"path": "b", "identity": "tw:28"}, {"path": "c", "identity": "tw:28"}]
    dataset = load([make_set("one", rows), make_set("two", [dict(row, path=row["path"] + "2") for row in rows])])
    persons = [photo.person for photo in dataset.photographs]
    assert persons == ["one/001", "tw:28", "tw:28", "two/001", "tw:28", "tw:28"]


def test_aliases_beside_the_sets_join_people(make_set: MakeSet):
    one, two = make_set("one", people(2)), make_set("two", people(2))
    (one.parent / "aliases.csv").write_text(
        "set_a,identity_a,set_b,identity_b,why\none,person0,two,person1,same name\n", encoding="utf-8"
    )
    assert load([one, two]).people == 3
    assert load([one]).people == 2, "an alias may name a set that is not loaded"


@pytest.mark.parametrize("where", ["labels.csv", "notes.csv"])
@pytest.mark.parametrize("note", ["painting", "wrong_person", "exclude"])
def test_a_picture_with_a_disqualifying_note_is_left_out_and_counted(make_set: MakeSet, where: str, note: str):
    rows = people(3)
    if where == "labels.csv":
        rows[0]["note"] = note
    folder = make_set("town", rows)
    if where == "notes.csv":
        (folder.parent / "notes.csv").write_text(f"set,path,note,other\ntown,0-0.json,{note},\n", encoding="utf-8")
    dataset = load([folder])
    assert "0-0.json" not in {photo.path.name for photo in dataset.photographs}
    assert dict(dataset.left_out) == {note: 1}


def test_other_notes_leave_a_picture_in(make_set: MakeSet):
    assert len(load([make_set("town", people(3, note="dlib_found_no_face"))]).photographs) == 6


def test_pictures_of_one_photo_group_are_one_capture_within_a_person(make_set: MakeSet):
    rows = people(2, pictures=3)
    for row, group in zip(rows, ["0", "0", "1", "0", "", ""], strict=True):
        row["photo_group"] = group
    capture = {name: photo.capture for name, photo in by_name(make_set("town", rows)).items()}
    assert capture["0-0.json"] == capture["0-1.json"]
    assert len(set(capture.values())) == 5, "another person's group 0 and blank groups are apart"


def test_same_photo_notes_join_captures_and_not_people(make_set: MakeSet):
    folder = make_set("town", people(2))
    (folder.parent / "notes.csv").write_text(
        "set,path,note,other\ntown,0-0.json,same_photo,1-0.json\n", encoding="utf-8"
    )
    photos = by_name(folder)
    assert photos["0-0.json"].capture == photos["1-0.json"].capture
    assert photos["0-0.json"].person != photos["1-0.json"].person


def test_equal_bytes_are_one_capture_and_one_person(make_set: MakeSet):
    twin = b"the same file"
    photos = by_name(make_set("town", people(3), content={"0-0.json": twin, "1-0.json": twin}))
    assert photos["0-0.json"].capture == photos["1-0.json"].capture
    assert photos["0-1.json"].person == photos["1-1.json"].person != photos["2-0.json"].person


def test_the_fingerprint_follows_images_and_labels(make_set: MakeSet):
    folder = make_set("town", people(3))
    before = load([folder]).fingerprint
    assert load([folder]).fingerprint == before
    labels = folder / "labels.csv"
    labels.write_text(labels.read_text().replace("2-1.json,person2", "2-1.json,person1"))
    relabelled = load([folder]).fingerprint
    (folder / "0-0.json").write_bytes(b"another picture")
    assert len({before, relabelled, load([folder]).fingerprint}) == 3


def test_a_person_is_in_one_half_for_ever():
    halves = [half_of(f"town/{number}") for number in range(1000)]
    assert halves == [half_of(f"town/{number}") for number in range(1000)]
    assert 450 < halves.count("test") < 550
    assert halves[:4] == ["test", "test", "calibration", "calibration"]  # the published split never moves


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        pytest.param([], "no pictures were given; name at least one folder", id="no rows"),
        pytest.param(people(1), "1 identity in 2 pictures; non-mated pairs need at least two", id="one identity"),
        pytest.param(people(3, pictures=1), "no mated pairs: nobody has two", id="no mated pairs"),
        pytest.param(people(2, photo_group="0"), "no mated pairs: nobody has two", id="one photograph each"),
        pytest.param(people(2) + people(1), "line 6: 0-0.json is listed twice", id="duplicate row"),
        pytest.param([*people(2), {"path": "x", "identity": ""}], "line 6: path and identity must both", id="nobody"),
    ],
)
def test_labels_that_cannot_be_measured(make_set: MakeSet, rows: list[dict[str, str]], message: str):
    folder = make_set("town", rows)
    if not rows:
        (folder / "labels.csv").write_text("path,identity\n")
    with pytest.raises(DatasetError, match=message) as caught:
        load([folder])
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(None, "there is no .*labels.csv; a data set is a folder with a labels.csv", id="no labels"),
        pytest.param(b"path,person\na,b\n", "labels.csv has no column 'identity'", id="no identities"),
        pytest.param(b"", "labels.csv has no column 'path'", id="empty file"),
        pytest.param(b"path,identity\na\n", "line 2: the row has not as many fields", id="short row"),
        pytest.param(b"path,identity\na,b,c\n", "line 2: the row has not as many fields", id="long row"),
        pytest.param(b"path,identity\na,b\n", "line 2: there is no file .*town/a", id="missing picture"),
        pytest.param(b"path,identity\n\xff,b\n", "cannot be read as a UTF-8 table", id="not UTF-8"),
        pytest.param(b'path,identity\n"a,b\n', "cannot be read as a UTF-8 table", id="open quote"),
    ],
)
def test_a_table_that_cannot_be_read(tmp_path: Path, content: bytes | None, message: str):
    folder = tmp_path / "town"
    folder.mkdir()
    if content is not None:
        (folder / "labels.csv").write_bytes(content)
    with pytest.raises(DatasetError, match=message):
        load([folder])


def test_no_folder_at_all():
    with pytest.raises(DatasetError, match="no pictures were given"):
        load([])


def test_two_sets_of_one_name(make_set: MakeSet):
    folder = make_set("town", people(2))
    with pytest.raises(DatasetError, match="two sets are named 'town'"):
        load([folder, folder])


def test_noted_pictures_of_the_shared_photographs_are_left_out(photos: Path):
    dataset = load([photos / "congress", photos / "uk_parliament"])
    with (photos / "notes.csv").open(newline="") as file:
        noted = {(row["set"], row["path"]) for row in csv.DictReader(file) if row["note"] in LEFT_OUT_NOTES}
    kept = {(photo.set_name, f"images/{photo.path.name}") for photo in dataset.photographs}
    assert noted
    assert not noted & kept
