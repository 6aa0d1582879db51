"""The test on sketched people, with a server of a few lines that knows every sketch."""

from __future__ import annotations

import json
from datetime import date
from xml.etree import ElementTree as ET

import pytest

from recognizance.audit.aclu import SETTINGS, Trial, cast, run_test
from recognizance.audit.aclu_figure import draw_test
from recognizance.evaluation.dataset import DatasetError, load
from recognizance.ports import Result
from recognizance.wire.faults import Fault

from .conftest import crowd, write_people


class Server:
    """A sketch matches everybody of its name with 90, and whom it is `confused` with, at 85."""

    def __init__(self, confused=()):
        self.confused = set(confused)
        self.faces = []
        self.asked = []
        self.opted_out = False

    def __call__(self, operation, members):
        return Result(
            self.answer(operation, members), {"x-recognizance-threshold": f"{members.get('FaceMatchThreshold')}"}
        )

    def answer(self, operation, members):
        if operation == "DescribeCollection":
            return {"CollectionARN": f"arn:{members['CollectionId']}"}
        if operation in {"TagResource", "UntagResource"}:
            assert members["ResourceArn"] == "arn:test"
            tags = members.get("Tags") or dict.fromkeys(members["TagKeys"], "on")
            self.opted_out = tags == {"recognizance:gallery-threshold": "off"}
            return {}
        people = json.loads(members["Image"]["Bytes"])["people"]
        if operation == "IndexFaces":
            self.faces += [(members["ExternalImageId"], person["name"]) for person in people]
            return {"FaceRecords": [{} for _ in people]}
        threshold = members["FaceMatchThreshold"]
        self.asked.append((threshold, not self.opted_out))
        if not people:
            raise Fault("InvalidParameterException", "There are no faces in the image.")
        scores = [(self.similarity(people[0]["name"], name), number) for number, name in self.faces]
        return {
            "FaceMatches": [
                {"Similarity": similarity, "Face": {"ExternalImageId": number}}
                for similarity, number in sorted(scores, reverse=True)
                if similarity >= (80 if threshold is None else threshold)
            ]
        }

    def similarity(self, one, other):
        return 90 if one == other else 85 if (one, other) in self.confused else 10


@pytest.fixture
def sets(tmp_path):
    """Four women and three men who search, one of them with no second face; three others and one of them enrolled."""
    rows = crowd(4, gender="female") + crowd(3, gender="male")
    rows[1]["shows"] = ""
    probes = write_people(tmp_path / "probes", rows)
    others = [{"identity": "other:1"}, {"identity": "other:1"}, {"identity": "other:2"}, {"identity": "other:3"}]
    return probes, write_people(tmp_path / "others", others)


def run(sets, server, **options):
    roles = cast(load(list(sets)), "probes", where=options.pop("where", {}))
    return run_test(roles, Trial(server, "test", workers=1), columns=["gender"], today=date(2026, 11, 24), **options)


def rates(document, threshold, key):
    [setting] = [setting for setting in document["settings"] if setting["threshold"] == threshold]
    return {row["group"]: (row["events"], row["trials"]) for row in setting[key]}


def test_false_matches_and_misses_are_counted_by_group_at_each_setting(sets):
    server = Server(confused=[("female2", "other:3")])
    document = run(sets, server)
    for threshold, wrong in ((None, 1), (80.0, 1), (95.0, 0), (99.0, 0)):
        assert rates(document, threshold, "false_matches") == {
            "everybody": (wrong, 7),
            "gender female": (wrong, 4),
            "gender male": (0, 3),
        }
    # A second photograph without a face is a miss; at 95 and over nobody finds anybody.
    assert rates(document, None, "misses") == {"everybody": (1, 7), "gender female": (1, 4), "gender male": (0, 3)}
    assert rates(document, 95.0, "misses")["everybody"] == (7, 7)


def test_a_wrong_candidate_alone_is_a_miss(sets):
    """The mate must be among the candidates; a match with somebody else does not help."""
    server = Server(confused=[("male1", "other:2")])
    server.similarity = lambda one, other: 85 if (one, other) in server.confused else 10
    assert rates(run(sets, server), None, "misses")["gender male"] == (3, 3)


def test_a_client_that_sets_nothing_is_first_and_the_others_have_no_floor(sets):
    server = Server()
    document = run(sets, server)
    settings = [(None, True), (80.0, False), (95.0, False), (99.0, False)]
    strangers, mated = server.asked[: 7 * 4], server.asked[7 * 4 :]
    assert list(dict.fromkeys(strangers)) == list(dict.fromkeys(mated)) == settings
    assert [(setting.threshold, setting.gallery_threshold) for setting in SETTINGS] == settings
    assert [(row["threshold"], row["gallery_threshold"]) for row in document["settings"]] == settings
    assert [row["held"] for row in document["settings"]] == ["None", "80.0", "95.0", "99.0"]


def test_matches_name_the_probe_and_the_candidate(sets):
    document = run(sets, Server(confused=[("female2", "other:3")]))
    assert document["settings"][0]["matched"] == [{"probe": "probes/4.json", "candidate": "other:3", "similarity": 85}]


def test_some_people_only(sets):
    document = run(sets, Server(), where={"gender": "male"})
    assert rates(document, None, "false_matches") == {"everybody": (0, 3), "gender male": (0, 3)}


def test_who_is_in_the_gallery_is_no_stranger(tmp_path):
    probes = write_people(tmp_path / "probes", [*crowd(2, gender="female"), {"identity": "x:1", "gender": "male"}])
    others = write_people(tmp_path / "others", [{"identity": "x:1"}, {"identity": "x:2"}])
    document = run((probes, others), Server())
    assert document["probes"] == {"people": 2, "second_photographs": 2, "left_out": 1}


def test_2018_in_a_gallery_of_another_size(sets):
    year = run(sets, Server())["year_2018"]
    # 28 / 535 in 25,000 is a false match rate of about 2.15e-6; four enrolled and seven searched make 6e-5 people.
    assert year["expected_here"] == pytest.approx(0, abs=0.01)
    assert (year["matched"], year["probes"], year["gallery"]) == (28, 535, 25_000)


def test_progress_counts_every_request(sets):
    told = []
    run(sets, Server(), progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (4 + 7 + 4 * 14, 4 + 7 + 4 * 14)


def test_a_refusal_that_concerns_every_picture_ends_the_test(sets):
    def refuse(operation, members):
        raise Fault("AccessDeniedException", "no")

    with pytest.raises(Fault, match="no"):
        run(sets, refuse)


def test_nobody_to_search_with_is_one_line(sets):
    with pytest.raises(DatasetError, match="0 people with gender other to search with and 4 pictures to enrol"):
        run(sets, Server(), where={"gender": "other"})


def test_the_plot_is_the_same_each_time(sets):
    document = run(sets, Server())
    one, other = draw_test(document), draw_test(document)
    assert one == other
    assert ET.fromstring(one).tag.endswith("svg")
    assert "client defaults, gallery-aware" in one
    assert "threshold 80, as asked" in one
