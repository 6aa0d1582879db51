"""A permitted use satisfies every rule, and whatever breaks one is refused with that rule's reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recognizance.policy.authorisation import Clock, Standing
from recognizance.policy.decision import Ask, Obligation, Permit, Refusal, decide
from recognizance.policy.document import plain_policy
from recognizance.policy.operation import OPERATIONS, Use
from recognizance.policy.reason import Reason
from recognizance.policy.stop import Scope, Stop
from recognizance.values import Role
from recognizance.wire.model import load_model

from .samples import DAY, HOUR, NOW, SAID, ask, key, policy

S, T, R = Use.SEARCH, Use.STREAM, Use.RESULTS
USES = {Use.LOOK, Use.COMPARE, S, R, T, Use.ENROL, Use.KEEP, Use.TRAITS, Use.EXPORT}
"""Written down here once more, apart from the code's own table."""


def stop(scope, target, **changes):
    return replace(Stop("s-1", Scope(scope), target, "because", "RKADA", NOW - DAY), **changes)


def without(name):
    return {"said": {word: text for word, text in SAID.items() if word != name}}


def saying(**said):
    return {"said": SAID | said}


def stops(scope, target):
    return [
        ("endless", {}, {"stops": (stop(scope, target),)}),
        ("a moment before its end", {}, {"stops": (stop(scope, target, until=NOW + timedelta(milliseconds=1)),)}),
        ("sparing another purpose", {}, {"stops": (stop(scope, target, spared=("missing-person",)),)}),
        ("beside one that ended", {}, {"stops": (stop(scope, target, until=NOW), stop(scope, target))}),
    ]


BREAKS = [
    # reason, uses, [(name, what is other in the policy, what is other in the ask)]
    (
        Reason.STOPPED,
        USES,
        [
            (f"{scope}: {name}", *rest)
            for scope, target in (
                ("installation", None),
                ("collection", "people"),
                ("purpose", "police-investigation"),
            )
            for name, *rest in stops(scope, target)
        ],
    ),
    (
        Reason.POLICY_NOT_YET_VALID,
        USES,
        [
            ("begins in a millisecond", {"valid_from": NOW + timedelta(milliseconds=1)}, {}),
            ("begins next year", {"valid_from": NOW + 365 * DAY, "valid_until": None}, {}),
        ],
    ),
    (
        Reason.POLICY_EXPIRED,
        USES,
        [("ends now", {"valid_until": NOW}, {}), ("ended", {"valid_from": None, "valid_until": NOW - DAY}, {})],
    ),
    (Reason.IDENTIFICATION_OFF, {S, T, R}, [("1:1 alone", {"kind": "verify"}, {})]),
    (Reason.TRAITS_OFF, {Use.TRAITS}, [("off", {"traits": False}, {})]),
    (Reason.EXPORT_OFF, {Use.EXPORT}, [("off", {"export": False}, {})]),
    (Reason.STREAMS_OFF, {T}, [("off", {"streams": False}, {})]),
    (
        Reason.ROLE_NOT_PERMITTED,
        {S, T, R, Use.EXPORT},
        [(role.value, {}, {"key": key(role=role)}) for role in Role if role is not Role.OPERATOR]
        + [("operators may not", {"roles": ("administrator",)}, {})],
    ),
    (
        Reason.KEY_NOT_PERMITTED,
        {S, T, R, Use.EXPORT},
        [
            ("another key of the same person", {}, {"key": key("RKOTHER")}),
            ("in another case", {}, {"key": key("rkoperator")}),
        ],
    ),
    (
        Reason.PURPOSE_MISMATCH,
        USES,
        [("another", {}, saying(purpose="research")), ("capitals", {}, saying(purpose="Police-Investigation"))],
    ),
    (Reason.PURPOSE_MISSING, {S, T}, [("none", {}, without("purpose")), ("nothing", {}, {"said": {"case": "C-1"}})]),
    (Reason.CASE_MISSING, {S, T}, [("none", {}, without("case")), ("blank", {}, saying(case="  "))]),
    (
        Reason.AUTHORISATION_MISSING,
        {S, T},
        [("none", {}, without("authorisation")), ("blank", {}, saying(authorisation=" \t"))],
    ),
    (Reason.CASE_SEALED, {S, T, R}, [("sealed", {}, {"clock": Clock.SEALED})]),
    (Reason.CASE_DESTROYED, {S, T, R}, [("destroyed", {}, {"clock": Clock.DESTROYED})]),
    (
        Reason.AUTHORISATION_UNKNOWN,
        {S, T},
        [
            ("unknown", {}, {"standing": Standing.UNKNOWN}),
            ("nobody looked", {}, {"standing": Standing.ABSENT}),
            ("to be there before", {"authorisation_hours": 0}, {"standing": Standing.PENDING}),
        ],
    ),
    (Reason.AUTHORISATION_EXPIRED, {S, T}, [("expired", {}, {"standing": Standing.EXPIRED})]),
    (Reason.AUTHORISATION_REJECTED, {S, T}, [("rejected", {}, {"standing": Standing.REJECTED})]),
    (Reason.AUTHORISATION_OTHER_SCOPE, {S, T}, [("another case's", {}, {"standing": Standing.OTHER_SCOPE})]),
    (Reason.AUTHORISATION_OWN, {S, T}, [("the searcher's own", {}, {"standing": Standing.OWN})]),
    (Reason.CONSENT_MISSING, {Use.ENROL}, [("none", {}, without("consent")), ("blank", {}, saying(consent=" "))]),
    (
        Reason.COLLECTION_FULL,
        {Use.ENROL},
        [("one too many", {}, {"faces": 50}), ("many at once", {}, {"faces": 0, "new_faces": 51})],
    ),
    (Reason.AUDIT_MISSING, {S, T}, [("none that counts", {}, {"audited_at": None})]),
    (
        Reason.AUDIT_TOO_OLD,
        {S, T},
        [("a year", {}, {"audited_at": NOW - 365 * DAY}), ("a day", {"audit_days": 1}, {"audited_at": NOW - DAY})],
    ),
    (
        Reason.SEARCHES_SPENT,
        {S, T},
        [("spent", {}, {"searches": 20}), ("overspent", {}, {"searches": 21}), ("one", {"searches_per_day": 1}, {})],
    ),
]

