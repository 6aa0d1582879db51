"""Texts kept apart: a text that identifies somebody in, a reference for entries and a sealed row beside them out."""

from __future__ import annotations

import json
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from recognizance.ledger.kinds import Json
from recognizance.ledger.verifier import commitment, references
from recognizance.storage.ledger import TextRow
from recognizance.vault import KEY_BYTES, Vault


class KeptApart(dict[str, Json]):
    """A reference as entries hold it, with the sealed text that is to be stored beside the entry."""

    def __init__(self, row: TextRow) -> None:
        super().__init__(ref=row.ref, commitment=row.commitment)
        self.row = row


@dataclass(frozen=True, slots=True)
class RevealedText:
    """A text that was kept apart, with the key by which anyone can check the commitment in the entries."""

    ref: str
    what: str
    text: str
    key: str
    """32 bytes in hex."""


def seal_text(vault: Vault, what: str, text: str, *, lookup: str) -> KeptApart:
    """A text under a fresh reference and a fresh key for its commitment; `lookup` finds it again."""
    ref, key = str(uuid.uuid4()), secrets.token_bytes(KEY_BYTES)
    sealed = vault.seal_secret(_name(ref), json.dumps({"what": what, "text": text, "key": key.hex()}))
    return KeptApart(TextRow(ref, lookup, commitment(key, what, text), sealed))


def open_text(vault: Vault, row: TextRow) -> RevealedText:
    """The text of a row. Raises SealError."""
    return RevealedText(row.ref, **json.loads(vault.open_secret(_name(row.ref), row.sealed)))


def texts_to_keep(fields: Mapping[str, Json]) -> list[TextRow]:
    """The rows that go with an entry of these fields."""
    return [reference.row for reference in references(fields) if isinstance(reference, KeptApart)]


def _name(ref: str) -> str:
    return f"ledger text {ref}"
