"""Who may do what, and what is said of operations that are not offered; through boto3."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from recognizance.app import utc_now
from recognizance.operations.registry import OPERATIONS
from recognizance.testing.vision import Person, sketch
from recognizance.values import Role

PICTURE = {"Bytes": sketch(Person("a"))}
CALLS = {
    "detect_faces": {"Image": PICTURE},
    "compare_faces": {"SourceImage": PICTURE, "TargetImage": PICTURE},
    "create_collection": {"CollectionId": "unknown"},
    "list_collections": {},
    "describe_collection": {"CollectionId": "unknown"},
    "search_faces_by_image": {"CollectionId": "unknown", "Image": PICTURE},
    "delete_collection": {"CollectionId": "unknown"},
}
ALLOWED = {
    Role.OPERATOR: {
        "detect_faces",
        "compare_faces",
        "list_collections",
        "describe_collection",
        "search_faces_by_image",
    },
    Role.REVIEWER: {"detect_faces", "compare_faces", "list_collections", "describe_collection"},
    Role.AUDITOR: {"list_collections", "describe_collection"},
}


@pytest.mark.parametrize("operation", CALLS)
@pytest.mark.parametrize("role", ALLOWED)
def test_roles(installation, connect, role, operation):
    client = connect(installation.keys.create(role, label="t", now=utc_now()))
    try:
        getattr(client, operation)(**CALLS[operation])
        code = "none"
    except ClientError as error:
        code = error.response["Error"]["Code"]
    if operation in ALLOWED[role]:
        assert code in {"none", "ResourceNotFoundException"}
    else:
        assert code == "AccessDeniedException", "and not whether the collection exists"


def test_denial_names_the_key_the_operation_and_the_role(installation, connect, refuses):
    key = installation.keys.create(Role.AUDITOR, label="t", now=utc_now())
    message = refuses("AccessDeniedException", connect(key).delete_collection, CollectionId="people")
    assert key.id in message
    assert "rekognition:DeleteCollection" in message
    assert "collection/people" in message
    assert "auditor" in message


def test_revoked_key_is_refused_at_once(installation, connect, refuses):
    key = installation.keys.create(Role.OPERATOR, label="t", now=utc_now())
    client = connect(key)
    client.list_collections()
    installation.keys.revoke(key.id, now=utc_now())
    refuses("UnrecognizedClientException", client.list_collections)


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("recognize_celebrities", {"Image": PICTURE}),
        ("detect_labels", {"Image": PICTURE}),
        ("get_label_detection", {"JobId": "a" * 64}),
        ("list_media_analysis_jobs", {}),
        ("create_face_liveness_session", {}),
    ],
)
def test_operation_that_is_not_offered_says_so(client, refuses, operation, params):
    message = refuses("InvalidParameterException", getattr(client, operation), **params)
    assert "is not offered by Recognizance" in message
    assert client.meta.method_to_api_mapping[operation] in message


def test_every_offered_operation_is_one_of_the_service(client):
    assert set(OPERATIONS) <= set(client.meta.service_model.operation_names)
    assert len(OPERATIONS) == 34
