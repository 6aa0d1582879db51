"""Any request that the description of the native API permits, and many that it does not: answers are as it says."""

from __future__ import annotations

import pytest
import requests
import schemathesis
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import HealthCheck, settings
from requests.auth import AuthBase
from schemathesis import checks
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi import checks as openapi_checks

from recognizance.api.jobs import WORKER
from recognizance.api.openapi import describe
from recognizance.api.reception import PREFIX
from recognizance.api.table import ENDPOINTS
from recognizance.values import Role

CONFIG = SchemathesisConfig.from_dict({"phases": {"coverage": {"enabled": False}, "fuzzing": {"enabled": True}}})
CHECKS = [
    checks.not_a_server_error,
    openapi_checks.status_code_conformance,
    openapi_checks.content_type_conformance,
    openapi_checks.response_schema_conformance,
]
ROLES = {(one.method, PREFIX + one.path): one.roles for one in ENDPOINTS}

schema = schemathesis.openapi.from_dict(describe(ENDPOINTS), config=CONFIG)


class Signature(AuthBase):
    """Signs as AWS clients do."""

    def __init__(self, key):
        self.credentials = Credentials(key.id, key.secret)

    def __call__(self, request):
        signed = AWSRequest(request.method, request.url, {}, request.body or b"")
        SigV4Auth(self.credentials, "rekognition", "eu-west-1").add_auth(signed)
        request.headers.update(signed.headers.items())
        return request


@pytest.fixture(scope="module")
def signatures(office):
    """A signature of each role that some endpoint is for alone."""
    keys = {role: office.hire(role, f"{role} person").key for role in (Role.ADMINISTRATOR, Role.REVIEWER)}
    keys[Role.WORKER] = office.app.find_key(WORKER)
    return {role: Signature(key) for role, key in keys.items()}


@schema.parametrize()
@settings(max_examples=10, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_answers_are_as_the_description_says(case, office, signatures):
    roles = ROLES[case.method, case.path]
    signature = next((signatures[role] for role in signatures if role in roles), None)
    response = case.call(base_url=office.url, auth=signature)
    assert response.status_code != 401
    case.validate_response(response, checks=CHECKS)


def test_the_description_is_given_to_anybody(office):
    answer = requests.get(f"{office.url}{PREFIX}/openapi.json", timeout=10)
    assert answer.json() == describe(ENDPOINTS)
