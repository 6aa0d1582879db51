"""No entry is recorded that lacks a field, has one too many, or holds what does not belong in a ledger."""

from __future__ import annotations

import pytest

from recognizance.ledger.errors import IncompleteEntryError
from recognizance.ledger.example import search_fields
from recognizance.ledger.kinds import ENVELOPE, KINDS, check
from recognizance.testing.ledger import FakeLedger

HASH = "a" * 64
APART = {"ref": "8f4e", "commitment": HASH}


def test_a_whole_search_is_taken():
    check("search", search_fields())


@pytest.mark.parametrize("name", KINDS["search"])
def test_a_search_without_one_field_is_refused(name):
    fields = search_fields()
    del fields[name]
    with pytest.raises(IncompleteEntryError, match=f"a search entry lacks {name}$"):
        check("search", fields)


# Art. 12(3) of the EU AI Act: period of use, reference database, input data that led to a match.
@pytest.mark.parametrize(
    "name", ["started", "ended", "collection", "enrolled", "space", "probe", "candidates", "outcome", "operator"]
)
def test_what_the_law_asks_of_a_search_cannot_be_null(name):
    with pytest.raises(IncompleteEntryError, match=f"{name} of a search entry is to be"):
        check("search", search_fields(**{name: None}))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"portrait": "x"}, "does not know portrait"),
        ({"collection": "two words"}, "collection .* an id or code without spaces"),
        ({"operator": ""}, "operator .* an id or code"),
        ({"purpose": "J\u00fcrgen"}, "purpose .* an id or code"),
        ({"enrolled": -1}, "enrolled .* a whole number from 0"),
        ({"enrolled": True}, "enrolled .* a whole number from 0"),
        ({"enrolled": 2.5}, "enrolled .* a whole number from 0"),
        ({"threshold": float("nan")}, "threshold .* a finite number, or null"),
        ({"threshold": float("inf")}, "threshold .* a finite number, or null"),
        ({"threshold": False}, "threshold .* a finite number, or null"),
        ({"threshold": "80"}, "threshold .* a finite number, or null"),
        ({"started": "2026-11-25T01:02:03Z"}, "started .* a time like"),
        ({"started": "2026-11-25T01:02:03.000+00:00"}, "started .* a time like"),
        ({"probe": {}}, "probe .* an object"),
        ({"probe": {"image": "A" * 64}}, "probe .* a SHA-256 in hex"),
        ({"probe": {"image": HASH, "face_id": "f"}}, "probe .* an object"),
        ({"probe": {"user": "Ada"}}, "probe .* an object"),
        ({"case_reference": "2026/17"}, "case_reference .* an object"),
        ({"authorisation": {"ref": "x", "commitment": "short"}}, "authorisation .* an object"),
        ({"candidates": [{"face_id": "f"}]}, "candidates .* a list of"),
        ({"candidates": [{"face_id": "f", "similarity": 99, "name": "Ada"}]}, "candidates .* a list of"),
        ({"candidates": {"face_id": "f", "similarity": 99}}, "candidates .* a list of"),
        ({"model_digests": {"the detector": HASH}}, "model_digests .* an object of"),
        ({"policy": {"name": "police", "version": 1}}, "policy .* an object"),
        ({"outcome": "match"}, "outcome .* candidates or none or sealed or refused"),
    ],
)
def test_what_does_not_belong_in_a_search_is_refused_and_not_repeated(changes, message):
    with pytest.raises(IncompleteEntryError, match=message) as caught:
        check("search", search_fields(**changes))
    assert "Ada" not in str(caught.value)


@pytest.mark.parametrize(
    "changes",
    [
        {"probe": {"user": APART}},
        {"probe": {"face_id": "f"}},
        {"candidates": []},
        {"candidates": [{"user": APART, "similarity": 99}]},
        {"case": "case-7", "case_reference": APART, "authorisation": APART},
        {"policy": {"name": "police", "version": 3, "digest": HASH}},
    ],
)
def test_other_searches_are_taken(changes):
    check("search", search_fields(**changes))


def test_an_unknown_kind_is_refused():
    with pytest.raises(IncompleteEntryError, match="there is no kind of entry 'gossip'"):
        check("gossip", {})


@pytest.mark.parametrize("kind", KINDS)
def test_no_kind_takes_a_name_of_the_envelope(kind):
    assert not KINDS[kind].keys() & ENVELOPE


def test_the_fake_is_as_strict_and_gives_the_same_reference_for_the_same_text():
    ledger = FakeLedger()
    with pytest.raises(IncompleteEntryError, match="lacks refs"):
        ledger.append("erasure", {"operator": "RK1"}, at=None)
    one, two = ledger.keep_apart("case", "2026/17"), ledger.keep_apart("case", "2026/17")
    assert one == two
    assert ledger.append("search", search_fields(case_reference=one), at=None) == 0
    assert ledger.kinds() == ["search"]
    assert ledger.texts[one["ref"]] == "2026/17"
    assert len(ledger.image_digest(b"picture")) == 64
