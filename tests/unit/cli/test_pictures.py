from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from recognizance.cli.client import INLINE_BYTES
from recognizance.cli.failure import CommandError
from recognizance.cli.pictures import NotAPictureError, find_files, read
from recognizance.errors import ImageTooLargeError

JPEG = b"\xff\xd8\xff\xe0"


@pytest.fixture
def tree(tmp_path):
    for name in ("b.jpg", "a.jpg", "sub/c.png", ".hidden.jpg", ".cache/d.jpg"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(JPEG)
    return tmp_path


def test_a_folder_is_searched_in_order_of_name_without_hidden_files(tree):
    assert [file.name for file in find_files([tree])] == [
        PurePosixPath("a.jpg"),
        PurePosixPath("b.jpg"),
        PurePosixPath("sub/c.png"),
    ]


def test_a_file_named_twice_is_found_once_and_where_it_was_named_first(tree):
    found = find_files([tree / "b.jpg", tree])
    assert [file.path.name for file in found] == ["b.jpg", "a.jpg", "c.png"]


def test_a_relative_name_is_the_same_file(tree, monkeypatch):
    monkeypatch.chdir(tree)
    [file] = find_files([type(tree)("a.jpg")])
    assert file.path == tree / "a.jpg"


def test_a_path_that_is_not_there(tree):
    with pytest.raises(CommandError, match=r"there is no file or folder .*nobody.jpg; check the name"):
        find_files([tree / "nobody.jpg"])


def test_a_picture_is_read_whole(tmp_path):
    path = tmp_path / "a.jpg"
    path.write_bytes(JPEG + b"rest")
    assert read(path, 100) == JPEG + b"rest"


@pytest.mark.parametrize("content", [b"", b"\xff", b"GIF89a", b"path,identity\n"], ids=["empty", "cut", "GIF", "text"])
def test_other_files_are_no_pictures(tmp_path, content):
    path = tmp_path / "a.jpg"
    path.write_bytes(content)
    with pytest.raises(NotAPictureError, match=r"a.jpg is neither JPEG nor PNG"):
        read(path, 100)


@pytest.mark.parametrize(
    ("limit", "advice"),
    [(INLINE_BYTES, "make it smaller; without a running server 15 MiB are taken$"), (2**20, "make it smaller$")],
    ids=["of the wire", "another"],
)
def test_a_picture_past_the_limit_says_what_to_do(tmp_path, limit, advice):
    path = tmp_path / "a.jpg"
    path.write_bytes(JPEG + bytes(limit))
    with pytest.raises(
        ImageTooLargeError, match=rf"a.jpg has {limit / 2**20:.1f} MiB and at most .* are taken; {advice}"
    ):
        read(path, limit)


def test_a_file_that_cannot_be_read(tmp_path):
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "gone.jpg", 100)
