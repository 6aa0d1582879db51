"""Policies: what holds for a collection, and every version that held. A forged one counts for nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache, partial

from sqlalchemy import Connection

from recognizance.errors import PolicyNotFoundError, RuleError
from recognizance.policy.document import Policy, plain_policy
from recognizance.policy.operation import BIOMETRIC, OPERATIONS
from recognizance.policy.reason import Reason
from recognizance.policy.signed import Accepted, open_policy
from recognizance.signing import PublicKey
from recognizance.storage import collections as collection_rows
from recognizance.storage import policies as rows
from recognizance.storage import tags as tag_rows
from recognizance.storage.database import Database
from recognizance.storage.policies import PolicyRow

TAG = "recognizance:policy"
"""Tag of a collection: the name of its policy."""

_KEPT_OPEN = 256


@dataclass(frozen=True, slots=True)
class Held:
    """What holds under a name or for a collection: name and version in words, and the policy, None if unreadable."""

    label: str
    policy: Policy | None


class Policies:
    """The policies of an installation, read. Safe to call from several threads and beside other processes."""

    def __init__(self, database: Database, key: PublicKey, *, fpir_target: float) -> None:
        """`key` signed the policies; `fpir_target` is that of collections without one."""
        self._database = database
        self.plain = plain_policy(fpir_target)
        # By its bytes: what another process puts has other ones, so nothing here can be out of date.
        self._open = lru_cache(_KEPT_OPEN)(partial(open_policy, key=key))

    def of(self, tags: Mapping[str, str]) -> Policy:
        """What holds for a collection with these tags. Raises RuleError POLICY_UNKNOWN, POLICY_TAMPERED."""
        name = tags.get(TAG)
        if name is None:
            return self.plain
        row = self._database.read(partial(rows.newest, name=name))
        if row is None:
            raise Reason.POLICY_UNKNOWN.error(name)
        return self.read(row)

    def governing(self, operation: str, tags: Mapping[str, str]) -> Policy:
        """As `of`; lists and deletions need no policy, so that a forged one keeps nobody from deleting."""
        return self.of(tags) if OPERATIONS.get(operation) in BIOMETRIC else self.plain

    def find(self, name: str, version: int | None = None) -> Accepted:
        """A version, or the newest one. Raises PolicyNotFoundError, RuleError POLICY_TAMPERED."""

        def work(connection: Connection) -> PolicyRow:
            return newest(connection, name) if version is None else rows.find(connection, name, version)

        return self._accepted(self._database.read(work))

    def history(self, name: str) -> list[Accepted]:
        """All versions, oldest first. Raises PolicyNotFoundError, RuleError POLICY_TAMPERED."""
        return [self._accepted(row) for row in self._database.read(partial(rows.history, name=name))]

    def every(self) -> list[Accepted]:
        """The newest version of each policy, by name. Raises RuleError POLICY_TAMPERED."""
        return [self._accepted(row) for row in self._database.read(rows.every)]

    def read(self, row: PolicyRow) -> Policy:
        """The policy of a row. Raises RuleError POLICY_TAMPERED."""
        return self._open(row.document, row.signature, name=row.name, version=row.version)

    def held(self, connection: Connection, name: str) -> Held | None:
        """What holds under a name; None where nothing does."""
        row = rows.newest(connection, name)
        if row is None:
            return None
        try:
            policy = self.read(row)
        except RuleError:  # tampered with: nobody can tell what it permitted
            policy = None
        return Held(f"{name} {row.version}", policy)

    def held_for(self, connection: Connection, collection_id: str) -> Held:
        """What holds for a collection. Raises CollectionNotFoundError."""
        number = collection_rows.find(connection, collection_id).number
        name = tag_rows.find(connection, number).get(TAG)
        if name is None:
            return Held(label(self.plain), self.plain)
        return self.held(connection, name) or Held(f"{name}, unknown", None)

    def _accepted(self, row: PolicyRow) -> Accepted:
        return Accepted(self.read(row), row.accepted_at, row.put_by, row.approved_by)


def newest(connection: Connection, name: str) -> PolicyRow:
    """The row of the newest version. Raises PolicyNotFoundError."""
    row = rows.newest(connection, name)
    if row is None:
        raise PolicyNotFoundError(name)
    return row


def label(policy: Policy) -> str:
    """Name and version in words."""
    return f"{policy.name} {policy.version}"
