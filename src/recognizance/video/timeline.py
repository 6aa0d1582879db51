"""Timeline: the people of a clip in, when each is there out, and a page that shows it; the page needs no other file."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizance.video.analysis import FACES_RATE
from recognizance.video.clip import Clip
from recognizance.video.identify import crop
from recognizance.video.track import Track

GAP_MS = 1_000
"""Longest time unseen that does not end a stay."""

THUMBNAIL_PX = 96

_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;color:#222}
.person{display:grid;grid-template-columns:96px 11rem 1fr;gap:1rem;align-items:center;margin:.6rem 0}
.face{width:96px;height:96px;border-radius:6px;background:#ddd;object-fit:cover}
.bar{position:relative;height:1.6rem;background:#eee;border-radius:4px}
.stay{position:absolute;top:0;bottom:0;min-width:3px;background:#0a6cbd;border-radius:4px}
small{color:#666;display:block}
"""


@dataclass(frozen=True, slots=True)
class Stay:
    """A time in ms of the clip for which somebody is there."""

    start_ms: int
    end_ms: int

    def __str__(self) -> str:
        return f"{clock(self.start_ms)}-{clock(self.end_ms)}"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the page: a person, and a JPEG of the face if it may be shown."""

    name: str
    remark: str
    stays: Sequence[Stay]
    thumbnail: bytes | None


def stays(track: Track) -> list[Stay]:
    """When a person is there, in order."""
    found: list[Stay] = []
    for sighting in track.sightings:
        if found and sighting.time_ms - found[-1].end_ms <= GAP_MS:
            found[-1] = Stay(found[-1].start_ms, sighting.time_ms)
        else:
            found.append(Stay(sighting.time_ms, sighting.time_ms))
    return found


def clock(time_ms: int) -> str:
    """A time of a clip, such as 1:02.5."""
    tenths = round(time_ms / 100)
    return f"{tenths // 600}:{tenths // 10 % 60:02}.{tenths % 10}"


def thumbnails(clip: Clip, tracks: Sequence[Track]) -> dict[int, bytes]:
    """A JPEG of each person's best face, by the index of the track; people without a face are left out."""
    best = {track.index: max(track.sightings, key=lambda sighting: sighting.worth) for track in tracks}
    found: dict[int, bytes] = {}
    for frame in clip.frames(FACES_RATE):
        for index, sighting in best.items():
            if sighting.time_ms == frame.time_ms and sighting.face is not None:
                found[index] = _encode(crop(frame.pixels, sighting.face.box))
    return found


def page(title: str, duration_ms: int, rows: Sequence[Row]) -> str:
    """The HTML of a timeline."""
    return "\n".join(_lines(title, max(duration_ms, 1), rows))


def names(tracks: Sequence[Track]) -> Mapping[int, str]:
    """What to call the people of a clip: by whom they were taken for, else by their number."""
    return {track.index: name_of(track) or f"person {track.index}" for track in tracks}


def name_of(track: Track) -> str | None:
    """By what a person knows the enrolled face that somebody was taken for; None for nobody."""
    if not track.matches:
        return None
    face = track.matches[0].face
    return str(face.get("UserId") or face.get("ExternalImageId") or face["FaceId"])


def _lines(title: str, duration_ms: int, rows: Sequence[Row]) -> Iterator[str]:
    yield f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title><style>{_STYLE}</style>'
    yield f"<h1>{escape(title)}</h1><p>{clock(duration_ms)} min, {len(rows)} people. A name is a lead to check.</p>"
    for row in rows:
        yield f'<div class="person">{_picture(row)}<div>{escape(row.name)}<small>{escape(row.remark)}</small></div>'
        yield '<div class="bar">' + "".join(_bar(stay, duration_ms) for stay in row.stays) + "</div></div>"
    yield "</html>"


def _picture(row: Row) -> str:
    if row.thumbnail is None:
        return '<div class="face"></div>'
    data = base64.b64encode(row.thumbnail).decode()
    return f'<img class="face" alt="{escape(row.name)}" src="data:image/jpeg;base64,{data}">'


def _bar(stay: Stay, duration_ms: int) -> str:
    left = 100 * stay.start_ms / duration_ms
    width = 100 * (stay.end_ms - stay.start_ms) / duration_ms
    return f'<div class="stay" style="left:{left:.2f}%;width:{width:.2f}%" title="{stay}"></div>'


def _encode(pixels: NDArray[np.uint8]) -> bytes:
    side = min(pixels.shape[:2])
    top, left = ((length - side) // 2 for length in pixels.shape[:2])
    square = pixels[top : top + side, left : left + side]
    small = cv2.resize(square, (THUMBNAIL_PX, THUMBNAIL_PX), interpolation=cv2.INTER_AREA)
    done, encoded = cv2.imencode(".jpg", cv2.cvtColor(small, cv2.COLOR_RGB2BGR))
    assert done  # JPEG encodes any picture
    return encoded.tobytes()
