"""What leaves the ledger: it verifies with the verifier that goes along, and a case's disclosure holds all of it."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from recognizance.errors import NotFoundError
from recognizance.governance import proofs
from recognizance.governance.book import Book
from recognizance.ledger.example import search_fields
from recognizance.ledger.verifier import VerificationError, main, verify_document
from recognizance.storage.folder import DataFolder
from recognizance.storage.marks import open_vault

NOW = datetime(2026, 11, 25, 1, 2, 3, tzinfo=UTC)
VOTE = {
    "case": "case-1", "round": 1, "operator": "RK2", "choice": "none_of_these", "candidate": None, "mark": None,
}  # fmt: skip


@pytest.fixture
def book(tmp_path, database):
    with DataFolder.open(tmp_path / "data") as folder:
        yield Book.open(folder, database, open_vault(database, folder.master_key))


@pytest.fixture
def case(book):
    """Two searches of case 2026/17, of which one opened a review with a vote, among searches of others."""
    reference = book.keep_apart("case", "2026/17")
    book.append("search", search_fields(case_reference=reference), at=NOW)
    book.append("search", search_fields(), at=NOW)
    book.append("search", search_fields(case_reference=book.keep_apart("case", "2026/17"), case="case-1"), at=NOW)
    book.append("search", search_fields(case_reference=book.keep_apart("case", "2026/18")), at=NOW)
    book.append("vote", {**VOTE, "person": book.keep_apart("person", "Ada Byron")}, at=NOW)
    return reference


def on_disk(path, document):
    path.write_text(json.dumps(document))
    return path.read_bytes()


def test_a_receipt_of_every_entry_verifies(book, case, tmp_path):
    for index in range(5):
        document = on_disk(tmp_path / "receipt.json", proofs.receipt(book, index))
        head, entries = verify_document(document, book.anchor.key)
        assert (head.size, entries[0]["index"]) == (5, index)


def test_a_receipt_can_be_had_in_the_transaction_of_its_entry(book):
    document = book.database.write(lambda _: proofs.receipt(book, book.append("search", search_fields(), at=NOW)))
    assert verify_document(json.dumps(document).encode(), book.anchor.key)[0].size == 1


@pytest.mark.parametrize("index", [-1, 5])
def test_no_receipt_of_what_is_not_there(book, case, index):
    with pytest.raises(NotFoundError, match=f"the ledger has no entry {index}: it ends at 4"):
        proofs.receipt(book, index)


def test_the_ledger_proves_that_it_only_grew(book, case, tmp_path):
    older = book.checkpoint()
    for _ in range(20):
        book.append("search", search_fields(), at=NOW)
    document = on_disk(tmp_path / "proof.json", proofs.consistency(book, older))
    assert verify_document(document, book.anchor.key)[0].size == 25


def test_a_checkpoint_that_the_ledger_does_not_continue_is_refused(book, case, tmp_path, database_url):
    kept = book.checkpoint()
    other = Book(book.database, book._vault, book._key, b"", book.anchor)
    from sqlalchemy import delete

    from recognizance.storage import ledger as rows

    def shorten(connection):
        connection.execute(delete(rows.entries))
        connection.execute(delete(rows.heads))

    book.database.write(shorten)
    with pytest.raises(VerificationError, match="the checkpoint counts 5 entries, the ledger only 0"):
        proofs.consistency(other, kept)
    for _ in range(6):
        other.append("search", search_fields(threshold=1), at=NOW)
    with pytest.raises(VerificationError, match="the first 5 entries are not those"):
        proofs.consistency(other, kept)


def test_an_export_verifies_with_the_verifier_in_it(book, case, tmp_path):
    out = tmp_path / "export"
    assert proofs.export(book, out).size == 5
    command = [sys.executable, "-I", out / "verifier.py", out / "ledger.ndjson", "--key", out / "key.txt"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout.startswith("verified: 5 entries")
    assert "2026/17" not in (out / "ledger.ndjson").read_text()
    assert "python verifier.py ledger.ndjson --key key.txt" in (out / "README.txt").read_text()


def test_an_empty_ledger_can_be_exported(book, tmp_path):
    assert proofs.export(book, tmp_path / "export").size == 0
    assert main([str(tmp_path / "export"), "--key", str(book.public_key)]) == 0


def test_an_export_ends_at_its_checkpoint(book, case, tmp_path, monkeypatch):
    """Entries that come while it is written are left for the next."""
    note = book.checkpoint()
    book.append("search", search_fields(), at=NOW)
    monkeypatch.setattr(book, "checkpoint", lambda: note)
    assert proofs.export(book, tmp_path / "export").size == 5
    assert main([str(tmp_path / "export"), "--key", str(book.public_key)]) == 0


@pytest.mark.parametrize(("case_id", "indexes"), [("2026/17", [0, 2, 4]), ("case-1", [2, 4]), ("2026/18", [3])])
def test_a_disclosure_holds_the_searches_and_the_reviews_of_a_case(book, case, tmp_path, case_id, indexes):
    out = tmp_path / "case"
    assert proofs.disclose(book, case_id, out) == len(indexes)
    _, entries = verify_document((out / "case.json").read_bytes(), book.anchor.key)
    assert [entry["index"] for entry in entries] == indexes
    readme = (out / "README.txt").read_text()
    assert f"Case {case_id}:" in readme
    assert "No audit of the error rates was recorded before it." in readme
    assert "are not opened" in readme
    assert "Ada Byron" not in (out / "case.json").read_text()
    assert main(["--receipt", str(out / "case.json"), "--key", str(out / "key.txt")]) == 0


def test_a_disclosure_opens_texts_only_with_the_commitments_to_prove_them(book, case, tmp_path):
    refs = proofs.case_refs(proofs.case_entries(book, "2026/17"))
    texts = book.reveal(refs, operator="local", case=None, at=NOW)
    proofs.disclose(book, "2026/17", tmp_path / "case", texts)
    data = (tmp_path / "case" / "case.json").read_bytes()
    verify_document(data, book.anchor.key)
    assert {text["text"] for text in json.loads(data)["texts"]} == {"2026/17", "Ada Byron"}
    assert "2 texts that identify people are opened" in (tmp_path / "case" / "README.txt").read_text()
    with pytest.raises(VerificationError, match="not the one that the entries committed to"):
        verify_document(data.replace(b"Ada Byron", b"Eve Byron"), book.anchor.key)


def test_the_audit_that_was_the_last_before_comes_along(book, tmp_path):
    audit = {
        "document": "a" * 64, "parts": {"embedder": "b" * 64}, "images": "portrait", "gallery_people": 1000, "operator": "RK1",
        "valid_from": "2026-11-25T01:02:03.000Z", "valid_until": "2027-05-24T01:02:03.000Z", "signed_by": "recognizance-1",
    }  # fmt: skip
    for _ in range(2):
        book.append("audit", audit, at=NOW)
    book.append("search", search_fields(case="case-1"), at=NOW)
    book.append("audit", audit, at=NOW)
    assert proofs.disclose(book, "case-1", tmp_path / "case") == 1
    _, entries = verify_document((tmp_path / "case" / "case.json").read_bytes(), book.anchor.key)
    assert [entry["index"] for entry in entries] == [1, 2]
    assert "Entry 1 is the audit" in (tmp_path / "case" / "README.txt").read_text()


def test_a_case_that_does_not_exist_has_no_disclosure(book, case, tmp_path):
    with pytest.raises(NotFoundError, match="the ledger has no entry of a case '2026/99'"):
        proofs.disclose(book, "2026/99", tmp_path / "case")
    assert not (tmp_path / "case").exists()
