"""Clips: true times, upright pixels, any container that holds its own frames, and one clear word on everything else."""

from __future__ import annotations

import io
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import numpy as np
import pytest

from recognizance.errors import VideoError
from recognizance.testing.clips import write_clip, write_sound
from recognizance.video.clip import Clip

HEIGHT, WIDTH = 120, 160


def drawn(count, height=HEIGHT, width=WIDTH):
    """Grey frames with a red top left corner."""
    for place in range(count):
        pixels = np.full((height, width, 3), place * 8 % 256, np.uint8)
        pixels[:40, :40] = (255, 0, 0)
        yield pixels


def read(data, rate=5.0):
    with Clip(io.BytesIO(data)) as clip:
        return clip.info, list(clip.frames(rate))


def red_corners(pixels):
    return [(y, x) for y in (5, -5) for x in (5, -5) if pixels[y, x, 0] > 150 > pixels[y, x, 1] + 50]


def test_a_clip_says_what_it_is():
    info, _ = read(write_clip(drawn(20)))
    assert (info.codec, info.format, info.duration_ms, info.frame_rate) == ("h264", "QuickTime / MOV", 2000, 10.0)
    assert (info.width, info.height, info.full_range) == (WIDTH, HEIGHT, False)


@pytest.mark.parametrize(
    ("rate", "times"),
    [
        (5, [0, 200, 400, 600, 800]),
        (10, [0, 100, 200, 300, 400, 500, 600, 700, 800, 900]),
        (30, [0, 100, 200, 300, 400, 500, 600, 700, 800, 900]),
        (4, [0, 300, 500, 800]),
        (0.5, [0]),
    ],
)
def test_frames_come_at_the_rate_or_as_many_as_there_are(rate, times):
    _, frames = read(write_clip(drawn(10)), rate)
    assert [frame.time_ms for frame in frames] == times


def test_a_variable_frame_rate_keeps_its_times():
    _, frames = read(write_clip(drawn(5), times_ms=[0, 50, 700, 1500, 1510]), 10)
    assert [frame.time_ms for frame in frames] == [0, 700, 1500]


def test_pixels_are_those_of_the_frame():
    _, frames = read(write_clip(drawn(10)))
    assert [round(float(frame.pixels[60:, 60:].mean()) / 16) for frame in frames] == [0, 1, 2, 3, 4]
    assert frames[0].pixels.dtype == np.uint8
    assert frames[0].pixels.shape == (HEIGHT, WIDTH, 3)


@pytest.mark.parametrize(
    ("rotation", "shape", "corner"),
    [
        (0, (HEIGHT, WIDTH, 3), (5, 5)),
        (90, (WIDTH, HEIGHT, 3), (-5, 5)),
        (180, (HEIGHT, WIDTH, 3), (-5, -5)),
        (270, (WIDTH, HEIGHT, 3), (5, -5)),
    ],
)
def test_a_clip_that_lies_on_its_side_is_set_upright(rotation, shape, corner):
    info, frames = read(write_clip(drawn(3), rotation=rotation))
    assert frames[0].pixels.shape == shape
    assert (info.height, info.width) == shape[:2]
    assert red_corners(frames[0].pixels) == [corner]


@pytest.mark.parametrize(
    ("container", "codec"),
    [("mov", "libx264"), ("matroska", "libx264"), ("webm", "libvpx-vp9"), ("avi", "mpeg4"), ("mpegts", "libx264")],
)
def test_containers_and_codecs(container, codec):
    info, frames = read(write_clip(drawn(20), container=container, codec=codec))
    assert [frame.time_ms for frame in frames] == [0, 200, 400, 600, 800, 1000, 1200, 1400, 1600, 1800]
    assert abs(info.duration_ms - 2000) <= 100


MP4, MKV = write_clip(drawn(100)), write_clip(drawn(100), container="matroska")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        pytest.param(b"", "is no video that can be read", id="empty"),
        pytest.param(b"no video " * 1000, "is no video that can be read", id="text"),
        pytest.param(write_sound(), "has no video in it", id="sound alone"),
        pytest.param(write_clip(drawn(1))[:-600], "video", id="cut within the index"),
        pytest.param(MP4[: len(MP4) // 2], "is no video that can be read", id="no index"),
        pytest.param(MKV[: len(MKV) // 2], r"breaks off at \d+ ms of 10000 ms", id="breaks off"),
    ],
)
def test_what_is_no_whole_video_is_refused(data, message):
    with pytest.raises(VideoError, match=message):
        read(data)


def test_what_could_be_read_comes_before_the_refusal():
    with Clip(io.BytesIO(MKV[: len(MKV) // 2])) as clip:
        frames = clip.frames(10)
        assert [next(frames).time_ms for _ in range(3)] == [0, 100, 200]


def test_frames_larger_than_8k_are_not_decoded():
    with pytest.raises(VideoError, match="8448 x 128 px; at most 8192 px a side"):
        read(write_clip(drawn(1, 128, 8448), container="avi", codec="ffv1"))


def test_a_playlist_makes_the_server_fetch_nothing():
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}/a.ts"
        playlists = (f"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{url}\n", f"ffconcat version 1.0\nfile {url}\n")
        for playlist in playlists:
            with pytest.raises(VideoError, match="no video that can be read"):
                read(playlist.encode())
        server.shutdown()
        thread.join()
    assert asked == []
