"""Policies through the stock client: attached by tag, obeyed in every call, loosened by nobody alone."""

from __future__ import annotations

import json
from datetime import timedelta
from itertools import count

import boto3
import pytest
from botocore.config import Config

from recognizance.app import utc_now
from recognizance.consent.record import Source
from recognizance.governance.consents import Statement
from recognizance.governance.stops import Order
from recognizance.policy.document import read_policy
from recognizance.policy.stop import Scope
from recognizance.testing.vision import Person, sketch
from recognizance.values import Role
from recognizance.wire.session import write_tag

ADA, ADA_AGAIN, BOB = sketch(Person("ada")), sketch(Person("ada", variant=1)), sketch(Person("bob"))
_numbers = count(1)

DOCUMENT = {
    "version": 1,
    "purpose": "police-investigation",
    "legal_basis": "the test's own",
    "authority": "Test Police",
    "jurisdiction": "EU",
    "kind": "identify",
    "floor": 60,
    "fpir_target": 0.5,
    "consent": "none",
}


@pytest.fixture
def chief(installation):
    return installation.keys.create(Role.ADMINISTRATOR, "", utc_now(), person="chief")


@pytest.fixture
def governed(installation, chief, connect):
    """Make a collection of Ada and Bob under a policy with these fields; gives its name and the administrator's client."""

    def make(**fields):
        name = f"governed-{next(_numbers)}"
        text = json.dumps(DOCUMENT | {"name": name} | fields)
        installation.governance.changes.put(read_policy(text, form="json"), by=chief, now=utc_now())
        client = connect(chief)
        client.create_collection(CollectionId=name, Tags={"recognizance:policy": name})
        return name, client

    return make


@pytest.fixture
def operator(installation):
    """A stock client of an operator that says these things with each request."""

    def make(**said):
        key = installation.keys.create(Role.OPERATOR, "", utc_now(), person=f"operator {next(_numbers)}")
        return boto3.client(
            "rekognition",
            endpoint_url=installation.url,
            region_name="eu-west-1",
            aws_access_key_id=key.id,
            aws_secret_access_key=key.secret,
            aws_session_token=write_tag(said) if said else None,
            config=Config(retries={"max_attempts": 1}),
        )

    return make


def enrol(client, name):
    for picture in (ADA, BOB):
        client.index_faces(CollectionId=name, Image={"Bytes": picture})


def headers(answer):
    return answer["ResponseMetadata"]["HTTPHeaders"]


def search(client, name, picture=ADA_AGAIN, **params):
    return client.search_faces_by_image(CollectionId=name, Image={"Bytes": picture}, **params)


def test_a_search_lacks_what_the_policy_wants_until_it_says_it(governed, operator, refuses):
    name, chief = governed(reviewers=0, must_carry=["case", "authorisation"])
    enrol(chief, name)

    def refused(client):
        return refuses("AccessDeniedException", search, client=client, name=name)

    assert refused(operator()).startswith("CASE_MISSING: ")
    assert refused(operator(case="17")).startswith("AUTHORISATION_MISSING: ")
    answer = search(operator(case="17", authorisation="order 3"), name)
    assert len(answer["FaceMatches"]) == 1
    assert refused(chief).startswith("ROLE_NOT_PERMITTED: ")


def test_the_floor_and_the_length_of_the_list_are_the_policys(governed, operator):
    name, chief = governed(reviewers=0, floor=70, most_candidates=1)
    for variant in range(3):
        chief.index_faces(CollectionId=name, Image={"Bytes": sketch(Person("ada", variant=variant))})
    answer = search(operator(), name, sketch(Person("ada", variant=9)), FaceMatchThreshold=1, MaxFaces=50)
    assert len(answer["FaceMatches"]) == 1
    assert headers(answer)["x-recognizance-threshold"].startswith("70; reason=policy; asked=1; policy=70")


def test_a_tag_does_not_opt_out_of_what_a_policy_says(governed, operator):
    name, chief = governed(reviewers=0, floor=0, fpir_target=0.001)
    enrol(chief, name)
    arn = chief.describe_collection(CollectionId=name)["CollectionARN"]
    chief.tag_resource(ResourceArn=arn, Tags={"recognizance:gallery-threshold": "off"})
    assert "reason=gallery" in headers(search(operator(), name, FaceMatchThreshold=1))["x-recognizance-threshold"]


