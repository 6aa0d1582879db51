"""Stories of the letters, walked by people with keys of their own: stock boto3 beside the native API, and who attacks.

A running server with everything behind it; only its eyes are fake, so that a picture states whose face it shows.
"""

from __future__ import annotations

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from recognizance.app import utc_now
from recognizance.ledger.verifier import verify_document
from recognizance.policy.profile import profile_text
from recognizance.testing.vision import Person, sketch
from recognizance.values import Role
from recognizance.wire.faults import Fault

LATER = datetime(2999, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def chief(office):
    return office.hire(Role.ADMINISTRATOR, "Ada Chief")


@pytest.fixture(scope="module")
def deputy(office):
    return office.hire(Role.ADMINISTRATOR, "Ben Deputy")


@pytest.fixture(scope="module")
def officer(office):
    return office.hire(Role.OPERATOR, "Olga Officer")


@pytest.fixture(scope="module")
def auditor(office):
    return office.hire(Role.AUDITOR, "Ivo Auditor")


def put_profile(chief, profile, name, *, without=(), lines=()):
    """The policy of a profile under another name, without some of its lines and with others, and with no seeded cases."""
    kept = [
        line
        for line in profile_text(profile).splitlines()
        if line.partition(" ")[0] not in {"name", "seed_share", *without}
    ]
    document = "\n".join([f'name = "{name}"', "seed_share = 0.0", *lines, *kept])
    return chief.native.post("policies", document=document, form="toml")


def found(office, chief, collection, policy, names):
    """A collection under a policy that holds a face of each."""
    aws = office.aws(chief)
    aws.create_collection(CollectionId=collection, Tags={"recognizance:policy": policy})
    return {name: enrol(aws, collection, name) for name in names}


def enrol(aws, collection, name):
    [record] = aws.index_faces(CollectionId=collection, Image={"Bytes": sketch(Person(name))})["FaceRecords"]
    return record["Face"]["FaceId"]


def search(aws, collection, name):
    return aws.search_faces_by_image(CollectionId=collection, Image={"Bytes": sketch(Person(name))})


def header(answer, name):
    return answer["ResponseMetadata"]["HTTPHeaders"].get(f"x-recognizance-{name}")


def refused(code, call, *args, **kwargs):
    """The call is refused with the reason code, whichever API it goes to; what it was told."""
    with pytest.raises((Fault, ClientError)) as caught:
        call(*args, **kwargs)
    if isinstance(caught.value, Fault):
        assert caught.value.code == code, caught.value.message
        return caught.value.message
    told = caught.value.response["Error"]
    assert told["Code"] == "AccessDeniedException"
    assert told["Message"].startswith(f"{code}: "), told["Message"]
    return told["Message"]


# --- a police search ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def police(office, chief, officer):
    """A collection of suspects under the police profile, for which no audit was signed here."""
    put_profile(chief, "police-investigation", "detectives", without=["audit_days"])
    faces = found(office, chief, "suspects", "detectives", ["suspect", "neighbour"])
    reviewers = [office.hire_reviewer(chief, name) for name in ("Rita One", "Rosa Two", "Remi Three", "Rudi Four")]
    return faces, reviewers


def police_search(office, officer, case):
    """A search of the officer's in a case; the case of review that it opened."""
    answer = search(office.aws(officer, case=case, authorisation=f"{case}/A"), "suspects", "suspect")
    assert answer["FaceMatches"] == []
    assert header(answer, "status").endswith("; sealed")
    return header(answer, "case")


def candidate(reviewer, case):
    """The only candidate that a reviewer sees."""
    [one] = reviewer.native.get("reviews", case)["candidates"]
    return one["id"]


def test_a_police_search_is_decided_by_two_who_see_nothing_but_pictures(office, police, officer, chief, auditor):
    faces, (rita, rosa, *_) = police
    case = police_search(office, officer, "2026/1")
    chief.native.post(
        "authorisations", reference="2026/1/A", case="2026/1", issuer="Court", granted_until=LATER.isoformat()
    )
    assert officer.native.get("cases", case)["candidates"] == []
    view = rita.native.get("reviews", case)
    assert set(view) == {"case", "probe", "candidates", "choices"}
    assert view["choices"][:2] == ["none_of_these", "cannot_tell"]
    assert all(base64.b64decode(picture) for picture in (*view["probe"], *view["candidates"][0]["pictures"]))
    for reviewer in (rita, rosa):
        assert case in reviewer.native.get("reviews")["cases"]
        reviewer.native.post("reviews", case, "votes", choice=candidate(reviewer, case))
    lead = officer.native.get("cases", case)
    assert (lead["state"], lead["confirmed"]["face_id"]) == ("confirmed", faces["suspect"])
    assert (lead["status"], lead["wording"]) == ("UNVERIFIED", "investigative lead, not identification")
    kinds = [entry["kind"] for entry in auditor.native.get("cases", case, "entries")["entries"]]
    assert kinds.count("vote") == 2
    assert kinds[-1] == "decision"


def test_a_third_decides_where_two_differ(office, police, officer):
    _, (rita, rosa, remi, rudi) = police
    case = police_search(office, officer, "2026/2")
    rita.native.post("reviews", case, "votes", choice=candidate(rita, case))
    rosa.native.post("reviews", case, "votes", choice="none_of_these")
    assert officer.native.get("cases", case)["state"] == "open"
    remi.native.post("reviews", case, "votes", choice="none_of_these")
    assert officer.native.get("cases", case)["state"] == "rejected"
    refused("CASE_DECIDED", rudi.native.post, "reviews", case, "votes", choice="none_of_these")


@pytest.mark.parametrize(
    ("said", "code"),
    [
        pytest.param({}, "CASE_MISSING", id="without a case"),
        pytest.param({"case": "7"}, "AUTHORISATION_MISSING", id="without an authorisation"),
        pytest.param({"case": "7", "authorisation": "x", "purpose": "other"}, "PURPOSE_MISMATCH", id="another purpose"),
    ],
)
def test_what_a_search_does_not_state_refuses_it_on_record(office, police, officer, said, code):
    refused(code, search, office.aws(officer, **said), "suspects", "suspect")
    assert (office.entries("refusal")[-1]["code"], office.entries("refusal")[-1]["operator"]) == (code, officer.key.id)


def test_the_profile_as_it_ships_wants_an_audit(office, police, chief, officer):
    chief.native.post("policies", document=profile_text("police-investigation"), form="toml")
    found(office, chief, "unaudited", "police-investigation", ["suspect"])
    aws = office.aws(officer, case="2026/9", authorisation="A/9")
    refused("AUDIT_MISSING", search, aws, "unaudited", "suspect")


def test_an_authority_that_refuses_shuts_the_case(office, police, officer, chief):
    case = police_search(office, officer, "2026/3")
    chief.native.post("authorisations", reference="2026/3/A", case="2026/3", issuer="Court", granted_until=None)
    refused("CASE_DESTROYED", police_search, office, officer, "2026/3")
    assert officer.native.get("cases", case)["candidates"] == []


# --- a missing child ------------------------------------------------------------------------------


def test_a_missing_child_is_found_on_a_longer_list_that_two_look_through(office, police, officer, chief):
    _, (rita, rosa, *_) = police
    put_profile(chief, "missing-person", "children", without=["audit_days"])
    faces = found(office, chief, "found-children", "children", ["child", "other-child"])
    refused("CASE_MISSING", search, office.aws(officer), "found-children", "child")
    image = {"Bytes": sketch(Person("child", variant=3))}  # another picture: about 90 of 100 alike
    answer = office.aws(officer, case="missing/1").search_faces_by_image(CollectionId="found-children", Image=image)
    assert answer["FaceMatches"] == []
    case = header(answer, "case")
    for reviewer in (rita, rosa):
        reviewer.native.post("reviews", case, "votes", choice=candidate(reviewer, case))
    confirmed = officer.native.get("cases", case)["confirmed"]
    assert (confirmed["face_id"], confirmed["similarity"] < 99) == (faces["child"], True)


# --- a doorstep -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def doorstep(office, chief):
    put_profile(chief, "doorstep", "my-door")
    found(office, chief, "door", "my-door", [])
    consent = chief.native.post(
        "consents",
        notice="We keep your face to know you at the door.",
        purpose="doorstep",
        source="in-person",
        expires_at=(utc_now() + timedelta(days=90)).isoformat(),
        signature="paper 1",
        subject="Nina Niece",
    )
    return consent["id"]


def test_a_doorstep_stores_nobody_without_consent_and_no_more_than_fifty(office, doorstep, chief):
    refused("CONSENT_MISSING", enrol, office.aws(chief), "door", "stranger")
    refused("CONSENT_UNKNOWN", enrol, office.aws(chief, consent="nobody-gave-it"), "door", "stranger")
    aws = office.aws(chief, consent=doorstep)
    for number in range(50):
        enrol(aws, "door", f"guest-{number}")
    refused("COLLECTION_FULL", enrol, aws, "door", "guest-50")
    assert [match["Similarity"] > 99 for match in search(office.aws(chief), "door", "guest-7")["FaceMatches"]] == [True]
    assert search(office.aws(chief), "door", "stranger")["FaceMatches"] == []
    assert chief.native.post("consents", doorstep, "withdraw") == {"faces": 50}
    assert search(office.aws(chief), "door", "guest-7")["FaceMatches"] == []


# --- a person who asks ----------------------------------------------------------------------------


def test_a_person_who_asks_is_told_left_out_and_erased_with_proof(office, police, chief, officer, auditor):
    aws = office.aws(officer)
    office.aws(chief).create_collection(CollectionId="visitors")
    face = enrol(aws, "visitors", "visitor")
    search(aws, "visitors", "visitor")
    image = base64.b64encode(sketch(Person("visitor"))).decode()
    ours = ["reviewers = 1", "sealed = true", "consent = 'none'"]
    put_profile(chief, "photo-library", "ours", without=["reviewers", "consent", "consent_sources"], lines=ours)
    found(office, chief, "sealed", "ours", ["visitor"])
    told = officer.native.post("subjects", "find", image=image, collections=["visitors", "suspects", "sealed"])
    assert [one["face_id"] for one in told["found"]] == [face]
    assert [(one["collection"], one["message"].partition(":")[0]) for one in told["refused"]] == [
        ("suspects", "CASE_MISSING"),
        ("sealed", "SEALED"),
    ]
    answer = officer.native.post("subjects", "answer", faces=[face], subject="Vera Visitor")
    assert [(held["collection"], held["face_id"]) for held in answer["held"]] == [("visitors", face)]
    assert len(answer["searches"]) == 2  # the first, and the one that looked for the person
    request = officer.native.post("subjects", "freeze", faces=[face])["request"]
    assert search(aws, "visitors", "visitor")["FaceMatches"] == []
    assert request in {one["request"] for one in auditor.native.get("subjects", "requests")["requests"]}
    [receipt] = officer.native.post("subjects", "erase", faces=[face])["receipts"]
    assert officer.native.get("receipts", face)["receipts"][0]["entry"] == receipt["entry"]
    _, [entry] = verify_document(json.dumps(receipt).encode(), office.app.book.anchor.key)
    assert (entry["kind"], entry["faces"]) == ("deletion", [face])
    refused("NotFound", officer.native.post, "subjects", "freeze", faces=[face])


# --- who attacks ----------------------------------------------------------------------------------


def test_nobody_confirms_alone(office, police, officer):
    _, (rita, *_) = police
    case = police_search(office, officer, "2026/4")
    chosen = candidate(rita, case)
    rita.native.post("reviews", case, "votes", choice=chosen)
    refused("VOTED_ALREADY", rita.native.post, "reviews", case, "votes", choice=chosen)
    second_key = office.hire(Role.REVIEWER, "  rita   ONE ")
    refused("VOTED_ALREADY", second_key.native.post, "reviews", case, "votes", choice=chosen)
    own = office.hire(Role.REVIEWER, "olga officer")
    refused("REVIEWER_UNKNOWN", own.native.post, "reviews", case, "votes", choice=chosen)
    refused("AccessDenied", officer.native.post, "reviews", case, "votes", choice=chosen)
    assert office.entries("refusal")[-1]["code"] == "ROLE"
    assert officer.native.get("cases", case)["state"] == "open"


def test_of_many_votes_at_once_with_one_key_one_counts(office, police, officer):
    _, (rita, *_) = police
    case = police_search(office, officer, "2026/10")
    chosen = candidate(rita, case)

    def vote(_):
        try:
            return rita.native.post("reviews", case, "votes", choice=chosen)["entry"]
        except Fault as fault:
            return fault.code

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(vote, range(16)))
    assert outcomes.count("VOTED_ALREADY") == 15
    assert officer.native.get("cases", case)["state"] == "open"


