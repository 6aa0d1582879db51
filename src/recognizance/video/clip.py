"""Clip: a stored video in, its properties and upright frames with their times out.

The container is opened from a file object alone, with formats and protocols held to a list: a playlist inside an
uploaded file must not make the server fetch what it names. Times are those of the stream, so a variable frame rate is
told as it is. Only frames that are looked at are converted to pixels.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from types import TracebackType
from typing import BinaryIO, Self

import av
import numpy as np
from av.error import FFmpegError
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from recognizance.errors import VideoError

FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,flv,ogg,asf"
"""Containers that are opened; each holds its frames itself. Playlists, which name other files, are not among them."""

MAX_SIDE = 8192
"""Longest side of a frame in px, of what is called 8K."""

MISSING_MS = 2_000
"""Of a clip's stated duration, without which it counts as broken off. Less is lost to rounding and slow last frames."""

_ROUNDING = 1e-6  # of a step, so that a frame right on the grid is not taken for one before it

_QUARTER_TURNS = {0: 0, 90: 1, -90: 3, 180: 2, -180: 2}


@dataclass(frozen=True, slots=True)
class ClipInfo:
    """What a clip says of itself. `width` and `height` in px of the upright picture."""

    codec: str
    format: str
    """The container's name as FFmpeg spells it, such as "QuickTime / MOV"."""
    duration_ms: int
    frame_rate: float
    width: int
    height: int
    full_range: bool
    """Whether colours use the full range of values."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame that is looked at: its time in ms from the start of the clip, and upright pixels RGB uint8 (h, w, 3)."""

    time_ms: int
    pixels: NDArray[np.uint8]


class Clip:
    """An open clip; a context manager. For one thread at a time."""

    def __init__(self, file: BinaryIO) -> None:
        """Open a seekable file. Raises VideoError for what is no video that can be decoded."""
        try:
            self._container = av.open(
                file,
                mode="r",
                options={"format_whitelist": FORMATS, "protocol_whitelist": ""},
                metadata_errors="replace",
            )
        except (FFmpegError, ValueError) as error:
            raise VideoError(f"the object is no video that can be read: {_reason(error)}") from error
        try:
            self._stream = self._video_stream()
            self._decoding = self._container.decode(self._stream)
            self._first = self._read_first()
        except BaseException:
            self._container.close()
            raise
        self.info = self._describe()

    def close(self) -> None:
        """Close the container; the file stays the caller's."""
        self._container.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def frames(self, rate: float) -> Iterator[Frame]:
        """About `rate` frames a second, all of them where the clip has fewer, in order of time. Once for each Clip.

        Raises VideoError, after the frames that could be read, where the clip breaks off before its end.
        """
        step_ms, due, time_ms = 1000 / rate, 0.0, 0
        for frame in self._decoded():
            time_ms = self._time_ms(frame)
            if time_ms / step_ms >= due - _ROUNDING:
                due = math.floor(time_ms / step_ms + _ROUNDING) + 1
                yield Frame(time_ms, self._upright(frame))
        if self.info.duration_ms - time_ms > MISSING_MS:
            raise VideoError(f"the video breaks off at {time_ms} ms of {self.info.duration_ms} ms")

    def _decoded(self) -> Iterator[VideoFrame]:
        yield self._first
        try:
            for frame in self._decoding:
                if frame.pts is not None:
                    yield frame
        except FFmpegError as error:
            raise VideoError(f"the video breaks off: {_reason(error)}") from error

    def _video_stream(self) -> VideoStream:
        streams = [stream for stream in self._container.streams.video if not _is_cover(stream)]
        if not streams:
            raise VideoError("the object has no video in it, only other streams")
        stream = streams[0]
        if stream.codec_context is None:
            raise VideoError("the video's codec is unknown here")
        if max(stream.width, stream.height) > MAX_SIDE:
            raise VideoError(
                f"the video's frames are {stream.width} x {stream.height} px; at most {MAX_SIDE} px a side are decoded"
            )
        stream.thread_type = "AUTO"
        return stream

    def _read_first(self) -> VideoFrame:
        try:
            first = next(self._decoding, None)
        except FFmpegError as error:
            raise VideoError(f"the video's first frame does not decode: {_reason(error)}") from error
        if first is None or first.pts is None:
            raise VideoError("the video has no frames")
        return first

    def _time_ms(self, frame: VideoFrame) -> int:
        assert frame.pts is not None
        assert self._first.pts is not None
        assert self._stream.time_base is not None
        return round((frame.pts - self._first.pts) * self._stream.time_base * 1000)

    def _upright(self, frame: VideoFrame) -> NDArray[np.uint8]:
        pixels = np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)
        turns = _QUARTER_TURNS.get(round(self._first.rotation), 0)
        return np.ascontiguousarray(np.rot90(pixels, turns)) if turns else pixels

    def _describe(self) -> ClipInfo:
        stream, turned = self._stream, _QUARTER_TURNS.get(round(self._first.rotation), 0) % 2
        width, height = self._first.width, self._first.height
        rate = stream.average_rate or stream.guessed_rate or Fraction(0)
        return ClipInfo(
            codec=stream.codec_context.name,
            format=self._container.format.long_name,
            duration_ms=self._duration_ms(),
            frame_rate=float(rate),
            width=height if turned else width,
            height=width if turned else height,
            full_range=int(self._first.color_range) == 2,  # AVCOL_RANGE_JPEG
        )

    def _duration_ms(self) -> int:
        if self._stream.duration is not None and self._stream.time_base is not None:
            return round(self._stream.duration * self._stream.time_base * 1000)
        return round((self._container.duration or 0) / 1000)  # FFmpeg counts it in microseconds


def _is_cover(stream: VideoStream) -> bool:
    """Whether a stream is a picture of a music file's cover, which FFmpeg lists among videos."""
    return bool(stream.disposition & av.stream.Disposition.attached_pic)


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error)
