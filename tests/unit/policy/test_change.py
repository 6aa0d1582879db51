"""Which fields a change loosens, and what it then takes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizance.errors import RuleError
from recognizance.policy.change import LOOSER, RERUN_AGE, WAIT, Proposal, Rerun, loosened, require_rerun
from recognizance.policy.document import Policy, Purpose, plain_policy
from recognizance.policy.profile import NAMES, load_profile
from recognizance.values import Role

from .samples import ADA, BEN, DAY, HOUR, NOW, OLGA, key, policy

ONE_SIDED = [
    # field, stricter, looser
    ("kind", "verify", "identify"),
    ("floor", 99.0, 98.9),
    ("fpir_target", 0.001, 0.0011),
    ("most_candidates", 10, 11),
    ("reviewers", 2, 1),
    ("sealed", True, False),
    ("roles", ("operator",), ("administrator", "operator")),
    ("keys", ("RK1",), ("RK1", "RK2")),
    ("keys", ("RK1",), ()),
    ("must_carry", ("case", "authorisation", "purpose"), ("case", "authorisation")),
    ("authorisation_hours", 0, 48),
    ("authorisation_hours", 48, None),
    ("retention_days", 30, 31),
    ("retention_days", 30, None),
    ("consent", "required", "none"),
    ("consent_sources", ("in-person",), ("in-person", "other")),
    ("traits", False, True),
    ("export", False, True),
    ("streams", False, True),
    ("portraits", False, True),
    ("most_faces", 50, 51),
    ("most_faces", 50, None),
    ("searches_per_day", 20, 21),
    ("searches_per_day", 20, None),
    ("audit_days", 30, 365),
    ("audit_days", 30, None),
    ("valid_from", NOW, NOW - HOUR),
    ("valid_from", NOW, None),
    ("valid_until", NOW + HOUR, NOW + DAY),
    ("valid_until", NOW + HOUR, None),
    ("seed_share", 0.1, 0.05),
    ("reviewer_error", 0.05, 0.06),
]

EITHER_WAY = [
    ("purpose", Purpose.RESEARCH, Purpose.DOORSTEP),
    ("legal_basis", "one law", "another law"),
    ("authority", "one office", "another office"),
    ("jurisdiction", "EU", "US-IL"),
    ("keys", ("RK1",), ("RK2",)),
    ("roles", ("operator",), ("administrator",)),
    ("consent_sources", ("in-person",), ("custody",)),
]


@pytest.mark.parametrize(("field", "stricter", "looser"), ONE_SIDED)
def test_one_direction_loosens(field, stricter, looser):
    base = {"reviewers": 2, "valid_from": None, "valid_until": None} | (
        {"sealed": False} if field == "reviewers" else {}
    )
    strict, loose = policy(**base | {field: stricter}), policy(**base | {field: looser})
    assert loosened(strict, loose) == (field,)
    assert loosened(loose, strict) == ()


@pytest.mark.parametrize(("field", "one", "other"), EITHER_WAY)
def test_what_cannot_be_compared_loosens_either_way(field, one, other):
    assert loosened(policy(**{field: one}), policy(**{field: other})) == (field,)
    assert loosened(policy(**{field: other}), policy(**{field: one})) == (field,)


def test_every_field_has_its_direction():
    assert set(LOOSER) == set(Policy.model_fields) - {"name", "version"}
    assert {field for field, *_ in ONE_SIDED + EITHER_WAY} == set(LOOSER)


@pytest.mark.parametrize("name", NAMES)
def test_a_policy_does_not_loosen_itself(name):
    found = load_profile(name)
    assert loosened(found, found.model_copy(update={"version": 2, "name": "other"})) == ()


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("photo-library", ()),
        ("access-control", ()),
        ("doorstep", ()),
        ("police-investigation", ()),
        ("missing-person", ("fpir_target",)),
    ],
)
def test_what_a_first_policy_loosens(name, fields):
    assert loosened(plain_policy(1e-3), load_profile(name)) == fields


TOGETHER = {row[0]: row for row in ONE_SIDED if row[0] not in {"sealed", "must_carry", "consent"}}
"""One row a field, without those that a document ties to others."""


@given(st.sets(st.sampled_from(sorted(TOGETHER)), min_size=1))
def test_a_change_of_many_fields_loosens_each_of_them(fields):
    base = {"sealed": False, "valid_from": None, "valid_until": None}
    strict = policy(**base | {name: TOGETHER[name][1] for name in fields})
    loose = policy(**base | {name: TOGETHER[name][2] for name in fields})
    assert set(loosened(strict, loose)) == fields
    assert loosened(loose, strict) == ()


# --- what a loosening change takes ---------------------------------------------------------------

PROPOSAL = Proposal("p-1", "strict", "{}", None, "strict 1", ("floor",), "because", "a-1", ADA.id, ADA.holder, NOW)


@pytest.mark.parametrize(
    ("name", "by", "at", "done", "code"),
    [
        ("the proposer", ADA, NOW, False, "SAME_PERSON"),
        ("another key of the proposer", replace(BEN, person="Ada"), NOW, False, "SAME_PERSON"),
        ("the proposer, spelt differently", replace(BEN, person="  aDA "), NOW, False, "SAME_PERSON"),
        ("the proposer, in wide letters", replace(BEN, person="\uff21da"), NOW, False, "SAME_PERSON"),
        ("the proposer's key under another name", replace(ADA, person="Zoe"), NOW, False, "SAME_PERSON"),
        ("an operator", OLGA, NOW, False, "NOT_PERMITTED"),
        ("an auditor", key("RKX", Role.AUDITOR), NOW, False, "NOT_PERMITTED"),
        ("too late", BEN, NOW + WAIT, False, "PROPOSAL_EXPIRED"),
        ("twice", BEN, NOW, True, "PROPOSAL_DONE"),
    ],
)
def test_who_may_not_approve(name, by, at, done, code):
    with pytest.raises(RuleError, match=f"^{code}: "):
        replace(PROPOSAL, done=done).admit(by, now=at)


def test_a_second_administrator_may_approve():
    PROPOSAL.admit(BEN, now=NOW + WAIT - HOUR)


def test_two_administrators_whose_keys_name_nobody_are_two():
    PROPOSAL.admit(replace(BEN, person=None, label=""), now=NOW)


class Shelf:
    def rerun(self, name):
        return {"a-1": Rerun(NOW - RERUN_AGE, frozenset({80.0, 90.0}))}.get(name)


@pytest.mark.parametrize(
    ("name", "audit", "floor", "at", "code"),
    [
        ("none named", None, 80.0, NOW, r"RERUN_NEEDED: .*\(floor 80\)"),
        ("unknown", "a-2", 80.0, NOW, r"RERUN_UNKNOWN: .*\(a-2\)"),
        ("too old", "a-1", 80.0, NOW + HOUR, r"RERUN_TOO_OLD: .*\(a-1, run 2026-10-26\)"),
        ("at another threshold", "a-1", 85.0, NOW, r"RERUN_OTHER_THRESHOLD: .*\(a-1 has none at 85\)"),
    ],
)
def test_a_lower_threshold_takes_an_audit(name, audit, floor, at, code):
    with pytest.raises(RuleError, match=code):
        require_rerun(Shelf(), audit, floor=floor, now=at)


def test_an_audit_at_the_new_threshold_is_enough():
    require_rerun(Shelf(), "a-1", floor=80.0, now=NOW)
