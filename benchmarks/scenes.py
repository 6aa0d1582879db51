"""What happens on the composed clips (see `compose`): one script for each thing that people do in front of a camera."""

from __future__ import annotations

import math
from collections.abc import Sequence

from compose import WIDTH, Card, Cast, Script

MIDDLE = 330.0  # px from the top at which faces are


def pan(cast: Cast, t: float) -> Sequence[Card]:
    return [Card(cast[0][0], -60 + 200 * t, MIDDLE + 30 * math.sin(t), 90)]


def zoom(cast: Cast, t: float) -> Sequence[Card]:
    return [Card(cast[0][0], 640, MIDDLE, 40 * 1.32**t)]


def cut(cast: Cast, t: float) -> Sequence[Card]:
    who = (0, 1, 0)[min(int(t / 2.1), 2)]
    return [Card(cast[who][int(t / 2.1) % 2], 640 + 20 * math.sin(2 * t), MIDDLE, 130)]


def two(cast: Cast, t: float) -> Sequence[Card]:
    return [
        Card(cast[0][0], 380 + 40 * math.sin(t), MIDDLE, 110),
        Card(cast[1][0], 900 + 40 * math.cos(t), MIDDLE + 20, 120),
    ]


def cross(cast: Cast, t: float) -> Sequence[Card]:
    return [Card(cast[0][0], 100 + 180 * t, MIDDLE, 100), Card(cast[1][0], 1180 - 180 * t, MIDDLE + 40, 100)]


def come_back(cast: Cast, t: float) -> Sequence[Card]:
    stays = Card(cast[1][0], 1000, MIDDLE + 30 * math.sin(t), 90)
    if t < 2.5:
        return [Card(cast[0][0], 300 - 250 * max(t - 1, 0), MIDDLE, 100), stays]
    return [Card(cast[0][1], -250 + 220 * min(t - 4, 3), MIDDLE, 110), stays] if t > 4 else [stays]


def behind_bars(cast: Cast, t: float) -> Sequence[Card]:
    return [Card(cast[0][0], 100 + 170 * t, MIDDLE, 100)]


def turn(cast: Cast, t: float) -> Sequence[Card]:
    turned = math.sin(1.5 * t)
    return [
        Card(cast[0][0], 400, MIDDLE, 120, turn=turned, mirrored=t > 4),
        Card(cast[1][0], 900 + 50 * math.sin(t), MIDDLE, 120, turn=-turned),
    ]


def meet(cast: Cast, t: float) -> Sequence[Card]:
    """Two come together, stay one before the other, and part to the sides from which they came."""
    away = 420 * abs(math.cos(t * math.pi / 7))
    return [Card(cast[0][0], 640 - away, MIDDLE, 100), Card(cast[1][0], 640 + away, MIDDLE + 30, 105)]


def four(cast: Cast, t: float) -> Sequence[Card]:
    return [
        Card(cast[place][0], 180 + 300 * place + 40 * math.sin(t + place), MIDDLE, 70 + 8 * math.sin(2 * t + place))
        for place in range(4)
    ]


def small(cast: Cast, t: float) -> Sequence[Card]:
    """A face of 60 px for a bit over a second."""
    return [Card(cast[0][0], 500 + 150 * t, MIDDLE, 61)] if 1 <= t < 2.2 else []


def run(cast: Cast, t: float) -> Sequence[Card]:
    return [Card(cast[0][0], (500 * t) % (WIDTH + 400) - 200, MIDDLE, 100)]


SCRIPTS = (
    Script("pan", 7, pan, 1),
    Script("zoom", 6, zoom, 1),
    Script("cuts", 6.3, cut, 2, scenes=lambda t: int(t / 2.1)),
    Script("two at once", 6, two, 2),
    Script("crossing", 6, cross, 2),
    Script("leaves and comes back", 8, come_back, 2),
    Script("behind bars", 7, behind_bars, 1, bars=((330, 500), (760, 960))),
    Script("turns the head", 7, turn, 2),
    Script("meet and part", 7, meet, 2),
    Script("four", 6, four, 4),
    Script("60 px for a second", 4, small, 1),
    Script("runs", 6, run, 1),
)
