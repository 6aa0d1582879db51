"""Ledger: checkpoints and the public key for anybody, entries for auditors."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from recognizance.api.endpoint import Ask, Download, Record
from recognizance.governance import proofs

LARGEST_PAGE = 1000


class KeyView(Record):
    """The public key of an installation, as the verifier takes it."""

    key: str


class EntryQuery(Record):
    """Which entries."""

    first: int = Field(0, ge=0, le=2**53, description="Index of the first entry.")
    limit: int = Field(100, ge=1, le=LARGEST_PAGE, description="Entries of a page.")
    kind: str | None = Field(None, description="Only those of this kind.")
    collection: str | None = Field(None, description="Only those of this collection.")
    case: str | None = Field(None, description="Only those of this case, by its id or by what clients called it.")
    operator: str | None = Field(None, description="Only those of this key.")


class Receipt(Record):
    """A proof that the verifier checks offline: the entry, its way to the root, and the signed checkpoint."""

    format: str
    checkpoint: str
    entry: dict[str, Any]
    proof: list[str]


class EntryPage(Record):
    """Entries in their order; `next` is the index after the last of them, null at the end."""

    entries: list[dict[str, Any]]
    next: int | None


def show_checkpoint(ask: Ask) -> Download:
    """Give the signed checkpoint of now. Whoever keeps it can prove later that nothing before it was changed."""
    return Download(ask.parts.governance.book.checkpoint().encode(), "text/plain")


def show_key(ask: Ask) -> KeyView:
    """Give the public key that checkpoints, receipts and audits are signed with."""
    return KeyView(key=str(ask.parts.governance.book.public_key))


def list_entries(ask: Ask) -> EntryPage:
    """Give entries of the ledger."""
    book, asked = ask.parts.governance.book, ask.query
    case = () if asked.case is None else [asked.case, *book.refs_of("case", asked.case)]
    kinds = () if asked.kind is None else [asked.kind]
    found: list[dict[str, Any]] = []
    for entry in book.entries(
        first=asked.first, kinds=kinds, collection=asked.collection, case=case, operator=asked.operator
    ):
        if len(found) == asked.limit:
            return EntryPage(entries=found, next=entry["index"])
        found.append(entry)
    return EntryPage(entries=found, next=None)


def prove_entry(ask: Ask) -> Receipt:
    """Prove that an entry is in the ledger, with what anybody needs to check it offline."""
    return Receipt(**proofs.receipt(ask.parts.governance.book, int(ask.path["index"])))
