"""An office with a running server, for stories: people with keys of their own, and the ledger to look into.

Only its eyes are fake, so that a picture states whose face it shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import boto3
import pytest
from botocore.config import Config
from botocore.credentials import Credentials

from recognizance.app import App, utc_now
from recognizance.cli.native import Native
from recognizance.settings import Settings
from recognizance.testing.curve import LinearCurve
from recognizance.testing.server import running
from recognizance.testing.vision import FakeVision
from recognizance.values import Role
from recognizance.wire.session import write_tag

TRAINED, LATER = datetime(2025, 1, 1, tzinfo=UTC), datetime(2999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Somebody:
    """A person at work: a key, and how it asks the native API."""

    key: object
    native: Native


class Office:
    """A running installation, and the people who have keys to it."""

    def __init__(self, app, url):
        self.app = app
        self.url = url

    def hire(self, role, person):
        key = self.app.store.keys.create(role, "", utc_now(), person=person)
        return Somebody(key, Native(self.url, Credentials(key.id, key.secret), "eu-west-1"))

    def hire_reviewer(self, chief, person, *, expires=LATER):
        reviewer = self.hire(Role.REVIEWER, person)
        chief.native.post(
            "reviewers", key=reviewer.key.id, trained_at=TRAINED.isoformat(), expires_at=expires.isoformat()
        )
        return reviewer

    def aws(self, somebody, **said):
        return boto3.client(
            "rekognition",
            endpoint_url=self.url,
            region_name="eu-west-1",
            aws_access_key_id=somebody.key.id,
            aws_secret_access_key=somebody.key.secret,
            aws_session_token=write_tag(said) if said else None,
            config=Config(retries={"max_attempts": 1}),
        )

    def entries(self, kind):
        return list(self.app.book.entries(kinds=[kind]))


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("recognizance.app.build_vision", lambda *_, **__: FakeVision())
        patch.setattr("recognizance.app.pull", lambda *_, **__: None)
        patch.setattr("recognizance.app.load_curve", lambda *_: LinearCurve())
        patch.setattr("recognizance.audit.gate.AuditGate.digests", lambda _: {"the-network": "0" * 64})
        with App(Settings(data=tmp_path_factory.mktemp("data"))) as app, running(app.asgi()) as url:
            yield Office(app, url)
