"""The ledger of an installation: drafts in, entries out that are stored, signed and durable.

Inside a `Database.write` of this thread an entry is part of that transaction. Entries that accompany no other change
are committed in groups: whoever comes first writes for all that wait, so that one wait for the disk serves many.
"""

from __future__ import annotations

import hmac
import json
import threading
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Self

from sqlalchemy import Connection

from recognizance.errors import NotFoundError
from recognizance.governance.anchor import Anchor
from recognizance.governance.apart import KeptApart, RevealedText, open_text, seal_text, texts_to_keep
from recognizance.ledger.entry import Draft, compose
from recognizance.ledger.kinds import Json, check
from recognizance.ledger.note import sign, verifying_key
from recognizance.ledger.port import Ledger
from recognizance.ledger.verifier import FIRST, Tree, leaf_hash
from recognizance.signing import PublicKey, SigningKey
from recognizance.storage import ledger as rows
from recognizance.storage.database import Database
from recognizance.storage.folder import DataFolder
from recognizance.vault import Vault

PAGE = 1_000
"""Entries read at a time."""


@dataclass(eq=False, slots=True)
class Ticket:
    """A draft that waits to be written, and the index that it then has."""

    draft: Draft
    index: int | None = None


class Book(Ledger):
    """The real `Ledger`. Safe to call from several threads, beside other processes. The database stays the caller's."""

    def __init__(self, database: Database, vault: Vault, key: SigningKey, secret: bytes, anchor: Anchor) -> None:
        """Use `open` or `of`. `secret` keys the digests of pictures and texts."""
        self.database = database
        self._vault = vault
        self._key = key
        self._secret = secret
        self.anchor = anchor
        self._waiting: deque[Ticket] = deque()
        self._turn = threading.Lock()

    @classmethod
    def open(cls, folder: DataFolder, database: Database, vault: Vault) -> Self:
        """The ledger of a data folder, its end and its anchor checked. Raises StartError."""
        book = cls.of(folder, database, vault)
        book.anchor.check(database)
        book.anchor.publish(book.checkpoint())  # a new ledger has its anchor before its first entry
        return book

    @classmethod
    def of(cls, folder: DataFolder, database: Database, vault: Vault) -> Self:
        """The ledger of a data folder unchecked: to look at it whatever state it is in."""
        key = folder.signing_key()
        secret = hmac.digest(folder.master_key, b"recognizance ledger", "sha256")
        return cls(database, vault, key, secret, Anchor(folder.path, verifying_key(key.public)))

    @property
    def public_key(self) -> PublicKey:
        """The key that checkpoints are signed with."""
        return self._key.public

    # --- recording ------------------------------------------------------------------------------

    def append(self, kind: str, fields: Mapping[str, Json], *, at: datetime) -> int:
        """Record an entry; durable when this returns, or with the transaction of this thread."""
        check(kind, fields)
        draft = Draft(kind, dict(fields), at)
        if self.database.is_writing:
            return self.database.write(partial(self._join, draft=draft))
        ticket = Ticket(draft)
        self._waiting.append(ticket)
        with self._turn:  # whoever had it before may have written for us
            return self._commit(ticket) if ticket.index is None else ticket.index

    def keep_apart(self, what: str, text: str) -> KeptApart:
        """A reference to a text, the one it has already if it is kept."""
        lookup = self._lookup(what, text)
        if known := self.database.read(partial(rows.find_texts, lookup=lookup)):
            return KeptApart(known[0])
        return seal_text(self._vault, what, text, lookup=lookup)

    def image_digest(self, data: bytes) -> str:
        """HMAC-SHA256 under a key of this installation."""
        return self._digest(b"image", data)

    # --- texts kept apart -----------------------------------------------------------------------

    def reveal(self, refs: Sequence[str], *, operator: str, case: str | None, at: datetime) -> list[RevealedText]:
        """Texts by reference, those that are not erased; that they were shown is an entry, written first."""
        self.append("reveal", {"refs": list(refs), "operator": operator, "case": case}, at=at)
        return [open_text(self._vault, row) for row in self.database.read(partial(rows.texts_of, refs=refs))]

    def erase(self, what: str, text: str, *, operator: str, at: datetime) -> list[str]:
        """Erase a text wherever entries refer to it; gives the references, which from now on lead nowhere.

        What entries committed to can then be neither read nor guessed: the key of the commitment is gone too.
        Raises NotFoundError for a text that is not kept.
        """

        def work(connection: Connection) -> list[str]:
            refs = [row.ref for row in rows.find_texts(connection, lookup=self._lookup(what, text))]
            if not refs:
                raise NotFoundError(f"no such {what} is kept beside the ledger")
            rows.erase_texts(connection, refs)
            self.append("erasure", {"refs": refs, "operator": operator}, at=at)
            self.database.after_commit(self.database.scrub_log)
            return refs

        return self.database.write(work)

    def refs_of(self, what: str, text: str) -> list[str]:
        """The references of a text that is kept."""
        return [row.ref for row in self.database.read(partial(rows.find_texts, lookup=self._lookup(what, text)))]

    # --- reading --------------------------------------------------------------------------------

    def checkpoint(self) -> str:
        """The signed checkpoint of now."""
        head = self.database.read(rows.find_head)
        return sign(Tree(), self._key) if head is None else head.note

    def stored(self, *, first: int = 0, **filters: Any) -> Iterator[rows.EntryRow]:
        """Entries from number `first` on, in order, with the filters of `storage.ledger.page`."""
        while found := self.database.read(partial(rows.page, first=first, limit=PAGE, **filters)):
            yield from found
            first = found[-1].number + 1

    def entries(self, *, first: int = 0, **filters: Any) -> Iterator[dict[str, Any]]:
        """As `stored`, the entries as they were recorded."""
        return (json.loads(row.body) for row in self.stored(first=first, **filters))

    # --- steps ----------------------------------------------------------------------------------

    def _commit(self, own: Ticket) -> int:
        """Write all that waits in one transaction; gives the index of `own`.

        A failure is that of `own` alone: the others wait again, and the next of them tries.
        """
        group = [self._waiting.popleft() for _ in range(len(self._waiting))]
        try:
            head = self.database.write(partial(self._record, drafts=[ticket.draft for ticket in group]))
        except BaseException:
            self._waiting.extendleft(ticket for ticket in reversed(group) if ticket is not own)
            raise
        for index, ticket in enumerate(group, head.size - len(group)):
            ticket.index = index
        self.anchor.publish(head.note)
        return head.size - len(group) + group.index(own)

    def _join(self, connection: Connection, draft: Draft) -> int:
        """Append a draft as a part of a transaction that another caller began."""
        index = self._record(connection, [draft]).size - 1
        # The checkpoint is read again then: a part of the transaction, with this entry, may be undone before it ends.
        self.database.after_commit(lambda: self.anchor.publish(self.checkpoint()))
        return index

    def _record(self, connection: Connection, drafts: Sequence[Draft]) -> rows.Head:
        """Append drafts in the transaction in progress, and sign what the ledger then is."""
        head = rows.find_head(connection)
        tree = Tree() if head is None else Tree(head.size, _hashes(head.peaks))
        previous, last = (FIRST, None) if head is None else (head.previous, head.at)
        fresh = []
        for draft in drafts:
            entry = compose(draft, index=tree.size, previous=previous, last=last)
            leaf = leaf_hash(entry.body)
            previous, last = leaf.hex(), entry.at
            fresh.append(
                rows.EntryRow(
                    number=entry.index,
                    at=entry.at,
                    kind=draft.kind,
                    **rows.copies(draft.fields),
                    body=entry.body.decode(),
                    nodes=b"".join(tree.add(leaf)),
                )
            )
        assert last is not None  # there is at least one draft
        rows.add(connection, fresh)
        rows.keep_texts(connection, [row for draft in drafts for row in texts_to_keep(draft.fields)])
        head = rows.Head(tree.size, b"".join(tree.peaks), previous, last, sign(tree, self._key))
        rows.put_head(connection, head)
        return head

    def _lookup(self, what: str, text: str) -> str:
        return self._digest(b"text", f"{what}\0{text}".encode())

    def _digest(self, use: bytes, data: bytes) -> str:
        return hmac.digest(self._secret, use + b"\0" + data, "sha256").hex()


def _hashes(peaks: bytes) -> list[bytes]:
    return [peaks[at : at + rows.HASH_BYTES] for at in range(0, len(peaks), rows.HASH_BYTES)]
