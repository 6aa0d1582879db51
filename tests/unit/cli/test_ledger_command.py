"""`ledger`: what an operator, an auditor and the defence see of it on the command line."""

from __future__ import annotations

import json
import shutil
from contextlib import ExitStack
from datetime import UTC, datetime

import pytest

from recognizance.app import open_store
from recognizance.governance.book import Book
from recognizance.ledger.example import search_fields
from recognizance.settings import load_settings

NOW = datetime(2026, 11, 25, 1, 2, 3, tzinfo=UTC)


def record(data, count, **texts):
    """Append searches to a data folder's ledger; `texts` are kept apart in the field of their name."""
    with ExitStack() as stack:
        store = open_store(load_settings({"data": data}), stack, exclusive=False)
        book = Book.open(store.folder, store.database, store.vault)
        for _ in range(count):
            kept = {name: book.keep_apart("case", text) for name, text in texts.items()}
            book.append("search", search_fields(**kept), at=NOW)


@pytest.fixture(autouse=True)
def _ledger(cli, data):
    """A ledger with three searches, one of them in case 2026/17."""
    record(data, 2)
    record(data, 1, case_reference="2026/17")


def test_verify_checks_the_data_folder(cli):
    outcome = cli("ledger", "verify")
    assert outcome.code == 0
    assert "verified: 3 entries; root " in outcome.out
    assert cli("ledger", "verify", "--json").json["kinds"] == {"search": 3}


def test_verify_holds_the_ledger_against_a_checkpoint_that_was_kept(cli, data, tmp_path):
    kept = tmp_path / "kept.note"
    kept.write_text(cli("ledger", "checkpoint").out)
    backup = shutil.copytree(data, tmp_path / "backup")
    record(data, 2)
    assert cli("ledger", "verify", "--checkpoint", kept).code == 0
    kept.write_text(cli("ledger", "checkpoint").out)
    shutil.rmtree(data)
    shutil.copytree(backup, data)
    outcome = cli("ledger", "verify", "--checkpoint", kept)
    assert outcome.code == 1
    assert "not verified: what a checkpoint of 5 entries promised is not in this ledger of 3" in outcome.err


def test_verify_tells_that_a_backup_took_the_place_of_the_database(cli, data, tmp_path):
    shutil.copytree(data, tmp_path / "backup")
    record(data, 2)
    for file in data.glob("recognizance.db*"):
        file.unlink()
    shutil.copy(tmp_path / "backup" / "recognizance.db", data)
    outcome = cli("ledger", "verify")
    assert outcome.code == 1
    assert "put back to an earlier state" in outcome.err
    assert cli("ledger", "erase", "case", "2026/17").code == 1  # nothing is recorded in a ledger in doubt
    accepted = cli("ledger", "accept-restore", "--reason", "the disk broke")
    assert accepted.err == "recorded as entry 3; the server starts again\n"
    assert cli("ledger", "verify").code == 0
    assert cli("ledger", "accept-restore", "--reason", "again").code == 1


def test_an_export_verifies_without_the_data_folder(cli, data, tmp_path):
    key = cli("ledger", "key").out.strip()
    assert cli("ledger", "key", "--json").json == {"key": key}
    assert cli("ledger", "export", "--out", tmp_path / "export").err == f"wrote 3 entries to {tmp_path / 'export'}\n"
    shutil.rmtree(data)
    outcome = cli("ledger", "verify", tmp_path / "export", "--key", key)
    assert (outcome.code, outcome.out[:20]) == (0, "verified: 3 entries ")
    assert cli("ledger", "verify", tmp_path / "export" / "ledger.ndjson", "--key", key).code == 0
    kept = tmp_path / "export" / "checkpoint.note"
    assert cli("ledger", "verify", tmp_path / "export", "--key", key, "--checkpoint", kept).code == 0
    (tmp_path / "export" / "ledger.ndjson").write_text("")
    outcome = cli("ledger", "verify", tmp_path / "export", "--key", key)
    assert (outcome.code, outcome.err[:14]) == (1, "NOT VERIFIED: ")
    assert not data.exists()