def test_of_many_searches_at_once_no_more_than_a_day_permits_answer(office, chief):
    put_profile(
        chief,
        "photo-library",
        "few",
        without=["consent", "consent_sources"],
        lines=["consent = 'none'", "searches_per_day = 5"],
    )
    found(office, chief, "few", "few", ["ann"])
    officer = office.hire(Role.OPERATOR, "Hasty Officer")

    def ask(_):
        try:
            return len(search(office.aws(officer), "few", "ann")["FaceMatches"])
        except ClientError as error:
            return error.response["Error"]["Message"].partition(":")[0]

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(ask, range(16)))
    assert (outcomes.count(1), outcomes.count("SEARCHES_SPENT")) == (5, 11)
    assert sum(entry["operator"] == officer.key.id for entry in office.entries("search")) == 5


def test_whoever_searched_does_not_review(office, police, chief, officer):
    case = police_search(office, officer, "2026/5")
    own = office.hire_reviewer(chief, "Olga Officer")
    refused("REVIEWER_SEARCHED", own.native.get, "reviews", case)


def test_a_lapsed_reviewer_neither_sees_nor_votes(office, police, chief, officer):
    case = police_search(office, officer, "2026/6")
    lapsed = office.hire_reviewer(chief, "Lars Lapsed", expires=datetime(2026, 1, 1, tzinfo=UTC))
    refused("REVIEWER_LAPSED", lapsed.native.get, "reviews")
    refused("REVIEWER_LAPSED", lapsed.native.post, "reviews", case, "votes", choice="none_of_these")


