from __future__ import annotations

import json
import os

import pytest

from recognizance.cli.journal import Entry, Outcome, file_key, journal_path, open_journal


@pytest.fixture
def path(tmp_path):
    return tmp_path / "journals" / "team.ndjson"


@pytest.mark.parametrize("outcome", list(Outcome))
def test_settled_files_are_known_later_and_failures_are_not(path, outcome):
    with open_journal(path) as journal:
        journal.write(Entry("k", "/a.jpg", outcome))
    failed = outcome in {Outcome.DAMAGED, Outcome.TOO_LARGE, Outcome.UNREADABLE, Outcome.FAILED}
    assert outcome.settled is not failed
    with open_journal(path) as journal:
        assert ("k" in journal) is outcome.settled


def test_a_line_is_on_disk_when_it_is_written(path):
    with open_journal(path) as journal:
        journal.write(Entry("k", "/a.jpg", Outcome.ENROLLED, 2, ("LOW_SHARPNESS",)))
        assert json.loads(path.read_text()) == {
            "key": "k",
            "path": "/a.jpg",
            "outcome": "enrolled",
            "faces": 2,
            "reasons": ["LOW_SHARPNESS"],
            "message": "",
        }


def test_a_line_torn_by_a_kill_costs_only_itself(path):
    with open_journal(path) as journal:
        journal.write(Entry("first", "/a.jpg", Outcome.ENROLLED))
    with path.open("a") as file:
        file.write('{"key": "torn", "outc')
    with open_journal(path) as journal:
        journal.write(Entry("next", "/b.jpg", Outcome.ENROLLED))
    with open_journal(path) as journal:
        assert ("first" in journal, "torn" in journal, "next" in journal) == (True, False, True)


def test_what_was_settled_can_be_forgotten(path):
    with open_journal(path) as journal:
        journal.write(Entry("k", "/a.jpg", Outcome.ENROLLED))
    with open_journal(path, forget=True) as journal:
        assert "k" not in journal
    with open_journal(path) as journal:
        assert "k" in journal


def test_the_journal_is_its_owners_alone(path):
    with open_journal(path):
        assert path.parent.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "other",
    [("team", 1.002), ("teams", 1.001), ("x" * 300, 1.001)],
    ids=["made anew", "another collection", "a long name"],
)
def test_every_collection_has_its_own_journal(tmp_path, other):
    assert journal_path(tmp_path, *other) != journal_path(tmp_path, "team", 1.001)
    assert len(journal_path(tmp_path, *other).name) < 100


def test_a_collection_named_like_the_parent_folder_stays_inside(tmp_path):
    assert journal_path(tmp_path, "..", 1.0).parent == tmp_path / "journals"


def test_a_changed_file_or_wish_is_another_task(tmp_path):
    file = tmp_path / "a.jpg"
    file.write_bytes(b"1")
    os.utime(file, ns=(1, 1))
    before = file_key(file, {"ExternalImageId": "a"})
    assert file_key(file, {"ExternalImageId": "a"}) == before
    assert file_key(file, {"ExternalImageId": "b"}) != before
    os.utime(file, ns=(1, 2))
    assert file_key(file, {"ExternalImageId": "a"}) != before
    os.utime(file, ns=(1, 1))
    file.write_bytes(b"12")
    os.utime(file, ns=(1, 1))
    assert file_key(file, {"ExternalImageId": "a"}) != before


def test_a_file_that_is_not_there_has_a_key(tmp_path):
    assert file_key(tmp_path / "gone.jpg", {})