def test_an_export_is_not_verified_with_the_key_beside_it_unasked(cli, tmp_path):
    outcome = cli("ledger", "verify", tmp_path)
    assert outcome.code == 1
    assert "name the public key with --key: one that comes along with an export proves nothing" in outcome.err


def test_receipts_and_proofs_verify(cli, data, tmp_path):
    key, kept = cli("ledger", "key").out.strip(), tmp_path / "kept.note"
    kept.write_text(cli("ledger", "checkpoint").out)
    record(data, 1)
    for name, arguments in (("receipt.json", [1]), ("proof.json", ["--since", kept])):
        (tmp_path / name).write_text(cli("ledger", "prove", *arguments).out)
        assert cli("ledger", "verify", tmp_path / name, "--key", key).code == 0
    assert "the ledger has no entry 9" in cli("ledger", "prove", 9).err


@pytest.mark.parametrize("arguments", [[], [1, "--since", "kept.note"]])
def test_prove_wants_one_thing_to_prove(cli, arguments):
    assert "name either an entry's index or --since FILE" in cli("ledger", "prove", *arguments).err


def test_a_case_is_disclosed_with_its_texts_closed(cli, tmp_path):
    outcome = cli("ledger", "export", "--out", tmp_path / "case", "--case", "2026/17")
    assert outcome.err == f"wrote 1 entries of case 2026/17 to {tmp_path / 'case'}\n"
    assert "2026/17" not in (tmp_path / "case" / "case.json").read_text()
    assert "has no entry of a case '2026/99'" in cli("ledger", "export", "--out", tmp_path, "--case", "2026/99").err


def test_texts_are_opened_when_asked_and_that_is_recorded(cli, tmp_path):
    assert cli("ledger", "export", "--out", tmp_path / "case", "--case", "2026/17", "--reveal").code == 0
    document = json.loads((tmp_path / "case" / "case.json").read_text())
    assert [text["text"] for text in document["texts"]] == ["2026/17"]
    [last] = cli("ledger", "tail", "-n", 1, "--json").json
    assert (last["kind"], last["operator"]) == ("reveal", "local")
    key = cli("ledger", "key").out.strip()
    assert cli("ledger", "verify", tmp_path / "case" / "case.json", "--key", key).code == 0


def test_texts_of_everybody_are_not_opened_at_once(cli, tmp_path):
    outcome = cli("ledger", "export", "--out", tmp_path / "all", "--reveal")
    assert outcome.code == 1
    assert "--reveal goes with --case" in outcome.err


def test_an_erased_text_is_found_no_more(cli):
    assert cli("ledger", "erase", "case", "2026/17").code == 0
    assert cli("ledger", "tail", "--case", "2026/17", "--json").json == []
    assert cli("ledger", "verify").code == 0
    assert "no such case is kept beside the ledger" in cli("ledger", "erase", "case", "2026/17").err


@pytest.mark.parametrize(
    ("arguments", "indexes"),
    [
        ([], [0, 1, 2]),
        (["-n", 2], [1, 2]),
        (["--case", "2026/17"], [2]),
        (["--kind", "search", "-n", 1], [2]),
        (["--kind", "vote"], []),
        (["--collection", "people"], [0, 1, 2]),
        (["--operator", "RK9"], []),
    ],
)
def test_tail_shows_the_last_entries(cli, arguments, indexes):
    assert [entry["index"] for entry in cli("ledger", "tail", *arguments, "--json").json] == indexes


def test_tail_shows_a_table(cli):
    lines = cli("ledger", "tail").out.splitlines()
    assert lines[1].split() == ["index", "at", "kind", "collection", "case", "operator"]
    assert "people" in lines[3]