def test_a_case_that_does_not_exist_and_one_of_another_officer(office, police, officer):
    refused("NotFound", officer.native.get, "cases", "no-such-case")
    case = police_search(office, officer, "2026/7")
    refused("CASE_OF_ANOTHER", office.hire(Role.OPERATOR, "Otto Other").native.get, "cases", case)


def test_no_search_is_without_a_record(office, chief):
    aws = office.aws(chief)
    aws.create_collection(CollectionId="plain")
    enrol(aws, "plain", "ann")
    before = len(office.entries("search"))
    for name in ("ann", "nobody"):
        answer = search(aws, "plain", name)
        entry = chief.native.get("ledger", "entries", first=header(answer, "ledger"), limit=1)["entries"][0]
        assert (entry["kind"], entry["request_id"]) == ("search", answer["ResponseMetadata"]["RequestId"])
    assert len(office.entries("search")) == before + 2


def test_a_case_is_traced_and_proved_by_what_the_client_called_it(office, police, officer, auditor):
    case = police_search(office, officer, "2026/8")
    page = auditor.native.get("ledger", "entries", case="2026/8", kind="search", limit=1)
    [entry] = page["entries"]
    assert (entry["case"], page["next"]) == (case, None)
    proof = auditor.native.get("ledger", "entries", str(entry["index"]), "proof")
    assert verify_document(json.dumps(proof).encode(), office.app.book.anchor.key)[1] == [entry]
    first = auditor.native.get("ledger", "entries", limit=1)
    assert (first["entries"][0]["index"], first["next"]) == (0, 1)
    refused("NotFound", auditor.native.get, "ledger", "entries", "999999", "proof")
    refused("AccessDenied", officer.native.get, "ledger", "entries")


