"""All rules together, as a call meets them: stories of a police search, a doorstep and a missing person."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from recognizance.errors import RuleError
from recognizance.governance.authorisations import Authorisations, Filing
from recognizance.governance.changes import Changes
from recognizance.governance.limits import Limits
from recognizance.governance.policies import TAG, Policies
from recognizance.governance.rulebook import Asker, Place, Rulebook
from recognizance.governance.stops import Order, Stops
from recognizance.policy.decision import Obligation
from recognizance.policy.document import Purpose
from recognizance.policy.profile import NAMES, load_profile
from recognizance.policy.stop import Scope
from recognizance.signing import SigningKey
from recognizance.storage.database import Database
from recognizance.testing.ledger import FakeLedger
from recognizance.values import AccessKey, Collection, Role

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def key(name, role=Role.OPERATOR):
    return AccessKey(f"RK-{name}", role, "", NOW, None, person=name)


ADA, BEN, OLGA = key("ada", Role.ADMINISTRATOR), key("ben", Role.ADMINISTRATOR), key("olga")


@dataclass(frozen=True)
class Wish:
    operation: str
    key: AccessKey
    said: dict = field(default_factory=dict)
    collection: str | None = None
    policy: str | None = None
    faces: int = 0
    new_faces: int = 0
    audited: bool = True


POLICE = Wish(
    "SearchFacesByImage", OLGA, {"case": "C-1", "authorisation": "A-1"}, "people", "police-investigation", faces=1000
)


@pytest.fixture
def rules(tmp_path):
    signer, ledger = SigningKey("here", b"1" * 32), FakeLedger()
    with Database.open(f"sqlite:///{tmp_path / 'rules.db'}") as database:
        policies = Policies(database, signer.public, fpir_target=0.001)
        changes = Changes(database, ledger, signer, policies=policies, audits=None, keep=lambda *_, **__: None)
        for name in NAMES:
            changes.put(load_profile(name), by=ADA, now=NOW)
        yield Rulebook(
            database, ledger, policies, Stops(database, ledger), Authorisations(database, ledger),
            Limits(database, ledger), opener=None, audited_at=lambda place, now: place.collection.created_at,
        )  # fmt: skip


def permit(rules, wish, now=NOW):
    place = None
    if wish.collection is not None:
        created = NOW if wish.audited else NOW - 366 * DAY
        collection = Collection(wish.collection, "s/1", "1", created, wish.faces)
        place = Place(collection, {TAG: wish.policy} if wish.policy else {})
    asker = Asker(wish.operation, wish.key, "r-1", wish.said)
    return rules.permit(asker, place, new_faces=wish.new_faces, now=now)


def search(rules, wish=POLICE, now=NOW):
    """Ask, and do what recording a search does to counts and clocks."""
    found = permit(rules, wish, now)
    if Obligation.COUNT in found.obligations:
        rules.limits.spend(found.policy, wish.key, now=now)
    if Obligation.CLOCK in found.obligations:
        rules.authorisations.start(
            wish.said, wish.collection, hours=found.policy.authorisation_hours, found=None, now=now
        )
    return found


def refused(code):
    return pytest.raises(RuleError, match=f"^{code}: ")


def test_a_police_search_has_a_case_an_authorisation_and_two_reviewers(rules):
    found = search(rules)
    assert found.policy == load_profile("police-investigation")
    assert found.obligations == set(Obligation) - {Obligation.CONSENT}
    assert rules.limits.searches(found.policy, OLGA, now=NOW) == 1
    for name in ("case", "authorisation"):
        said = {word: text for word, text in POLICE.said.items() if word != name}
        with refused(f"{name}_MISSING".upper()):
            permit(rules, replace(POLICE, said=said))
    with refused("CASE_SEALED"):
        search(rules, now=NOW + 48 * HOUR)
    with refused("CASE_SEALED"):
        search(rules, now=NOW + 48 * HOUR, wish=replace(POLICE, said=POLICE.said | {"case": " c-1"}))
    with refused("ROLE_NOT_PERMITTED"):
        permit(rules, replace(POLICE, key=ADA))
    with refused("AUDIT_TOO_OLD"):
        permit(rules, replace(POLICE, audited=False))


def test_a_police_search_goes_on_once_a_court_permits_it(rules):
    search(rules)
    rules.authorisations.register(Filing("A-1", "C-1", "a court", expires_at=NOW + 9 * DAY), by=ADA, now=NOW + DAY)
    search(rules, now=NOW + 5 * DAY)
    with refused("AUTHORISATION_EXPIRED"):
        search(rules, now=NOW + 9 * DAY)


def test_the_day_has_as_many_searches_as_the_policy_says(rules):
    for _ in range(20):
        search(rules)
    with refused("SEARCHES_SPENT"):
        permit(rules, POLICE)


def test_a_moratorium_may_spare_missing_people(rules):
    rules.stops.set(Order(Scope.INSTALLATION, None, "a moratorium", spared=(Purpose.MISSING_PERSON,)), by=ADA, now=NOW)
    missing = replace(POLICE, policy="missing-person")
    assert search(rules, missing).policy.most_candidates == 50
    for other in (POLICE, Wish("DetectFaces", OLGA), Wish("SearchFaces", OLGA, collection="plain")):
        with refused("STOPPED"):
            permit(rules, other)
    permit(rules, Wish("DeleteFaces", OLGA, collection="people", policy=POLICE.policy))


def test_a_doorstep_knows_fifty_who_consented(rules):
    enrol = Wish("IndexFaces", OLGA, {"consent": "K-1"}, "door", "doorstep", faces=49, new_faces=1)
    assert permit(rules, enrol).obligations == {Obligation.CONSENT}
    with refused("COLLECTION_FULL"):
        permit(rules, replace(enrol, faces=50))
    with refused("CONSENT_MISSING"):
        permit(rules, replace(enrol, said={}))


def test_access_control_never_searches(rules):
    for operation in ("SearchFaces", "SearchFacesByImage", "SearchUsers", "SearchUsersByImage", "StartFaceSearch"):
        with refused("IDENTIFICATION_OFF"):
            permit(rules, Wish(operation, OLGA, collection="gate", policy="access-control"))
    permit(rules, Wish("CompareFaces", OLGA, collection="gate", policy="access-control"))


def test_a_collection_without_a_policy_is_plain_rekognition(rules):
    wish = Wish("SearchFacesByImage", ADA, collection="plain", faces=10**6)
    assert search(rules, wish).obligations == {Obligation.RECORD}
    assert permit(rules, Wish("DetectFaces", OLGA)).obligations == set()


def test_a_clock_that_is_set_back_does_not_revive_a_policy(rules):
    wish = Wish("SearchFaces", OLGA, collection="people", policy="brief")
    brief = load_profile("photo-library").model_copy(
        update={"name": "brief", "valid_until": NOW + DAY, "searches_per_day": 9}
    )
    signer = SigningKey("here", b"1" * 32)
    Changes(
        rules.limits._database, FakeLedger(), signer, policies=rules.policies, audits=None, keep=lambda *_, **__: None
    ).put(brief, by=ADA, now=NOW)
    search(rules, wish)
    with refused("POLICY_EXPIRED"):
        permit(rules, wish, NOW + DAY)
    rules.stops.end_due(now=NOW + DAY)  # whatever writes notes the time
    with refused("POLICY_EXPIRED"):
        permit(rules, wish)
