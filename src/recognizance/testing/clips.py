"""Clips for tests, drawn frame by frame: what is on them, and when, is known exactly."""

from __future__ import annotations

import io
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray


def write_clip(  # noqa: PLR0913 - one argument for each way in which clips differ
    frames: Iterable[NDArray[np.uint8]],
    *,
    rate: int = 10,
    times_ms: Iterable[int] | None = None,
    container: str = "mp4",
    codec: str = "libx264",
    rotation: int = 0,
) -> bytes:
    """The bytes of a clip of frames RGB uint8 (h, w, 3), sides even, at `rate` a second or at the given times.

    `rotation`: degrees by which a player turns the picture, as phones write it.
    """
    file = io.BytesIO()
    with av.open(file, "w", format=container) as output:
        stream: Any = output.add_stream(codec, rate=rate)
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        stream.time_base = Fraction(1, 1000)
        if rotation:
            stream.set_display_rotation(rotation)
        times = iter(times_ms) if times_ms is not None else None
        for place, pixels in enumerate(frames):
            if place == 0:
                stream.height, stream.width = pixels.shape[:2]
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts = next(times) if times is not None else round(1000 * place / rate)
            frame.time_base = Fraction(1, 1000)
            output.mux(stream.encode(frame))
        output.mux(stream.encode())
    return file.getvalue()


def write_sound(seconds: float = 0.2) -> bytes:
    """The bytes of an MP4 with sound and no picture."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as output:
        stream = output.add_stream("aac", rate=8000, layout="mono")
        samples = np.zeros((1, int(8000 * seconds)), np.float32)
        frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="mono")
        frame.sample_rate, frame.pts = 8000, 0
        output.mux(stream.encode(frame))
        output.mux(stream.encode())
    return file.getvalue()
