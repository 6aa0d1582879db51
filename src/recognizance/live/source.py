"""Source: the address of a camera in, its newest frame out, whenever somebody has time to look at it.

A thread decodes; a frame that nobody took before the next one came is dropped, so that looking never falls behind. An
address is the operator's, never a client's: rtsp://, rtsps://, http://, https://, file:PATH, device:PATH.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import av
import numpy as np
from av.error import FFmpegError
from av.video.frame import VideoFrame

from recognizance.video.clip import Frame

SCHEMES = ("rtsp", "rtsps", "http", "https", "file", "device")

TIMEOUT_S = 10.0
"""How long a camera may be silent before the connection counts as lost."""

_PROTOCOLS = {
    "rtsp": "rtsp,rtp,udp,tcp",
    "rtsps": "rtsps,rtsp,rtp,tcp,tls",
    "http": "http,tcp",
    "https": "https,tls,tcp",
    "file": "file",
}


class SourceError(Exception):
    """The camera does not answer, breaks off, or sends what is no video."""


@dataclass(frozen=True, slots=True)
class Shot:
    """A frame, with ms since the source was opened, and when it arrived by the server's clock (s since the epoch)."""

    frame: Frame
    arrived: float


class Source:
    """An open camera; a context manager. Frames are taken by one thread."""

    def __init__(self, address: str, clock: Callable[[], float] = time.time) -> None:
        """Connect. Raises SourceError."""
        self._clock = clock
        self._paced = address.startswith("file:")  # a file is played as fast as a camera would send it
        self._container = _open(address)
        self._opened = time.monotonic()
        self._fresh = threading.Condition()
        self._newest: tuple[VideoFrame, float, int] | None = None
        self._over: str | None = None
        self._closed = threading.Event()
        self.dropped = 0
        """Frames that were decoded and never looked at."""
        self._thread = threading.Thread(target=self._read, name="camera", daemon=True)
        self._thread.start()

    def take(self, timeout_s: float) -> Shot | None:
        """The newest frame that was not taken yet; None if none came in time. Raises SourceError once it is over."""
        with self._fresh:
            self._fresh.wait_for(lambda: self._newest is not None or self._over is not None, timeout_s)
            newest, self._newest = self._newest, None
            if newest is None:
                if self._over is not None:
                    raise SourceError(self._over)
                return None
        frame, arrived, time_ms = newest
        return Shot(Frame(time_ms, np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)), arrived)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closed.set()
        self._thread.join(TIMEOUT_S)  # it ends with the frame that it is waiting for
        if not self._thread.is_alive():
            self._container.close()

    def _read(self) -> None:
        over = "the stream ended"
        try:
            for frame in self._container.decode(video=0):
                if self._closed.is_set():
                    break
                if self._paced and frame.time is not None:
                    self._closed.wait(max(0.0, frame.time - (time.monotonic() - self._opened)))
                self._offer(frame)
        except (FFmpegError, OSError, ValueError, IndexError) as error:
            over = f"the stream broke off: {getattr(error, 'strerror', None) or error}"
        with self._fresh:
            self._over = over
            self._fresh.notify()

    def _offer(self, frame: VideoFrame) -> None:
        time_ms = round(1000 * (time.monotonic() - self._opened))
        with self._fresh:
            self.dropped += self._newest is not None
            self._newest = (frame, self._clock(), time_ms)
            self._fresh.notify()


def _open(address: str) -> Any:
    scheme, _, rest = address.partition(":")
    options = {"rtsp_transport": "tcp"} if scheme.startswith("rtsp") else {}
    if scheme in _PROTOCOLS:
        options["protocol_whitelist"] = _PROTOCOLS[scheme]
    target, form = (rest, "v4l2") if scheme == "device" else (rest if scheme == "file" else address, None)
    try:
        return av.open(target, format=form, options=options, timeout=TIMEOUT_S, metadata_errors="replace")
    except (FFmpegError, OSError, ValueError) as error:
        # Without the address: it may hold a password, and clients are told the reason.
        raise SourceError(f"the camera does not answer: {getattr(error, 'strerror', None) or 'no video'}") from error
