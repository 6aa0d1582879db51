from __future__ import annotations

import pytest

from recognizance.audit import wording
from recognizance.audit.overlap import describe_overlap
from recognizance.evaluation.dataset import load

from .conftest import crowd, write_people


@pytest.mark.parametrize(
    ("made_from", "found"),
    [
        ({"sets": {"people": 4}}, ["people"]),
        ({"sets": {"renamed": 4}, "set_fingerprints": {"renamed": "OWN"}}, ["people"]),
        ({"sets": {"others": 4}, "set_fingerprints": {"others": "of others"}}, []),
        ({"sets": {"others": 4}}, []),
    ],
    ids=["by its name", "the same pictures under another name", "other pictures", "an older curve of other sets"],
)
def test_sets_that_the_curve_was_made_from_are_found(tmp_path, made_from, found):
    dataset = load([write_people(tmp_path / "people", crowd(2))])
    own = dataset.set_fingerprints["people"]
    prints = {name: own if value == "OWN" else value for name, value in made_from.get("set_fingerprints", {}).items()}
    document = describe_overlap(dataset, {"fingerprint": "f", **made_from, "set_fingerprints": prints})
    assert document == {"made_from": "f", "sets_in_both": found}


def test_the_limits_say_so():
    assert wording.overlap(["a", "b"]).startswith("The similarity curve was made from a, b, too: figures at")
    assert wording.overlap([]).startswith("None of these sets is one that the similarity curve was made from")
