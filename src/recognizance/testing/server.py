"""A running server, for tests that talk to it with stock clients over a real socket."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette

from recognizance.server import configure, listen


@contextmanager
def running(app: Starlette) -> Iterator[str]:
    """Serve the application on a free port of loopback while the block lasts; gives its URL."""
    with listen("127.0.0.1", 0) as listener:
        server = uvicorn.Server(configure(app))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="test server")
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
