"""The parts of governance together, made once in `app`."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from recognizance.errors import RuleError
from recognizance.gallery import Gallery
from recognizance.governance.authorisations import Authorisations
from recognizance.governance.book import Book
from recognizance.governance.cases import Cases
from recognizance.governance.changes import Changes
from recognizance.governance.consents import Consents
from recognizance.governance.housekeeping import Housekeeper
from recognizance.governance.limits import Limits
from recognizance.governance.opening import Opener
from recognizance.governance.policies import Policies
from recognizance.governance.portraits import Portraits
from recognizance.governance.proofs import receipt
from recognizance.governance.receipts import Receipts
from recognizance.governance.retentions import Retentions
from recognizance.governance.reviewers import Reviewers
from recognizance.governance.rulebook import AuditedAt, Rulebook
from recognizance.governance.seeds import Alike, Seeds
from recognizance.governance.stops import Stops
from recognizance.governance.subjects import Subjects
from recognizance.governance.traces import Tracer
from recognizance.policy.authorisation import Clock
from recognizance.policy.change import Audits
from recognizance.policy.document import Purpose
from recognizance.signing import SigningKey
from recognizance.storage.database import Database
from recognizance.vault import Vault


@dataclass(frozen=True, slots=True)
class Governance:
    """What rules need, in one hand."""

    book: Book
    rulebook: Rulebook
    consents: Consents
    receipts: Receipts
    retentions: Retentions
    policies: Policies
    changes: Changes
    stops: Stops
    authorisations: Authorisations
    cases: Cases
    reviewers: Reviewers
    portraits: Portraits
    subjects: Subjects
    housekeeper: Housekeeper


def build_governance(  # noqa: PLR0913 - what all parts share
    database: Database,
    vault: Vault,
    book: Book,
    key: SigningKey,
    gallery: Gallery,
    *,
    alike: Alike,
    audits: Audits,
    audited_at: AuditedAt,
    fpir_target: float,
) -> Governance:
    """All parts over one database. `alike` gives lookalikes of an enrolled face, for seeded cases."""
    receipts = Receipts(database, gallery, book, partial(receipt, book))
    retentions = Retentions(database, gallery, book, receipts)
    policies = Policies(database, book.public_key, fpir_target=fpir_target)
    stops, authorisations = Stops(database, book), Authorisations(database, book)
    reviewers, portraits = Reviewers(database, book), Portraits(database, vault)
    # Nobody may foresee which cases have a known answer.
    seeds = Seeds(database, alike, random.SystemRandom())
    opener = Opener(database, vault, book, seeds)
    rulebook = Rulebook(
        database=database,
        ledger=book,
        policies=policies,
        stops=stops,
        authorisations=authorisations,
        limits=Limits(database, book),
        opener=opener,
        audited_at=audited_at,
    )

    def overdue(case_id: str, now: datetime) -> bool:
        return authorisations.state(case_id, now=now) is not Clock.OPEN

    def purpose_of(collection_id: str) -> str | None:
        try:
            return policies.of(gallery.tags(collection_id)).purpose
        except RuleError:  # nobody can read the policy: it may be one whose searches are told later
            return Purpose.POLICE_INVESTIGATION

    cases = Cases(database, vault, book, reviewers=reviewers, portraits=portraits, overdue=overdue)
    return Governance(
        book=book,
        rulebook=rulebook,
        policies=policies,
        changes=Changes(database, book, key, policies=policies, audits=audits, keep=retentions.set_days),
        consents=Consents(database, gallery, book),
        receipts=receipts,
        retentions=retentions,
        stops=stops,
        authorisations=authorisations,
        cases=cases,
        reviewers=reviewers,
        portraits=portraits,
        subjects=Subjects(database, gallery, book, cases, receipts, Tracer(database, book, purpose_of)),
        housekeeper=Housekeeper(stops, authorisations, cases, retentions),
    )
