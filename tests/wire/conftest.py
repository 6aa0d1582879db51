"""The codec's model; and a server whose operations are scripted by the test, for stock clients to talk to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from wire_desk import KEY, Desk

from recognizance.server import create_server
from recognizance.testing.server import running
from recognizance.wire.model import Model, load_model


@pytest.fixture(scope="session")
def model() -> Model:
    return load_model()


@pytest.fixture(scope="session")
def running_desk() -> Iterator[Desk]:
    desk = Desk()
    app = create_server(desk, {KEY.id: KEY}.get, clock=lambda: datetime.now(UTC), workers=2)
    with running(app) as desk.url:
        yield desk


@pytest.fixture
def desk(running_desk: Desk) -> Desk:
    """The server of all tests, with nothing asked and nothing laid down."""
    running_desk.calls.clear()
    running_desk.will_answer({})
    return running_desk
