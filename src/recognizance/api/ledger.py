"""Ledger: checkpoints and the public key for anybody, entries for auditors."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from recognizance.api.endpoint import Ask, Download, Record

LARGEST_PAGE = 1000


class KeyView(Record):
    """The public key of an installation, as the verifier takes it."""

    key: str


class EntryQuery(Record):
    """Which entries."""

    first: int = Field(0, ge=0, le=2**53, description="Index of the first entry.")
    limit: int = Field(100, ge=1, le=LARGEST_PAGE, description="Entries of a page.")


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
    first, limit = ask.query.first, ask.query.limit
    found: list[dict[str, Any]] = []
    for entry in ask.parts.governance.book.entries(first=first):
        if len(found) == limit:
            return EntryPage(entries=found, next=entry["index"])
        found.append(entry)
    return EntryPage(entries=found, next=None)