MATRIX = [
    (operation, reason, name, policy_changes, ask_changes)
    for operation, use in OPERATIONS.items()
    for reason, uses, cases in BREAKS
    if use in uses
    for name, policy_changes, ask_changes in cases
]

STRANGERS = [*sorted(set(load_model().operations) - set(OPERATIONS)), "", "searchfaces", "SearchFaces ", "Ping"]


def test_the_matrix_is_large_and_names_every_rule():
    assert len(MATRIX) + len(STRANGERS) >= 500
    refusals = {reason for reason, *_ in BREAKS} | {Reason.OPERATION_UNKNOWN}
    # The rest is raised by what keeps rows, and not decided here.
    assert refusals == set(list(Reason)[: list(Reason).index(Reason.STOPPED) + 1]) - {
        Reason.POLICY_UNKNOWN,
        Reason.POLICY_TAMPERED,
        Reason.AUTHORISATION_KNOWN,
        Reason.AUTHORISATION_ENDED,
    }


@pytest.mark.parametrize("operation", OPERATIONS)
def test_what_satisfies_every_rule_is_permitted(operation):
    verdict = decide(policy(), ask(operation), now=NOW)
    assert isinstance(verdict, Permit)
    assert verdict.use is OPERATIONS[operation]


@pytest.mark.parametrize(
    ("operation", "reason", "name", "policy_changes", "ask_changes"),
    MATRIX,
    ids=[f"{operation}-{reason.name}-{name}" for operation, reason, name, *_ in MATRIX],
)
def test_one_broken_rule_refuses(operation, reason, name, policy_changes, ask_changes):
    verdict = decide(policy(**policy_changes), ask(operation, **ask_changes), now=NOW)
    assert isinstance(verdict, Refusal)
    assert verdict.reason is reason
    assert str(verdict.error()).startswith(f"{reason.name}: {reason.value} (")


