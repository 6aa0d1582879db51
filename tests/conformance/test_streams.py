"""Stream processors through the stock client. No camera is there: the processors of this server see nothing."""

from __future__ import annotations

import json
from itertools import count

import boto3
import pytest
from botocore.config import Config

from recognizance.app import utc_now
from recognizance.policy.document import read_policy
from recognizance.values import Role

ACCOUNT = "123456789012"
INPUT = {"KinesisVideoStream": {"Arn": f"arn:aws:kinesisvideo:us-east-1:{ACCOUNT}:stream/door/1"}}
OUTPUT = {"KinesisDataStream": {"Arn": f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/records"}}
ROLE = f"arn:aws:iam::{ACCOUNT}:role/any"

_numbers = count(1)


@pytest.fixture(scope="module")
def team(installation, client):
    """A collection whose policy permits live video."""
    document = {
        "name": "doorstep-live",
        "version": 1,
        "purpose": "doorstep",
        "legal_basis": "household",
        "authority": "Test House",
        "jurisdiction": "EU",
        "kind": "identify",
        "floor": 80,
        "consent": "none",
        "reviewers": 0,
        "streams": True,
        "roles": ["administrator"],
    }
    chief = installation.keys.create(Role.ADMINISTRATOR, "", utc_now(), person="streamer")
    installation.governance.changes.put(read_policy(json.dumps(document), form="json"), by=chief, now=utc_now())
    client.create_collection(CollectionId="live-team", Tags={"recognizance:policy": "doorstep-live"})
    return "live-team"


def asked(team, **changes):
    return {
        "Name": f"door-{next(_numbers)}",
        "Input": INPUT,
        "Output": OUTPUT,
        "RoleArn": ROLE,
        "Settings": {"FaceSearch": {"CollectionId": team, "FaceMatchThreshold": 70.0}},
    } | changes


@pytest.fixture
def door(client, team):
    """A new processor, stopped."""
    params = asked(team)
    client.create_stream_processor(**params)
    return params["Name"]


def status(client, name):
    return client.describe_stream_processor(Name=name)["Status"]


def wait_for(client, name, wanted):
    for _ in range(1000):
        if status(client, name) == wanted:
            return
    raise AssertionError(f"{status(client, name)}, not {wanted}")


def test_create_and_describe(client, team):
    params = asked(team, Tags={"recognizance:hours": "08:00-18:00 Europe/Berlin"})
    arn = client.create_stream_processor(**params)["StreamProcessorArn"]
    assert arn == f"arn:aws:rekognition:eu-west-1:{ACCOUNT}:streamprocessor/{params['Name']}"
    told = client.describe_stream_processor(Name=params["Name"])
    assert (told["Name"], told["StreamProcessorArn"], told["Status"]) == (params["Name"], arn, "STOPPED")
    assert {name: told[name] for name in ("Input", "Output", "RoleArn", "Settings")} == {
        name: params[name] for name in ("Input", "Output", "RoleArn", "Settings")
    }
    assert told["CreationTimestamp"] == told["LastUpdateTimestamp"]
    assert "StatusMessage" not in told


def test_the_life_of_a_processor(client, door, refuses):
    assert "not running" in refuses("ResourceInUseException", client.stop_stream_processor, Name=door)
    client.start_stream_processor(Name=door)
    wait_for(client, door, "RUNNING")
    assert "running already" in refuses("ResourceInUseException", client.start_stream_processor, Name=door)
    assert "stop it first" in refuses("ResourceInUseException", client.delete_stream_processor, Name=door)
    client.stop_stream_processor(Name=door)
    wait_for(client, door, "STOPPED")
    client.delete_stream_processor(Name=door)
    refuses("ResourceNotFoundException", client.describe_stream_processor, Name=door)


def test_a_name_is_taken_once(client, team, door, refuses):
    message = refuses("ResourceInUseException", client.create_stream_processor, **asked(team, Name=door))
    assert "exists" in message


def test_list_in_pages(client, team):
    names = [f"page-{place}" for place in range(5)]
    for name in names:
        client.create_stream_processor(**asked(team, Name=name))
    seen, token = [], {}
    while True:
        page = client.list_stream_processors(MaxResults=2, **token)
        seen += [one["Name"] for one in page["StreamProcessors"]]
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert [name for name in seen if name.startswith("page-")] == names


@pytest.mark.parametrize("operation", ["start", "stop", "delete", "describe", "update"])
def test_an_unknown_processor(client, refuses, operation):
    call = getattr(client, f"{operation}_stream_processor")
    assert "nobody" in refuses("ResourceNotFoundException", call, Name="nobody")


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        pytest.param(
            {"Settings": {"ConnectedHome": {"Labels": ["PERSON"]}}}, "searches faces, not labels", id="connected home"
        ),
        pytest.param({"Settings": {"FaceSearch": {}}}, "lacks CollectionId", id="no collection"),
        pytest.param({"Input": {}}, "Input lacks", id="no camera"),
        pytest.param({"Output": {"S3Destination": {"Bucket": "abc"}}}, "Output is to hold", id="records to a bucket"),
        pytest.param(
            {"RegionsOfInterest": [{"BoundingBox": {"Left": 0, "Top": 0, "Width": 1, "Height": 1}}]},
            "RegionsOfInterest cannot be used",
            id="regions",
        ),
        pytest.param({"KmsKeyId": "key"}, "KmsKeyId cannot be used", id="a key for images"),
        pytest.param({"DataSharingPreference": {"OptIn": True}}, "OptIn cannot be true", id="sharing"),
        pytest.param({"Tags": {"recognizance:hours": "always"}}, "08:00-18:00", id="hours nobody can read"),
        pytest.param({"Tags": {"recognizance:zones": "0 0 2 1"}}, "four ratios", id="a zone outside"),
        pytest.param(
            {"Input": {"KinesisVideoStream": {"Arn": f"arn:aws:kinesisvideo:us-east-1:{ACCOUNT}:stream/x/1"}}},
            "setting `streams`",
            id="a camera that nobody set up",
        ),
    ],
)
def test_what_makes_no_processor(client, team, refuses, changes, complaint):
    message = refuses("InvalidParameterException", client.create_stream_processor, **asked(team, **changes))
    assert complaint in message


