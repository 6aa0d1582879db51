"""A document is read strictly: what is unknown, missing or of another type is refused, with the field's name."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizance.errors import InvalidRequestError, PolicyDocumentError
from recognizance.policy.document import MOST_BYTES, Policy, Purpose, plain_policy, read_policy
from recognizance.policy.profile import NAMES, load_profile, profile_text

from .samples import policy

DOCS = Path(__file__).resolve().parents[3] / "docs"
WHOLE = json.loads(policy().body)
REQUIRED = ["name", "version", "purpose", "legal_basis", "authority", "jurisdiction", "kind", "floor"]


def read(**changes):
    return read_policy(json.dumps(WHOLE | changes), form="json")


def test_both_forms_say_the_same():
    text = profile_text("doorstep")
    assert load_profile("doorstep") == read_policy(load_profile("doorstep").body.decode(), form="json")
    assert read_policy(f"{text}\nvalid_until = 2027-01-01T00:00:00Z\n", form="toml").valid_until == datetime(
        2027, 1, 1, tzinfo=UTC
    )


def test_what_is_left_out_has_the_strict_default():
    bare = {name: WHOLE[name] for name in REQUIRED}
    found = read_policy(json.dumps(bare | {"consent_sources": ["in-person"]}), form="json")
    assert (found.reviewers, found.consent, found.roles) == (2, "required", ("operator",))
    assert not any((found.traits, found.export, found.streams, found.portraits))
    assert (found.seed_share, found.reviewer_error, found.fpir_target) == (0.1, 0.05, 0.001)


@pytest.mark.parametrize("name", REQUIRED)
def test_a_required_field_is_missed(name):
    bare = {other: value for other, value in WHOLE.items() if other != name}
    with pytest.raises(PolicyDocumentError, match=rf"^POLICY_INVALID: {name}: is missing"):
        read_policy(json.dumps(bare), form="json")


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize("value", [{"a": 1}, [[1]], "\n"], ids=["an object", "a list in a list", "a line break"])
def test_a_field_of_another_type_is_refused(name, value):
    with pytest.raises(PolicyDocumentError, match=rf"POLICY_INVALID: {name}\b.*came "):
        read(**{name: value})


@pytest.mark.parametrize(
    ("name", "changes", "problem"),
    [
        ("unknown field", {"flor": 3}, "flor: there is no such field; the fields are name, version, purpose"),
        ("a number as text", {"floor": "99"}, "floor: should be a valid number, came '99'"),
        ("a number as truth", {"version": True}, "version: should be a valid integer, came True"),
        ("half a version", {"version": 1.5}, "version: should be a valid integer, came 1.5"),
        ("version nought", {"version": 0}, "version: should be greater than or equal to 1, came 0"),
        ("truth as a number", {"sealed": 1}, "sealed: should be a valid boolean, came 1"),
        ("similarity over 100", {"floor": 100.5}, "floor: should be less than or equal to 100, came 100.5"),
        ("similarity under 0", {"floor": -1}, "floor: should be greater than or equal to 0, came -1"),
        ("no number", {"floor": float("nan")}, "floor: should be a finite number, came nan"),
        ("certain error", {"fpir_target": 1}, "fpir_target: should be less than 1, came 1"),
        ("no error", {"fpir_target": 0}, "fpir_target: should be greater than 0, came 0"),
        ("three reviewers", {"reviewers": 3}, "reviewers: should be 0, 1 or 2, came 3"),
        ("another kind", {"kind": "both"}, "kind: should be 'verify' or 'identify', came 'both'"),
        ("another purpose", {"purpose": "fun"}, "purpose: should be 'photo-library', 'access-control'"),
        ("a purpose in capitals", {"purpose": "Doorstep"}, "purpose: should be"),
        ("reviewers may not search", {"roles": ["reviewer"]}, "roles.0: should be 'administrator' or 'operator'"),
        ("nobody may search", {"roles": []}, "roles: tuple should have at least 1 item"),
        ("a name with a space", {"name": "a b"}, "name: string should match pattern"),
        ("a name with a line break", {"name": "police\n"}, "name: string should match pattern"),
        ("no authority", {"authority": "  "}, "authority: string should match pattern"),
        ("the web as source", {"consent_sources": ["public-web"]}, "consent_sources.0: should be 'in-person'"),
        ("a time without zone", {"valid_from": "2026-01-01T00:00:00"}, "valid_from: should have timezone info"),
        ("no time", {"valid_until": "tomorrow"}, "valid_until: should be a valid datetime"),
        ("too many candidates", {"most_candidates": 4097}, "most_candidates: should be less than or equal to 4096"),
        (
            "ends before it begins",
            {"valid_from": "2026-02-01T00:00:00Z", "valid_until": "2026-01-01T00:00:00Z"},
            "valid_until is to be later than valid_from",
        ),
        ("sealed for ever", {"reviewers": 0}, "sealed needs reviewers"),
        (
            "a clock without a case",
            {"must_carry": ["authorisation"]},
            "authorisation_hours needs case and authorisation",
        ),
        ("consent from nowhere", {"consent_sources": []}, "consent_sources are to name a source at least"),
    ],
)
def test_a_wrong_value_is_refused_with_its_field(name, changes, problem):
    with pytest.raises(PolicyDocumentError) as caught:
        read(**changes)
    assert str(caught.value).startswith("POLICY_INVALID: ")
    assert problem in str(caught.value)


@pytest.mark.parametrize(
    ("name", "form", "text", "problem"),
    [
        ("no TOML", "toml", "name = ", "the document is no TOML"),
        ("no JSON", "json", "{", "the document is no JSON"),
        ("a field twice", "json", '{"name": "a", "name": "b"}', "a field is there twice"),
        ("a field twice in TOML", "toml", 'name = "a"\nname = "b"', "the document is no TOML"),
        ("a list", "json", "[]", r"the document: should be an object, came \[\]"),
        ("nested beyond reason", "json", "[" * 50_000, "the document is no JSON"),
        ("a date alone", "toml", "valid_from = 2026-01-01", "a date has no place in a policy"),
        ("too long", "json", " " * (MOST_BYTES + 1), "the document has more than 65536 bytes"),
        ("half a letter", "json", json.dumps(WHOLE | {"authority": "\ud800"}), "POLICY_INVALID"),
    ],
)
def test_what_is_no_document_is_refused(name, form, text, problem):
    with pytest.raises(InvalidRequestError, match=problem):
        read_policy(text, form=form)


def test_the_digest_is_of_the_meaning_and_not_of_the_spelling():
    spaced = json.dumps(dict(reversed(WHOLE.items())), indent=8)
    assert read_policy(spaced, form="json").digest == policy().digest
    assert policy(floor=98.9).digest != policy().digest
    assert policy().stamp == {"name": "strict", "version": 1, "digest": policy().digest}


@given(
    st.builds(
        policy,
        floor=st.floats(0, 100),
        fpir_target=st.floats(0, 1, exclude_min=True, exclude_max=True),
        legal_basis=st.text(st.characters(codec="utf-8"), min_size=1, max_size=50).filter(str.strip),
        searches_per_day=st.none() | st.integers(1, 1_000_000),
        valid_until=st.none() | st.datetimes(datetime(2027, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    )
)
def test_a_body_reads_as_the_same_policy(found):
    again = read_policy(found.body.decode(), form="json")
    assert again == found
    assert again.body == found.body


@pytest.mark.parametrize("name", NAMES)
def test_a_profile_loads_as_version_one_for_its_purpose(name):
    found = load_profile(name)
    assert (found.name, found.version, found.purpose) == (name, 1, Purpose(name))
    assert profile_text(name).startswith("# ")


def test_profiles_are_of_no_other_name():
    with pytest.raises(Exception, match=r"The policy: \.\./errors does not exist"):
        load_profile("../errors")


def test_profiles_have_the_numbers_that_they_are_known_by():
    police, missing, victim = (
        load_profile(name) for name in ("police-investigation", "missing-person", "trafficking-victim")
    )
    assert (police.floor, police.reviewers, police.authorisation_hours, police.sealed) == (99.0, 2, 48, True)
    assert police.must_carry == ("case", "authorisation")
    for lenient in (missing, victim):
        assert lenient.floor < police.floor
        assert lenient.most_candidates > police.most_candidates
        assert (lenient.reviewers, lenient.retention_days) == (2, 30)
    doorstep = load_profile("doorstep")
    assert (doorstep.most_faces, doorstep.consent) == (50, "required")
    assert load_profile("access-control").kind == "verify"


def test_without_a_policy_rekognition_behaves_as_it_does():
    plain = plain_policy(0.001)
    assert (plain.floor, plain.most_candidates, plain.reviewers, plain.consent) == (0.0, 4096, 0, "none")


def test_every_field_is_described():
    assert all(field.description for field in Policy.model_fields.values())