def test_a_stop_in_the_middle_holds_until_two_persons_lift_it(office, chief, deputy, auditor, officer):
    aws = office.aws(officer)
    office.aws(chief).create_collection(CollectionId="stopped")
    enrol(aws, "stopped", "ann")
    search(aws, "stopped", "ann")
    stop = auditor.native.post("stops", scope="collection", target="stopped", reason="complaint 12")["id"]
    assert f"stop {stop}" in refused("STOPPED", search, aws, "stopped", "ann")
    refused("AccessDenied", officer.native.post, "stops", stop, "lift", reason="I need it")
    chief.native.post("stops", stop, "lift", reason="settled")
    refused("SAME_PERSON", chief.native.post, "stops", stop, "lift", "confirm")
    second_key = office.hire(Role.ADMINISTRATOR, "ada chief")
    refused("SAME_PERSON", second_key.native.post, "stops", stop, "lift", "confirm")
    refused("STOPPED", search, aws, "stopped", "ann")
    deputy.native.post("stops", stop, "lift", "confirm")
    assert len(search(aws, "stopped", "ann")["FaceMatches"]) == 1


def test_looser_rules_take_a_second_person(office, chief, deputy):
    put_profile(chief, "photo-library", "album")
    document = chief.native.get("policies", "album")["policy"] | {"version": 2, "most_candidates": 200}
    looser = {"document": json.dumps(document), "form": "json"}
    refused("SECOND_PERSON_NEEDED", chief.native.post, "policies", **looser)
    proposal = chief.native.post("policies", **looser, reason="longer lists")["proposal"]
    assert proposal["loosened"] == ["most_candidates"]
    assert chief.native.get("policies", "album")["policy"]["version"] == 1
    refused("SAME_PERSON", chief.native.post, "proposals", proposal["id"], "approve")
    second_key = office.hire(Role.ADMINISTRATOR, "ADA chief")
    refused("SAME_PERSON", second_key.native.post, "proposals", proposal["id"], "approve")
    deputy.native.post("proposals", proposal["id"], "approve")
    now = chief.native.get("policies", "album")
    assert (now["policy"]["most_candidates"], now["approved_by"]) == (200, deputy.key.id)
    refused("PROPOSAL_DONE", deputy.native.post, "proposals", proposal["id"], "withdraw")


def test_no_policy_is_taken_off_a_collection_by_one(office, police, chief):
    collection = "suspects"
    aws = office.aws(chief)
    arn = aws.describe_collection(CollectionId=collection)["CollectionARN"]
    refused("SECOND_PERSON_NEEDED", aws.untag_resource, ResourceArn=arn, TagKeys=["recognizance:policy"])
    refused("SECOND_PERSON_NEEDED", chief.native.put, "collections", collection, "policy", policy=None)
    why = "too many papers"
    refused("RERUN_NEEDED", chief.native.put, "collections", collection, "policy", policy=None, reason=why)
    refused("ROLE_NOT_PERMITTED", search, aws, collection, "suspect")


def test_the_report_counts_what_was_done(office, police, auditor):
    document = auditor.native.get("reports", str(utc_now().year))
    assert document["entries"]["first"] == 0
    page = auditor.native.fetch("reports", str(utc_now().year), "page").decode()
    assert page.startswith("<!doctype html>")
