"""Operations that a test scripts, behind a real server."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from recognizance.ports import Call, Result
from recognizance.values import AccessKey, Role
from recognizance.wire.faults import Fault

KEY = AccessKey("RCGZWIRETESTS", Role.ADMINISTRATOR, "tests", datetime.now(UTC), None, secret="secret/of+tests")


@dataclass
class Desk:
    """A dispatch that keeps what it was asked and answers what the test laid down."""

    url: str = ""
    answer: Result | Exception = field(default_factory=lambda: Result({}))
    calls: list[Call] = field(default_factory=list)

    def __call__(self, call: Call) -> Result:
        self.calls.append(call)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def will_answer(self, body: dict[str, object], **headers: str) -> None:
        self.answer = Result(body, headers)

    def will_refuse(self, code: str, message: str) -> None:
        self.answer = Fault(code, message)
