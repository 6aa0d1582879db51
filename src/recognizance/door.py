"""The AWS door, `POST /`: a client's bytes in, the answer's bytes out.

body within limits -> signature -> members -> dispatch -> body of the answer
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from recognizance.front import Exchange, Front
from recognizance.ports import Call, Dispatch
from recognizance.wire.faults import Fault
from recognizance.wire.model import Model
from recognizance.wire.parse import parse
from recognizance.wire.serialize import serialize, serialize_fault
from recognizance.wire.session import read_said
from recognizance.wire.sigv4 import SignedRequest


@dataclass(frozen=True, slots=True)
class Door:
    """Answers AWS clients."""

    front: Front
    dispatch: Dispatch
    model: Model

    async def answer(self, request: Request) -> Response:
        """Answer one request."""
        target = request.headers.get("x-amz-target", "").removeprefix(self.model.target_prefix)
        exchange = Exchange(target if target in self.model.operations else "unknown")
        return await self.front.answer(request, exchange, self._work, self._refuse)

    def _work(self, request: SignedRequest, exchange: Exchange) -> Response:
        now = self.front.clock()
        key, region = self.front.identify(request, exchange, now)
        operation, params = parse(self.model, request.headers, request.body)
        said = read_said(request.headers)
        result = self.dispatch(Call(operation.name, params, key, region, exchange.request_id, now, said))
        return self._respond(serialize(operation.output, result.body), 200, result.headers)

    def _refuse(self, fault: Fault, exchange: Exchange) -> Response:
        status = self.model.errors.get(fault.code)
        body = serialize_fault(fault, exchange.request_id, modelled=status is not None)
        return self._respond(body, status or fault.status, {})

    def _respond(self, body: bytes, status: int, headers: Mapping[str, str]) -> Response:
        return Response(body, status, {**headers, "content-type": self.model.content_type})
