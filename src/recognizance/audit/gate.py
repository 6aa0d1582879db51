"""Gate: the signed audits, the models as they are now and a search in, whether the search may be made out.

A collection demands a current audit by a tag (`AUDIT_TAG`). Then its searches need one signed statement about exactly
these networks and this curve, valid now, of pictures of the same kind, and of a gallery not much smaller.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum, unique
from pathlib import Path

from recognizance.audit.attestation import TamperedError
from recognizance.audit.drift import Tail
from recognizance.audit.files import WatchedFiles
from recognizance.audit.shelf import AuditShelf, Kept
from recognizance.errors import RuleError

AUDIT_TAG = "recognizance:audit"
"""Tag of a collection: anything but `off` demands an audit, so that a slip of the pen does not let searches through."""

IMAGES_TAG = "recognizance:images"
"""Tag of a collection: the kind of pictures that it is searched with; an audit of another kind does not count."""

GALLERY_FACTOR = 10
"""A gallery may hold so many times the people of the audited one. An audit measures sizes a factor of ten apart (the
whole gallery, a tenth, a hundredth), and what it found from one to the next is what can be said of the next."""


@unique
class Reason(Enum):
    """Why no audit allows a search: the code, and what to do. The later, the nearer an audit came."""

    AUDIT_MISSING = "no audit is signed here; run `recognizance audit run`, then `recognizance audit sign`"
    AUDIT_UNTRUSTED = "the audit is signed with a key that is not trusted here; see `recognizance audit trust`"
    AUDIT_TAMPERED = "the audit is not what was signed; put back the file, or sign anew"
    AUDIT_MODEL_CHANGED = "the audit is of other models than those that search now; audit these"
    AUDIT_OTHER_IMAGES = "the audit is of another kind of pictures than the collection is searched with"
    AUDIT_NOT_YET_VALID = "the audit is not valid yet"
    AUDIT_EXPIRED = "the audit is past its validity; audit again"
    AUDIT_GALLERY_TOO_LARGE = (
        f"the collection holds more than {GALLERY_FACTOR} times the people of the audited gallery; audit with more"
    )


@dataclass(frozen=True, slots=True)
class Demand:
    """What a search needs an audit of: how many templates are searched, and which kind of pictures, None for any."""

    templates: int
    images: str | None = None


def judge(kept: Sequence[Kept], parts: Mapping[str, str], demand: Demand, *, now: datetime) -> Reason | None:
    """Why no statement allows a search with models of these `parts` (SHA-256 by name); None where one does."""
    reasons = [_judge_one(one, parts, demand, now) for one in kept]
    if None in reasons:
        return None
    order = list(Reason)
    return max((reason for reason in reasons if reason), key=order.index, default=Reason.AUDIT_MISSING)


def _judge_one(kept: Kept, parts: Mapping[str, str], demand: Demand, now: datetime) -> Reason | None:
    if kept.said is None:
        return Reason.AUDIT_TAMPERED if isinstance(kept.flaw, TamperedError) else Reason.AUDIT_UNTRUSTED
    audit, _ = kept.said
    tests = (
        (audit.parts == parts, Reason.AUDIT_MODEL_CHANGED),
        (demand.images in {None, audit.images}, Reason.AUDIT_OTHER_IMAGES),
        (now >= audit.valid_from, Reason.AUDIT_NOT_YET_VALID),
        (now < audit.valid_until, Reason.AUDIT_EXPIRED),
        (demand.templates <= GALLERY_FACTOR * audit.gallery_people, Reason.AUDIT_GALLERY_TOO_LARGE),
    )
    return next((reason for holds, reason in tests if not holds), None)


class AuditGate:
    """Asks for a current audit before searches. Safe to call from several threads."""

    def __init__(self, shelf: AuditShelf, loaded: Mapping[str, str], files: Mapping[str, Path]) -> None:
        """`loaded`: SHA-256 by name of what searches; `files`: where some of these parts lie, which must stay so."""
        self._shelf = shelf
        self._loaded = dict(loaded)
        self._files = WatchedFiles(files)
        self._latest = datetime.min.replace(tzinfo=UTC)

    def digests(self) -> dict[str, str]:
        """SHA-256 by name of all that searches, as it is now."""
        return self._loaded | self._files.digests()

    def check(self, tags: Mapping[str, str], templates: int, now: datetime) -> None:
        """Let a search among `templates` of a collection with these tags pass. Raises RuleError with the code."""
        if tags.get(AUDIT_TAG, "off") == "off":
            return
        reason = self.judge(Demand(templates, tags.get(IMAGES_TAG)), now)
        if reason is not None:
            raise RuleError(reason.name, f"{reason.value}.")

    def audited_at(self, tags: Mapping[str, str], templates: int, now: datetime) -> datetime | None:
        """When the newest audit was made that allows a search among `templates`; None where none does."""
        self._latest = max(self._latest, now)
        demand, parts = Demand(templates, tags.get(IMAGES_TAG)), self.digests()
        counts = [
            one.said[0].valid_from
            for one in self._shelf.kept()
            if one.said and _judge_one(one, parts, demand, self._latest) is None
        ]
        return max(counts, default=None)

    def judge(self, demand: Demand, now: datetime) -> Reason | None:
        """Why no audit allows a search; None where one does. A clock that is set back gives no audit more time."""
        self._latest = max(self._latest, now)
        return judge(self._shelf.kept(), self.digests(), demand, now=self._latest)

    def tail(self, now: datetime) -> Tail | None:
        """Where strangers scored in the newest valid audit of what searches here; None where none says it."""
        kept = self._shelf.kept()
        current = [one.said[0] for one in kept if one.said and _judge_one(one, self._loaded, Demand(0), now) is None]
        newest = max(current, key=lambda audit: audit.valid_from, default=None)
        return newest.tail if newest else None