def test_update_changes_nothing_of_a_face_search(client, door, refuses):
    client.update_stream_processor(Name=door, DataSharingPreferenceForUpdate={"OptIn": False})
    message = refuses(
        "InvalidParameterException",
        client.update_stream_processor,
        Name=door,
        SettingsForUpdate={"ConnectedHomeForUpdate": {"Labels": ["PET"]}},
    )
    assert "cannot be used with FaceSearch" in message


def test_selectors_are_for_labels(client, door, refuses):
    message = refuses(
        "InvalidParameterException",
        client.start_stream_processor,
        Name=door,
        StopSelector={"MaxDurationInSeconds": 10},
    )
    assert "StopSelector cannot be used" in message


def test_without_a_policy_that_permits_it_there_is_no_live_search(client, collection, refuses):
    message = refuses("AccessDeniedException", client.create_stream_processor, **asked(collection))
    assert message.startswith("STREAMS_OFF")


def test_starting_asks_the_policy_again(installation, client, door, refuses):
    operator = installation.keys.create(Role.OPERATOR, "", utc_now())
    stock = boto3.client(
        "rekognition",
        endpoint_url=installation.url,
        region_name="eu-west-1",
        aws_access_key_id=operator.id,
        aws_secret_access_key=operator.secret,
        config=Config(retries={"max_attempts": 1}),
    )
    refuses("AccessDeniedException", stock.start_stream_processor, Name=door)
    assert status(client, door) == "STOPPED"


def test_an_unknown_collection(client, refuses):
    refuses("ResourceNotFoundException", client.create_stream_processor, **asked("no-such-team"))