def test_a_verify_collection_is_not_searched(governed, operator, refuses):
    name, _ = governed(kind="verify", reviewers=0)
    message = refuses("AccessDeniedException", search, client=operator(), name=name)
    assert message.startswith("IDENTIFICATION_OFF: ")


def test_faces_tied_to_a_user_do_not_tell_who_looks_alike(governed, operator):
    name, chief = governed(reviewers=2, sealed=True)
    ada, bob = (
        chief.index_faces(CollectionId=name, Image={"Bytes": picture})["FaceRecords"][0]["Face"]["FaceId"]
        for picture in (ADA, BOB)
    )
    client = operator()
    client.create_user(CollectionId=name, UserId="ada")
    for face in (ada, bob):
        answer = client.associate_faces(CollectionId=name, UserId="ada", FaceIds=[face], UserMatchThreshold=100)
        assert answer["AssociatedFaces"] == [{"FaceId": face}]
        assert answer["UnsuccessfulFaceAssociations"] == []


def test_a_hit_opens_a_case_and_sealed_candidates_stay_inside(governed, operator, installation):
    name, chief = governed(reviewers=2, sealed=True, portraits=True)
    enrol(chief, name)
    answer = search(operator(), name)
    told = headers(answer)
    assert answer["FaceMatches"] == []
    assert told["x-recognizance-status"] == "UNVERIFIED; investigative lead, not identification; sealed"
    entry = next(installation.book.entries(first=int(told["x-recognizance-ledger"])))
    assert (entry["case"], entry["outcome"], len(entry["candidates"])) == (told["x-recognizance-case"], "sealed", 1)
    nobody = search(operator(), name, sketch(Person("eve")))
    assert "x-recognizance-case" not in headers(nobody)


def test_unsealed_candidates_are_leads_with_a_case(governed, operator):
    name, chief = governed(reviewers=1)
    enrol(chief, name)
    answer = search(operator(), name)
    assert len(answer["FaceMatches"]) == 1
    assert headers(answer)["x-recognizance-case"]


def test_two_reviewers_decide_what_a_search_found(governed, operator, installation):
    name, chief = governed(reviewers=2, portraits=True)
    enrol(chief, name)
    case_id = headers(search(operator(), name))["x-recognizance-case"]
    cases, reviewers, now = installation.governance.cases, installation.governance.reviewers, utc_now()
    supervisor = installation.keys.create(Role.ADMINISTRATOR, "", now, person="supervisor")
    votes = []
    for person in ("ann", "bo"):
        key = installation.keys.create(Role.REVIEWER, "", now, person=f"{person} of {name}")
        year = timedelta(days=365)
        reviewers.register(key, by=supervisor, trained_at=now - year, expires_at=now + year, now=now)
        view = cases.show(case_id, key, now=utc_now())
        assert view.probe == (b"portrait of the face at 100, 100 of 1000 x 800",)
        [(candidate, pictures)] = view.candidates
        assert pictures == (b"portrait of the face at 100, 100 of 1000 x 800",)
        votes.append(cases.vote(case_id, key, candidate, now=utc_now()))
    told = [entry for entry in installation.book.entries(first=votes[0]) if entry["kind"] in {"vote", "decision"}]
    assert [entry["kind"] for entry in told] == ["vote", "vote", "decision"]
    assert (told[-1]["outcome"], len(told[-1]["verified_by"])) == ("confirmed", 2)


def test_searches_of_a_day_are_counted_and_end(governed, operator, refuses):
    name, chief = governed(reviewers=0, searches_per_day=2)
    enrol(chief, name)
    client = operator()
    for _ in range(2):
        search(client, name)
    assert refuses("AccessDeniedException", search, client=client, name=name).startswith("SEARCHES_SPENT: ")
    assert search(operator(), name)["FaceMatches"]


