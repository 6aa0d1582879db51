"""Copying: a clip in, a copy of it with changed frames out, as MP4 with H.264 and without sound."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.error import FFmpegError
from numpy.typing import NDArray

from recognizance.errors import VideoError
from recognizance.video.clip import Clip, Frame

EVERY_FRAME = 1000.0
"""Frames a second that no clip exceeds: times are whole ms."""

_TICK = Fraction(1, 1000)  # s; times are kept as they are, also where the rate varies
_LIKELY_RATE = 25  # frames a second, for a clip that does not say; only a hint to players
_QUALITY = {"crf": "20", "preset": "veryfast"}

Change = Callable[[Frame], NDArray[np.uint8]]
"""Gives the pixels of a frame's copy, RGB uint8 (h, w, 3), of the same size."""


def write_copy(clip: Clip, path: Path, change: Change, progress: Callable[[int], None]) -> None:
    """Write a copy, upright, each frame at its own time. The file appears when it is whole.

    Raises VideoError where the clip breaks off or the copy cannot be written.
    """
    part = path.with_name(f"{path.name}.part")
    try:
        with av.open(str(part), "w", format="mp4") as output:
            _encode(clip, output, change, progress)
        part.replace(path)
    except (FFmpegError, OSError) as error:
        raise VideoError(f"{path} cannot be written: {error}") from error
    finally:
        part.unlink(missing_ok=True)


def _encode(clip: Clip, output: Any, change: Change, progress: Callable[[int], None]) -> None:
    stream = output.add_stream("libx264", rate=round(clip.info.frame_rate) or _LIKELY_RATE, options=dict(_QUALITY))
    stream.width, stream.height = _even(clip.info.width), _even(clip.info.height)
    stream.pix_fmt = "yuv420p"
    stream.codec_context.time_base = stream.time_base = _TICK
    for frame in clip.frames(EVERY_FRAME):
        copied = av.VideoFrame.from_ndarray(_padded(change(frame)), format="rgb24")
        copied.pts, copied.time_base = frame.time_ms, _TICK
        output.mux(stream.encode(copied))
        progress(frame.time_ms)
    output.mux(stream.encode())


def _even(side: int) -> int:
    return side + side % 2


def _padded(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The pixels with the last row and column doubled where sides are odd, as H.264 wants them even."""
    height, width = pixels.shape[:2]
    padded: NDArray[np.uint8] = np.pad(pixels, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
    return padded