@pytest.mark.parametrize("operation", STRANGERS)
def test_an_operation_that_no_rule_knows_is_refused(operation):
    for terms in (policy(), plain_policy(1e-3)):
        verdict = decide(terms, ask(operation), now=NOW)
        assert isinstance(verdict, Refusal)
        assert verdict.reason is Reason.OPERATION_UNKNOWN


@pytest.mark.parametrize("operation", [name for name, use in OPERATIONS.items() if use not in USES])
def test_lists_and_deletions_go_on_where_nothing_else_does(operation):
    bare = Ask(operation, key("RKX", Role.AUDITOR), stops=(stop("installation", None), stop("collection", "people")))
    assert isinstance(decide(policy(valid_until=NOW), bare, now=NOW), Permit)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_operation_can_be_stopped_by_its_name(operation):
    verdict = decide(policy(), ask(operation, stops=(stop("operation", operation),)), now=NOW)
    assert isinstance(verdict, Refusal)
    assert verdict.reason is Reason.STOPPED


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("another collection", stop("collection", "others")),
        ("another purpose", stop("purpose", "research")),
        ("another operation", stop("operation", "SearchUsers")),
        ("its end has come", stop("installation", None, until=NOW)),
        ("this purpose is spared", stop("installation", None, spared=("research", "police-investigation"))),
    ],
)
def test_a_stop_of_something_else_lets_pass(name, found):
    assert isinstance(decide(policy(), ask("SearchFaces", stops=(found,)), now=NOW), Permit)


def test_a_case_that_waits_for_its_authorisation_is_searched_while_the_clock_runs():
    assert isinstance(decide(policy(), ask("SearchFaces", standing=Standing.PENDING), now=NOW), Permit)


@pytest.mark.parametrize(
    "operation", [name for name, use in OPERATIONS.items() if use not in {T, Use.TRAITS, Use.EXPORT}]
)
def test_without_a_policy_everything_of_rekognition_is_permitted(operation):
    verdict = decide(plain_policy(1e-3), Ask(operation, key(), {"purpose": "whatever I like"}), now=NOW)
    assert isinstance(verdict, Permit)
    assert verdict.obligations <= {Obligation.RECORD}


@pytest.mark.parametrize(
    ("operation", "changes", "obligations"),
    [
        ("SearchFaces", {}, {"record", "count", "clock", "review", "seal"}),
        ("SearchUsers", {"searches_per_day": None, "authorisation_hours": 0}, {"record", "review", "seal"}),
        ("SearchUsers", {"reviewers": 0, "sealed": False}, {"record", "count", "clock"}),
        ("IndexFaces", {}, {"consent"}),
        ("IndexFaces", {"consent": "none"}, set()),
        ("ListFaces", {}, set()),
    ],
)
def test_a_permit_obliges(operation, changes, obligations):
    verdict = decide(policy(**changes), ask(operation), now=NOW)
    assert isinstance(verdict, Permit)
    assert verdict.obligations == obligations


# --- no bypass: whatever is permitted passes a slow checker that shares no code with the rules --------

