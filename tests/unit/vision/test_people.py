"""People: squares over a picture, and boxes out of the network's maps."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from recognizance.models.frozen import OUTPUTS
from recognizance.vision.people import PeopleFinder, open_people, squares

GRIDS = (19, 10, 5, 3, 2, 1)


class OnePerson:
    """A network that sees one person in each square, as a given box of a level."""

    def __init__(self, level, kind, cell, *, score=5.0, moved=(0.0, 0.0, 0.0, 0.0)):
        self.told = level, kind, cell, score, moved
        self.squares = []

    def run_pictures(self, pictures):
        [square] = pictures
        self.squares.append(square)
        level, kind, cell, score, moved = self.told
        outputs = {}
        for place, (boxes, classes) in enumerate(zip(OUTPUTS[::2], OUTPUTS[1::2], strict=True)):
            kinds = 3 if place == 0 else 6
            outputs[boxes] = np.zeros((1, 4 * kinds, GRIDS[place], GRIDS[place]), np.float32)
            outputs[classes] = np.full((1, 2 * kinds, GRIDS[place], GRIDS[place]), -9, np.float32)
            if place == level:
                outputs[boxes][0, 4 * kind : 4 * kind + 4, *cell] = moved
                outputs[classes][0, 2 * kind + 1, *cell] = score
        return outputs


@pytest.mark.parametrize(
    ("size", "places"),
    [
        ((300, 300), [(0, 0)]),
        ((720, 1280), [(0, 0), (0, 560)]),
        ((1280, 720), [(0, 0), (560, 0)]),
        ((100, 250), [(0, 0), (0, 75), (0, 150)]),
    ],
)
def test_squares_cover_a_picture(size, places):
    assert squares(*size) == places


@pytest.mark.parametrize(
    ("network", "box"),
    [
        pytest.param(OnePerson(5, 0, (0, 0)), (15, 15, 570, 570), id="nearly the whole square"),
        pytest.param(OnePerson(2, 2, (2, 2)), (300 - 106.066, 300 - 212.132, 212.132, 424.264), id="twice as high"),
        pytest.param(OnePerson(0, 0, (0, 9)), (300 - 30, 600 / 38 - 30, 60, 60), id="small, at the upper edge"),
        pytest.param(
            OnePerson(5, 0, (0, 0), moved=(1.0, -1.0, 5 * np.log(0.5), 0.0)),
            (15 - 57, 157.5 + 57, 570, 285),
            id="moved",
        ),
    ],
)
def test_boxes_are_read_from_the_maps(network, box):
    [found] = PeopleFinder(network)(np.zeros((600, 600, 3), np.uint8))
    assert (found.left, found.top, found.width, found.height) == pytest.approx(box, rel=1e-3)
    assert network.squares[0].shape == (300, 300, 3)


@pytest.mark.parametrize(("score", "count"), [(-0.41, 0), (-0.4, 1)])
def test_a_person_has_a_score(score, count):
    assert len(PeopleFinder(OnePerson(5, 0, (0, 0), score=score))(np.zeros((300, 300, 3), np.uint8))) == count


def test_each_square_has_its_place():
    found = PeopleFinder(OnePerson(1, 2, (5, 5)))(np.zeros((300, 600, 3), np.uint8))
    assert sorted(box.left + box.width / 2 for box in found) == pytest.approx([165, 465])


def test_the_same_person_in_two_squares_is_one():
    found = PeopleFinder(OnePerson(5, 0, (0, 0)))(np.zeros((300, 310, 3), np.uint8))
    assert len(found) == 1


def test_a_real_person_is_found(portrait, weights_dir):
    pixels = cv2.cvtColor(cv2.imdecode(np.frombuffer(portrait, np.uint8), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
    find = open_people(weights_dir)
    [body] = find(pixels)
    assert body.left < 224 < body.left + body.width  # where her nose is
    assert body.height > 256
    assert find(np.full((240, 320, 3), 128, np.uint8)) == []
