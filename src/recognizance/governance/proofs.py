"""What leaves the ledger for others to check: receipts, consistency proofs, exports and disclosures.

All of them verify with the public key and the one file `ledger/verifier.py`, which exports and disclosures carry.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from string import Template
from typing import Any

from sqlalchemy import Connection

from recognizance.errors import NotFoundError
from recognizance.governance.apart import RevealedText
from recognizance.governance.book import Book
from recognizance.ledger import verifier
from recognizance.ledger.merkle import prove_consistency, prove_inclusion
from recognizance.ledger.verifier import Checkpoint, open_note
from recognizance.storage import ledger as rows

_EXPORT_README = Template("""\
The ledger of the face recognition server $name, up to entry $size.

ledger.ndjson    every entry, one a line
checkpoint.note  what the server signed for: how many entries, and the root of their tree
key.txt          the public key that signed it. Compare it with the one that the operator published: a key that
                 comes along with what it signed proves nothing by itself
verifier.py      checks all of it; it needs Python and the package `cryptography`, nothing of the server

    pip install cryptography
    python verifier.py ledger.ndjson --key key.txt

Keep checkpoint.note. When you get a later export, add `--checkpoint` and the file that you kept: the later ledger
must still contain everything that was in this one.
""")

_DISCLOSURE_README = Template("""\
Case $case: what the face recognition server $name recorded of it.

case.json        $count entries of the ledger that belong to this case: every search, with all of its candidates (those
                 that were rejected too), how many people were searched, the thresholds, the models, the policy, who
                 searched, who reviewed and how they voted. Each entry has a proof that it is in the ledger.
                 $audit
                 $texts
key.txt          the public key of the server. Compare it with the one that the operator published
verifier.py      checks the proofs; it needs Python and the package `cryptography`, nothing of the server

    pip install cryptography
    python verifier.py --receipt case.json --key key.txt

"verified" means that these entries stand unchanged in the ledger that the server signed. It does not mean that a
candidate is the person who is sought: a candidate is a lead, and similarity is not identity.

What this cannot show is that no entry was left out. Ask for an export of the whole ledger: it verifies only if it is
complete, and what it holds on this case must be what is here.
""")


def receipt(book: Book, index: int) -> dict[str, Any]:
    """Proof that an entry is in the ledger as it is now. Raises NotFoundError."""
    note, head = _head(book)
    if not 0 <= index < head.size:
        raise NotFoundError(f"the ledger has no entry {index}: it ends at {head.size - 1}")
    return {
        "format": "recognizance-receipt/1",
        "checkpoint": note,
        **_prove(book, next(book.stored(first=index)), head),
    }


def consistency(book: Book, older: str) -> dict[str, Any]:
    """Proof that the ledger only grew since a checkpoint that somebody kept, a signed note.

    Raises VerificationError for one that is not of this installation, or that this ledger does not continue.
    """
    note, head = _head(book)
    kept = open_note(older, book.anchor.key)
    if kept.size > head.size:
        raise verifier.VerificationError(f"the checkpoint counts {kept.size} entries, the ledger only {head.size}")

    def work(connection: Connection) -> list[bytes]:
        return prove_consistency(partial(rows.node, connection), kept.size, head.size)

    proof = book.database.read(work)
    verifier.verify_consistency(kept, head, proof)
    return {"format": "recognizance-consistency/1", "older": older, "newer": note, "proof": _hex(proof)}


def export(book: Book, folder: Path) -> Checkpoint:
    """Write all entries up to now to a folder, with checkpoint, key, verifier and explanation."""
    note, head = _head(book)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "ledger.ndjson").open("wb") as file:
        for row in book.stored():
            if row.number >= head.size:
                break
            file.write(row.body.encode() + b"\n")
    (folder / "checkpoint.note").write_text(note, "utf-8")
    _write_tools(book, folder, _EXPORT_README.substitute(name=book.public_key.name, size=head.size - 1))
    return head


def case_entries(book: Book, case: str) -> list[rows.EntryRow]:
    """All entries of a case, by its id or by what the client called it. Raises NotFoundError if there are none.

    A client's name for a case leads to the searches, and these to the cases that they opened, and so to the reviews.
    """
    named = {case, *book.refs_of("case", case)}
    opened = {row.case for row in book.stored(case=named) if row.case is not None}
    found = list(book.stored(case=named | opened))
    if not found:
        raise NotFoundError(f"the ledger has no entry of a case {case!r}")
    return found


def disclose(book: Book, case: str, folder: Path, texts: Sequence[RevealedText] = ()) -> int:
    """Write what is recorded of a case to a folder, with proofs; `texts` are those revealed. Gives the count.

    The last audit before the first entry comes along, if there is one.
    """
    found = case_entries(book, case)
    audits = [row for row in book.stored(kinds=["audit"]) if row.number < found[0].number]
    note, head = _head(book)
    folder.mkdir(parents=True, exist_ok=True)
    document = {
        "format": "recognizance-disclosure/1",
        "checkpoint": note,
        "entries": [_prove(book, row, head) for row in audits[-1:] + found],
        "texts": [asdict(text) for text in texts],
    }
    (folder / "case.json").write_text(json.dumps(document, indent=1) + "\n", "utf-8")
    readme = _DISCLOSURE_README.substitute(
        case=case,
        name=book.public_key.name,
        count=len(found),
        audit=_tell_audit(audits),
        texts=f"{len(texts)} texts that identify people are opened."
        if texts
        else "Texts that identify people are not opened.",
    )
    _write_tools(book, folder, readme)
    return len(found)


def case_refs(found: Sequence[rows.EntryRow]) -> list[str]:
    """References to every text that is kept apart from these entries."""
    return sorted({reference["ref"] for row in found for reference in verifier.references(json.loads(row.body))})


def _tell_audit(audits: Sequence[rows.EntryRow]) -> str:
    if not audits:
        return "No audit of the error rates was recorded before it."
    return f"Entry {audits[-1].number} is the audit of the error rates that was the last before it."


def _prove(book: Book, row: rows.EntryRow, head: Checkpoint) -> dict[str, Any]:
    def work(connection: Connection) -> list[bytes]:
        return prove_inclusion(partial(rows.node, connection), row.number, head.size)

    return {"entry": json.loads(row.body), "proof": _hex(book.database.read(work))}


def _head(book: Book) -> tuple[str, Checkpoint]:
    note = book.checkpoint()
    return note, open_note(note, book.anchor.key)


def _hex(hashes: Sequence[bytes]) -> list[str]:
    return [step.hex() for step in hashes]


def _write_tools(book: Book, folder: Path, readme: str) -> None:
    (folder / "key.txt").write_text(f"{book.public_key}\n", "utf-8")
    (folder / "verifier.py").write_bytes(Path(verifier.__file__).read_bytes())
    (folder / "README.txt").write_text(readme, "utf-8")
