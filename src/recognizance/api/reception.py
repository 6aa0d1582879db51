"""Reception: the endpoints as routes of the server, and one request from signature to answer.

body within limits -> signature -> role -> path, query and body against their models -> function -> answer

What a role or a rule refuses is an entry of the ledger, as it is at the AWS door.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from recognizance.api.endpoint import Ask, Download, Endpoint, Nothing
from recognizance.api.parts import Parts
from recognizance.api.problem import Problem, problem_of, status_of
from recognizance.errors import AccessDeniedError, RecognizanceError
from recognizance.front import Exchange, Front
from recognizance.governance.rulebook import Asker
from recognizance.values import AccessKey
from recognizance.wire.faults import Fault
from recognizance.wire.session import read_said
from recognizance.wire.sigv4 import SignedRequest

PREFIX = "/api/v1"

NAME = r"[a-zA-Z0-9_.\-]{1,255}"
"""What a place in a path takes, unless its endpoint says otherwise."""


@dataclass(frozen=True, slots=True)
class Reception:
    """Answers the native API."""

    front: Front
    parts: Parts
    endpoints: Sequence[Endpoint]

    def routes(self) -> list[Route]:
        """A route for each endpoint."""
        return [
            Route(PREFIX + endpoint.path, self._answer_to(endpoint), methods=[endpoint.method])
            for endpoint in self.endpoints
        ]

    def _answer_to(self, endpoint: Endpoint) -> Any:
        async def answer(request: Request) -> Response:
            places = dict(request.path_params)

            def work(signed: SignedRequest, exchange: Exchange) -> Response:
                return self._work(endpoint, places, signed, exchange)

            exchange = Exchange(f"{endpoint.method} {endpoint.path}")
            return await self.front.answer(request, exchange, work, _refuse)

        return answer

    def _work(
        self, endpoint: Endpoint, places: Mapping[str, str], request: SignedRequest, exchange: Exchange
    ) -> Response:
        now = self.front.clock()
        key = self.front.identify(request, exchange, now)[0] if endpoint.roles else None
        try:
            _require_role(endpoint, key)
            ask = Ask(
                self.parts,
                key,
                now,
                exchange.request_id,
                read_said(request.headers) if endpoint.roles else {},
                _read_places(endpoint, places),
                _read_query(endpoint, request.query),
                _read_body(endpoint, request.body),
            )
            answer = endpoint.run(ask)
        except AccessDeniedError as error:
            if key is not None:
                self._record(endpoint, key, exchange, error, now)
            raise problem_of(error) from error
        except RecognizanceError as error:
            raise problem_of(error) from error
        return _respond(endpoint, answer)

    def _record(
        self, endpoint: Endpoint, key: AccessKey, exchange: Exchange, error: AccessDeniedError, now: datetime
    ) -> None:
        asker = Asker(endpoint.run.__name__, key, exchange.request_id, {})
        self.parts.governance.rulebook.refuse(asker, None, error, now=now)


def _require_role(endpoint: Endpoint, key: AccessKey | None) -> None:
    if key is not None and key.role not in endpoint.roles:
        raise AccessDeniedError(f"{endpoint.method} {PREFIX}{endpoint.path} is not for the role {key.role.value}")


def _respond(endpoint: Endpoint, answer: BaseModel | Download) -> Response:
    if isinstance(answer, Download):
        headers = (
            {} if answer.filename is None else {"content-disposition": f'attachment; filename="{answer.filename}"'}
        )
        return Response(answer.content, endpoint.status, headers, media_type=answer.media_type)
    return Response(answer.model_dump_json(), endpoint.status, media_type="application/json")


def _refuse(fault: Fault, exchange: Exchange) -> Response:
    problem = Problem(code=fault.code, message=fault.message, request_id=exchange.request_id)
    return Response(problem.model_dump_json(), status_of(fault), media_type="application/json")


def _read_places(endpoint: Endpoint, places: Mapping[str, str]) -> Mapping[str, str]:
    for name, value in places.items():
        pattern = endpoint.places.get(name, NAME)
        if not re.fullmatch(pattern, value):
            raise Fault("InvalidRequest", f"{name} in the path is to match {pattern}, got {value[:80]!r}", 400)
    return places


def _read_query(endpoint: Endpoint, query: str) -> BaseModel:
    pairs = parse_qsl(query, keep_blank_values=True)
    if len(dict(pairs)) != len(pairs):
        raise Fault("InvalidRequest", "a name is given twice in the query", 400)
    return _checked(endpoint.query, dict(pairs), "query", strict=False)


def _read_body(endpoint: Endpoint, body: bytes) -> BaseModel:
    if endpoint.body is Nothing and not body:
        return Nothing()
    try:
        members = json.loads(body, object_pairs_hook=_unique)
    except (ValueError, RecursionError):
        raise Fault("InvalidRequest", "the body is to be JSON, and to name each member once", 400) from None
    return _checked(endpoint.body, members, "body", strict=True)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member is there twice")
    return members


def _checked(model: type[BaseModel], members: Any, where: str, *, strict: bool) -> BaseModel:
    try:
        if strict:  # as JSON: dates come as text there
            return model.model_validate_json(json.dumps(members), strict=True)
        return model.model_validate(members)
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, e['loc'])) or where}: {e['msg']}" for e in error.errors())
        raise Fault("InvalidRequest", f"the {where} cannot be used: {problems}", 400) from None
