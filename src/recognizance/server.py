"""The HTTP server: the AWS door and the pages for monitoring as one ASGI application, and how it is served."""

from __future__ import annotations

import asyncio
import errno
import signal
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import anyio
import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from recognizance.door import Door
from recognizance.errors import StartError
from recognizance.front import BodyLimits, FindKey, Front, Meter
from recognizance.ports import Clock, Dispatch
from recognizance.wire.model import load_model

MAX_BODY_BYTES = 16 * 1024 * 1024
"""CompareFaces carries two inline pictures of at most 5 MiB, which are 14 MiB of base64."""

BODY_TIMEOUT_S = 60.0
HEADER_TIMEOUT_S = 10.0
KEEP_ALIVE_S = 65  # longer than the usual 60 of load balancers, so that it is they who close
STOP_TIMEOUT_S = 30
MAX_CONNECTIONS = 512

_HINT = (
    "Recognizance speaks Amazon Rekognition's API: send POST / with an AWS client. "
    "For monitoring there are GET /healthz, /readyz and /metrics."
)


def create_server(  # noqa: PLR0913 - the seams to all that stands behind it
    dispatch: Dispatch,
    find_key: FindKey,
    *,
    clock: Clock,
    workers: int,
    max_body_bytes: int = MAX_BODY_BYTES,
    body_timeout_s: float = BODY_TIMEOUT_S,
    ready: Callable[[], Sequence[str]] = tuple,
    registry: CollectorRegistry | None = None,
    native: Callable[[Front], Sequence[Route]] = lambda _: (),
) -> Starlette:
    """The application: the AWS door at `POST /`, and `GET /healthz`, `/readyz` and `/metrics`.

    `workers` requests are worked on at once; more wait in line. `ready` gives the reasons why the server is not ready,
    none when it is. `registry` gets the metrics of the front, and is what `/metrics` shows. `native` gives the
    routes of the native API behind the same front.
    """
    registry = registry or CollectorRegistry()
    front = Front(
        find_key=find_key,
        clock=clock,
        limits=BodyLimits(max_body_bytes, body_timeout_s),
        threads=anyio.CapacityLimiter(workers),
        meter=Meter(registry),
    )
    door = Door(front, dispatch, load_model())

    async def alive(_: Request) -> Response:
        return JSONResponse({"alive": True})

    async def prepared(_: Request) -> Response:
        reasons = list(ready())
        return JSONResponse({"ready": not reasons, "reasons": reasons}, 503 if reasons else 200)

    async def metrics(_: Request) -> Response:
        return Response(generate_latest(registry), headers={"content-type": CONTENT_TYPE_LATEST})

    return Starlette(
        routes=[
            Route("/", door.answer, methods=["POST"]),
            Route("/healthz", alive),
            Route("/readyz", prepared),
            Route("/metrics", metrics),
            *native(front),
        ],
        exception_handlers={404: _point_the_way, 405: _point_the_way},
    )


async def _point_the_way(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # it is registered for 404 and 405 alone
    return JSONResponse({"message": _HINT}, error.status_code, error.headers)


def serve(app: Starlette, host: str, port: int, *, announce: Callable[[str], None] | None = None) -> None:
    """Serve until SIGINT or SIGTERM, then finish what is being answered. Port 0 takes a free one.

    `announce` is told the URL as soon as connections are taken. Raises StartError if the address cannot be had.
    """
    server = uvicorn.Server(configure(app))
    with listen(host, port) as listener, _stopped_by_signals(server):
        if announce is not None:
            announce(f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}")
        server.run(sockets=[listener])


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; clients that connect before the server runs wait. Raises StartError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        reason = str(error.strerror).partition(" (")[0]  # Python adds the address, which is told already
        taken = error.errno == errno.EADDRINUSE
        remedy = "stop what uses it, or choose another with --port" if taken else "choose another with --host or --port"
        raise StartError(f"cannot listen on {host} port {port}: {reason}; {remedy}") from None


def configure(app: Starlette) -> uvicorn.Config:
    """Options of uvicorn: its own log is off, since the door writes one line for each request."""
    return uvicorn.Config(
        app,
        http=_Protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        limit_concurrency=MAX_CONNECTIONS,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=STOP_TIMEOUT_S,
    )


class _Protocol(HttpToolsProtocol):
    """The HTTP of uvicorn, with a limit on the time that a request's headers take; uvicorn would wait for ever."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's
        """Start the clock for the first request."""
        super().connection_made(transport)
        self._headers_due = self.loop.call_later(HEADER_TIMEOUT_S, transport.close)

    def on_message_begin(self) -> None:
        """Start the clock anew for each request."""
        super().on_message_begin()
        self._headers_due.cancel()
        self._headers_due = self.loop.call_later(HEADER_TIMEOUT_S, self.transport.close)

    def on_headers_complete(self) -> None:
        """Stop the clock."""
        self._headers_due.cancel()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        self._headers_due.cancel()
        super().connection_lost(exc)


@contextmanager
def _stopped_by_signals(server: uvicorn.Server) -> Iterator[None]:
    """Have signals stop the server, and nothing else, while the block lasts.

    Uvicorn listens to them only while it runs, and raises them once more at its end: one that comes before must not
    get lost, and the second must not end the process before it has cleaned up.
    """
    kept = {number: signal.signal(number, server.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)
