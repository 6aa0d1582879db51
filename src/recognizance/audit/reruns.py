"""Reruns: the signed audits of the shelf in, what a change of a threshold needs to know of them out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time

from recognizance.audit.shelf import AuditShelf
from recognizance.policy.change import Rerun


@dataclass(frozen=True, slots=True)
class Reruns:
    """Implements `policy.change.Audits` on a shelf."""

    shelf: AuditShelf

    def rerun(self, name: str) -> Rerun | None:
        """The audit under this name, None where there is none or its signature does not count."""
        for kept in self.shelf.kept():
            if kept.name == name and kept.said is not None:
                audit, _ = kept.said
                at = datetime.combine(audit.audited_on, time(), UTC)
                return Rerun(at, frozenset(figure.similarity for figure in audit.figures))
        return None
