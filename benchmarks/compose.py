"""Clips composed of portraits, with exact truth: who is where on every frame is known because it was drawn so.

A portrait is a card that is moved, sized, turned and hidden. Its face is found once, on the still; from there on its
box follows the drawing. A face of which a part is hidden counts as neither there nor absent.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from recognizance.values import Box

WIDTH, HEIGHT, RATE = 1280, 720, 30

SEEN, HIDDEN = 0.9, 0.1
"""Share of a face from which it is there for certain, and below which it is not."""

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Portrait:
    """A picture RGB uint8 (h, w, 3) of one person, and the box of the face in px of it."""

    person: str
    pixels: Pixels
    face: Box


@dataclass(frozen=True, slots=True)
class Card:
    """A portrait at one moment: the face's centre in px of the frame, its width, and a turn of the head of -1..1."""

    portrait: Portrait
    x: float
    y: float
    face: float
    turn: float = 0.0
    mirrored: bool = False


@dataclass(frozen=True, slots=True)
class Truth:
    """A face on a frame. `sure` is False where a part of it is hidden."""

    person: str
    box: Box
    sure: bool


Cast = Sequence[Sequence[Portrait]]
"""People, each with two portraits or more."""

Play = Callable[[Cast, float], Sequence[Card]]
"""Who is where at a time in seconds; later cards are in front."""


@dataclass(frozen=True, slots=True)
class Script:
    """A clip to compose: how long in seconds, what happens, and bars (left and right edge in px) in front of it."""

    name: str
    seconds: float
    play: Play
    people: int
    bars: Sequence[tuple[int, int]] = ()
    scenes: Callable[[float], int] = lambda _: 0
    """Which background there is at a time."""


@dataclass(frozen=True, slots=True)
class Composed:
    """A clip: H.264 in MP4, and what is on it by ms."""

    script: Script
    video: bytes
    truth: dict[int, list[Truth]]


def compose(script: Script, cast: Cast) -> Composed:
    """Draw a script with a cast."""
    file, truth = io.BytesIO(), {}
    with av.open(file, "w", format="mp4") as output:
        stream: Any = output.add_stream("libx264", rate=RATE, options={"preset": "ultrafast", "crf": "20"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for number in range(round(script.seconds * RATE)):
            pixels, seen = draw(script, cast, number / RATE)
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            output.mux(stream.encode(frame))
            truth[round(number * 1000 / RATE)] = seen
        output.mux(stream.encode())
    return Composed(script, file.getvalue(), truth)


def draw(script: Script, cast: Cast, seconds: float) -> tuple[Pixels, list[Truth]]:
    """A frame and who is on it."""
    pixels = background(script.scenes(seconds))
    owner = np.full((HEIGHT, WIDTH), -1, np.int16)
    cards = script.play(cast, seconds)
    boxes = [lay(pixels, owner, place, card) for place, card in enumerate(cards)]
    for left, right in script.bars:
        pixels[:, left:right] = (70, 62, 55)
        owner[:, left:right] = -1
    shares = [_share(owner, place, box) for place, box in enumerate(boxes)]
    return pixels, [
        Truth(card.portrait.person, box, share >= SEEN)
        for card, box, share in zip(cards, boxes, shares, strict=True)
        if share > HIDDEN
    ]


def lay(pixels: Pixels, owner: NDArray[np.int16], place: int, card: Card) -> Box:
    """Draw a card, note whose each pixel is, and return the box of its face in the frame."""
    portrait = mirrored(card.portrait) if card.mirrored else card.portrait
    matrix = _placing(portrait, card)
    size = (WIDTH, HEIGHT)
    drawn = cv2.warpPerspective(_smaller(portrait, card), matrix, size, flags=cv2.INTER_LINEAR)
    mask = cv2.warpPerspective(np.full(_smaller(portrait, card).shape[:2], 255, np.uint8), matrix, size) > 254
    pixels[mask] = drawn[mask]
    owner[mask] = place
    scale = min(1.0, card.face / portrait.face.width)
    face = portrait.face
    corners = np.array([[face.left, face.top], [face.left + face.width, face.top + face.height]], np.float64)
    middle = corners.mean(axis=0)
    sides = np.array(
        [[corners[0, 0], middle[1]], [corners[1, 0], middle[1]], [middle[0], corners[0, 1]], [middle[0], corners[1, 1]]]
    )
    moved = cv2.perspectiveTransform(sides[None] * scale, matrix)[0]
    left, right, top, bottom = moved[0, 0], moved[1, 0], moved[2, 1], moved[3, 1]
    return Box(float(left), float(top), float(right - left), float(bottom - top))


def mirrored(portrait: Portrait) -> Portrait:
    """The portrait in a mirror."""
    left = portrait.pixels.shape[1] - portrait.face.left - portrait.face.width
    pixels = np.ascontiguousarray(portrait.pixels[:, ::-1])
    return replace(portrait, pixels=pixels, face=replace(portrait.face, left=left))


def background(scene: int) -> Pixels:
    """A wall with stains, another one for each scene, RGB uint8."""
    generator = np.random.default_rng(scene)
    stains = generator.integers(0, 60, (9, 16, 3)) + generator.integers(20, 170, 3)
    return cv2.resize(stains.astype(np.uint8), (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)


def _smaller(portrait: Portrait, card: Card) -> Pixels:
    """The portrait shrunk to the card's size, so that warping samples it finely enough; never enlarged."""
    scale = card.face / portrait.face.width
    if scale >= 1:
        return portrait.pixels
    height, width = portrait.pixels.shape[:2]
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    return cv2.resize(portrait.pixels, size, interpolation=cv2.INTER_AREA)


def _placing(portrait: Portrait, card: Card) -> NDArray[np.float64]:
    """From px of the shrunk portrait to the frame. A turned head is narrower, and its far side lower."""
    face, scale = portrait.face, card.face / portrait.face.width
    enlarged = max(scale, 1.0)
    height, width = _smaller(portrait, card).shape[:2]
    x = card.x - (face.left + face.width / 2) * scale
    y = card.y - (face.top + face.height / 2) * scale
    narrow = math.cos(card.turn * math.pi / 3)
    half = width * enlarged / 2
    left, right = x + half - half * narrow, x + half + half * narrow
    dip = 0.12 * card.turn * height * enlarged
    near, far = max(-dip, 0.0), max(dip, 0.0)
    low = y + height * enlarged
    source = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    target = np.array([[left, y + near], [right, y + far], [right, low - far], [left, low - near]], np.float32)
    return np.asarray(cv2.getPerspectiveTransform(source, target), np.float64)


def _share(owner: NDArray[np.int16], place: int, box: Box) -> float:
    """How much of a face is seen, 0..1."""
    rows = slice(max(round(box.top), 0), max(round(box.top + box.height), 0))
    columns = slice(max(round(box.left), 0), max(round(box.left + box.width), 0))
    return float((owner[rows, columns] == place).sum() / box.area)