DEMANDS = st.fixed_dictionaries(
    {},
    optional={
        "kind": st.sampled_from(["verify", "identify"]),
        "roles": st.sampled_from([("operator",), ("administrator",), ("administrator", "operator")]),
        "keys": st.sampled_from([(), ("RKOPERATOR",), ("RKOTHER",)]),
        "traits": st.booleans(),
        "export": st.booleans(),
        "streams": st.booleans(),
        "most_faces": st.sampled_from([None, 1, 50]),
        "searches_per_day": st.sampled_from([None, 1, 20]),
        "audit_days": st.sampled_from([None, 1, 365]),
        "consent": st.sampled_from(["none", "required"]),
        "authorisation_hours": st.sampled_from([None, 0, 1, 48]),
        "valid_from": st.sampled_from([None, NOW - HOUR, NOW, NOW + HOUR]),
        "valid_until": st.sampled_from([None, NOW + 2 * HOUR, NOW + 400 * DAY]),
    },
)
FACTS = st.fixed_dictionaries(
    {},
    optional={
        "key": st.builds(key, st.sampled_from(["RKOPERATOR", "RKOTHER"]), st.sampled_from(Role)),
        "said": st.dictionaries(
            st.sampled_from(list(SAID)), st.sampled_from(["", " ", "x", "police-investigation", "research"])
        ),
        "faces": st.integers(0, 60),
        "new_faces": st.integers(0, 3),
        "searches": st.integers(0, 25),
        "audited_at": st.sampled_from([None, NOW, NOW - DAY, NOW - 365 * DAY, NOW + DAY]),
        "standing": st.sampled_from(Standing),
        "clock": st.sampled_from(Clock),
        "stops": st.lists(
            st.builds(
                stop,
                st.just("purpose"),
                st.sampled_from(["police-investigation", "research"]),
                until=st.sampled_from([None, NOW, NOW + HOUR]),
                spared=st.sampled_from([(), ("police-investigation",)]),
            ),
            max_size=2,
        ).map(tuple),
    },
)


def check_slowly(terms, wish, now):
    """Everything that must be true of a permitted biometric use, in words of its own."""
    verb = wish.operation
    searching = verb.startswith("Search") or verb == "StartFaceSearch" or verb.endswith("StreamProcessor")
    assert verb in OPERATIONS
    for one in wish.stops:
        live = one.until is None or now < one.until
        assert not (live and one.target == terms.purpose.value and terms.purpose.value not in one.spared)
    assert terms.valid_from is None or terms.valid_from <= now
    assert terms.valid_until is None or now < terms.valid_until
    assert wish.said.get("purpose") in {None, terms.purpose.value}
    if "StreamProcessor" in verb:
        assert terms.streams
    if verb == "InferTraits":
        assert terms.traits
    if verb == "ExportTemplates":
        assert terms.export
    if verb == "IndexFaces":
        assert terms.consent == "none" or wish.said["consent"].strip()
        assert terms.most_faces is None or wish.faces + wish.new_faces <= terms.most_faces
    if searching or verb in {"GetFaceSearch", "ExportTemplates"}:
        assert wish.key.role.value in terms.roles
        assert not terms.keys or wish.key.id in terms.keys
    if searching:
        assert terms.kind == "identify"
        assert all(wish.said[name].strip() for name in terms.must_carry)
        assert terms.searches_per_day is None or wish.searches < terms.searches_per_day
        if terms.audit_days is not None:
            assert now - wish.audited_at < terms.audit_days * DAY
        if terms.authorisation_hours is not None:
            good = {Standing.VALID} if terms.authorisation_hours == 0 else {Standing.VALID, Standing.PENDING}
            assert wish.standing in good
            assert wish.clock is Clock.OPEN


USING = sorted(name for name, use in OPERATIONS.items() if use in USES)


@settings(max_examples=3000, deadline=None)
@given(st.sampled_from(USING), DEMANDS, FACTS)
def test_nothing_passes_that_breaks_a_rule(operation, demands, facts):
    terms, wish = policy(**demands), ask(operation, **facts)
    if isinstance(decide(terms, wish, now=NOW), Permit):
        check_slowly(terms, wish, NOW)


@settings(max_examples=500, deadline=None)
@given(st.sampled_from(sorted(OPERATIONS)), DEMANDS, FACTS)
def test_a_stricter_policy_permits_nothing_more(operation, demands, facts):
    wish = ask(operation, **facts)
    if isinstance(decide(policy(), wish, now=NOW), Permit):
        lenient = policy(keys=(), roles=("administrator", "operator"), searches_per_day=None, audit_days=None)
        assert isinstance(decide(lenient, wish, now=NOW), Permit)
    if isinstance(decide(policy(**demands), wish, now=NOW), Permit):
        stricter = policy(**demands | {"searches_per_day": 1, "streams": False, "keys": ("RKNOBODY",)})
        verdict = decide(stricter, wish, now=NOW)
        assert isinstance(verdict, Permit) == (OPERATIONS[operation] not in {S, T, R, Use.EXPORT})