def test_a_face_needs_a_consent_and_goes_with_it(governed, operator, installation, refuses):
    name, _ = governed(
        reviewers=0, consent="required", consent_sources=["in-person"], roles=["operator", "administrator"]
    )

    def index(client):
        return client.index_faces(CollectionId=name, Image={"Bytes": ADA})

    assert refuses("AccessDeniedException", index, client=operator()).startswith("CONSENT_MISSING: ")
    assert refuses("AccessDeniedException", index, client=operator(consent="made-up")).startswith("CONSENT_UNKNOWN: ")
    now = utc_now()
    statement = Statement("notice", "police-investigation", Source.IN_PERSON, now + timedelta(days=9), "signed")
    consent = installation.governance.consents.give(statement, operator="RK", now=now)
    client = operator(consent=consent.id)
    [record] = index(client)["FaceRecords"]
    assert len(search(client, name)["FaceMatches"]) == 1
    installation.governance.consents.withdraw(consent.id, operator="RK", now=utc_now())
    assert search(client, name)["FaceMatches"] == []
    assert client.list_faces(CollectionId=name)["Faces"] == []
    assert record["Face"]["FaceId"]


def test_a_doorstep_holds_no_more_faces_than_its_policy_says(governed, refuses):
    name, chief = governed(reviewers=0, most_faces=1)
    chief.index_faces(CollectionId=name, Image={"Bytes": ADA})
    both = sketch(Person("bob"), Person("eve", left=500))
    message = refuses("AccessDeniedException", chief.index_faces, CollectionId=name, Image={"Bytes": both})
    assert message.startswith("COLLECTION_FULL: ")
    assert len(chief.list_faces(CollectionId=name)["Faces"]) == 1
    [again] = chief.index_faces(CollectionId=name, Image={"Bytes": ADA})["FaceRecords"]
    assert again  # nothing new is stored


def test_nobody_takes_a_policy_off_alone(governed, refuses):
    name, chief = governed(reviewers=0)
    arn = chief.describe_collection(CollectionId=name)["CollectionARN"]
    for operation, params in (
        (chief.untag_resource, {"TagKeys": ["recognizance:policy"]}),
        (chief.tag_resource, {"Tags": {"recognizance:policy": "no-such-policy"}}),
    ):
        refuses(
            "ResourceNotFoundException" if "Tags" in params else "AccessDeniedException",
            operation,
            ResourceArn=arn,
            **params,
        )
    assert chief.list_tags_for_resource(ResourceArn=arn)["Tags"] == {"recognizance:policy": name}


def test_an_unknown_policy_founds_nothing(client, refuses):
    refuses(
        "ResourceNotFoundException",
        client.create_collection,
        CollectionId="never-founded",
        Tags={"recognizance:policy": "no-such-policy"},
    )
    refuses("ResourceNotFoundException", client.describe_collection, CollectionId="never-founded")


def test_a_stop_holds_at_once_and_spares_lists(governed, operator, installation, chief, refuses):
    name, administrator = governed(reviewers=0)
    enrol(administrator, name)
    stops = installation.governance.stops
    stop = stops.set(Order(Scope.COLLECTION, name, "a complaint"), by=chief, now=utc_now())
    message = refuses("AccessDeniedException", search, client=operator(), name=name)
    assert message.startswith("STOPPED: ")
    assert len(administrator.list_faces(CollectionId=name)["Faces"]) == 2
    second = installation.keys.create(Role.ADMINISTRATOR, "", utc_now(), person="deputy")
    stops.propose_lift(stop.id, "answered", by=chief, now=utc_now())
    stops.confirm_lift(stop.id, by=second, now=utc_now())
    assert search(operator(), name)["FaceMatches"]


def test_a_refusal_of_a_rule_is_on_record_with_its_code(governed, operator, installation, refuses):
    name, _ = governed(reviewers=0, must_carry=["case"])
    refuses("AccessDeniedException", search, client=operator(), name=name)
    last = list(installation.book.entries())[-1]
    assert (last["kind"], last["collection"], last["code"]) == ("refusal", name, "CASE_MISSING")


def test_a_deletion_leaves_a_receipt_that_verifies_offline(governed, installation, tmp_path):
    name, chief = governed(reviewers=0)
    [record] = chief.index_faces(CollectionId=name, Image={"Bytes": ADA})["FaceRecords"]
    answer = chief.delete_faces(CollectionId=name, FaceIds=[record["Face"]["FaceId"]])
    [receipt] = installation.governance.receipts.of_faces([record["Face"]["FaceId"]])
    assert receipt["entry"]["index"] == int(headers(answer)["x-recognizance-ledger"])
    assert receipt["entry"]["count"] == 1
