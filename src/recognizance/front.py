"""The front that both doors share: a body within limits, whose key signed it, and one line for each request.

The event loop reads the body. All else of a request runs in one of a few worker threads, because hashing a picture,
decoding it and computing with it would hold up the loop. A request is told to the log and the metrics by operation,
outcome and size, never by what it contains.
"""

from __future__ import annotations

import asyncio
import time
import traceback
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime

import anyio
import structlog
from anyio import to_thread
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from recognizance.ports import Clock
from recognizance.values import AccessKey
from recognizance.wire import faults
from recognizance.wire.faults import Fault
from recognizance.wire.sigv4 import SignedRequest, read_claim

FindKey = Callable[[str], AccessKey | None]
"""Looks a key up by id, its secret opened; a revoked key may be found. Called in a worker thread."""

_UNREAD = frozenset({"RequestEntityTooLargeException", "RequestTimeoutException"})

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Exchange:
    """What log and metrics may know of one request."""

    operation: str
    """One of the model's, or "unknown" for all others: they are without number, and each would be a metric."""
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    key_id: str | None = None
    """The key that signed, once verified."""
    code: str = "OK"
    status: int = 0
    bytes_in: int = 0
    bytes_out: int = 0


class Meter:
    """One log line and three metrics for each request."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._requests = Counter(
            "recognizance_requests", "Requests answered.", ("operation", "code"), registry=registry
        )
        self._seconds = Histogram(
            "recognizance_request_seconds", "Time from headers to answer.", ("operation",), registry=registry
        )
        self._in_flight = Gauge("recognizance_requests_in_flight", "Requests being answered.", registry=registry)

    @contextmanager
    def watch(self, exchange: Exchange) -> Iterator[None]:
        """Measure what happens inside, and tell of it at the end."""
        started = time.perf_counter()
        with self._in_flight.track_inprogress():
            yield
        seconds = time.perf_counter() - started
        self._requests.labels(exchange.operation, exchange.code).inc()
        self._seconds.labels(exchange.operation).observe(seconds)
        _log.info("request", **asdict(exchange), ms=round(seconds * 1000, 1))


@dataclass(frozen=True, slots=True)
class BodyLimits:
    """How long a body may be, in bytes, and how long it may take to come."""

    size: int
    timeout_s: float

    async def read(self, request: Request) -> bytes:
        """The body. Raises Fault for one that is too long or does not come in time.

        A client that has begun to send reads no answer before it is done. So a body that is too long is read on and
        thrown away, up to twice the size, and then refused.
        """
        declared = int(request.headers.get("content-length", 0))
        if declared > 2 * self.size:
            raise faults.too_large(self.size)
        chunks: list[bytes] = []
        length = 0
        try:
            async with asyncio.timeout(self.timeout_s):
                async for chunk in request.stream():
                    length += len(chunk)
                    if length > 2 * self.size:
                        break
                    if max(length, declared) <= self.size:
                        chunks.append(chunk)
        except TimeoutError:
            raise faults.too_slow(self.timeout_s) from None
        if length > self.size:
            raise faults.too_large(self.size)
        return b"".join(chunks)


Work = Callable[[SignedRequest, "Exchange"], Response]
"""From the request as it came to the answer, in a worker thread. Raises Fault."""

Refuse = Callable[[Fault, "Exchange"], Response]


@dataclass(frozen=True, slots=True)
class Front:
    """One request in, one response out, whatever happens in between."""

    find_key: FindKey
    clock: Clock
    limits: BodyLimits
    threads: anyio.CapacityLimiter
    meter: Meter

    async def answer(self, request: Request, exchange: Exchange, work: Work, refuse: Refuse) -> Response:
        """What `work` answers, or what `refuse` makes of the fault that it or the way to it raised."""
        with self.meter.watch(exchange):
            try:
                response = await self._serve(request, exchange, work)
            except Fault as fault:
                response = refuse(fault, exchange)
                exchange.code = fault.code
                if response.status_code >= 500:  # a full disk, say: nobody else can tell the operator
                    _log.error("request failed", request_id=exchange.request_id, reason=fault.message)
            except ClientDisconnect:
                exchange.code = "ClientDisconnected"
                response = Response(status_code=400)  # nobody reads it
            except Exception as error:  # noqa: BLE001 - our mistake is one request's failure, told without internals
                # Formatted here: a log renderer that is handed an exception may show local variables, such as pictures.
                trace = "".join(traceback.format_exception(error))
                _log.error("request failed", request_id=exchange.request_id, trace=trace)
                response, exchange.code = refuse(faults.internal(), exchange), faults.internal().code
            if exchange.code in _UNREAD:  # the body was not read to its end, so no other request can follow it
                response.headers["connection"] = "close"
            response.headers["x-amzn-requestid"] = exchange.request_id
            exchange.status, exchange.bytes_out = response.status_code, len(response.body)
            return response

    def identify(self, request: SignedRequest, exchange: Exchange, now: datetime) -> tuple[AccessKey, str]:
        """The key that signed the request, and the region it was signed for. Raises Fault."""
        claim = read_claim(request, now)
        key = self.find_key(claim.key_id)
        claim.verify(key.secret if key is not None and key.revoked_at is None else None)
        assert key is not None  # or the claim would not have been verified
        exchange.key_id = key.id
        return key, claim.region

    async def _serve(self, request: Request, exchange: Exchange, work: Work) -> Response:
        body = await self.limits.read(request)
        exchange.bytes_in = len(body)
        path = request.scope["raw_path"].decode("latin-1")
        query = request.scope["query_string"].decode("latin-1")
        signed = SignedRequest(request.method, path, query, _merge_headers(request), body)
        return await to_thread.run_sync(work, signed, exchange, limiter=self.threads)


def _merge_headers(request: Request) -> dict[str, str]:
    """Headers by lower-case name; a repeated one becomes one with commas, so that nobody picks one of two."""
    merged: dict[str, str] = {}
    for name, value in request.headers.items():
        merged[name] = f"{merged[name]},{value}" if name in merged else value
    return merged
