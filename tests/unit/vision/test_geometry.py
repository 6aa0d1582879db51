"""Boxes, points and transforms: golden numbers, properties, and other libraries as oracles."""

from __future__ import annotations

import doctest
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage.transform import SimilarityTransform

from recognizance.vision import geometry
from recognizance.vision.align import TEMPLATE
from recognizance.vision.geometry import (
    Square,
    areas,
    decode_cells,
    intersections,
    inverse,
    lean_of,
    scale_of,
    scaled_source,
    similarity,
    suppress,
    transformed,
    turn_back,
)

lengths = st.floats(1, 1000, width=32)
positions = st.floats(-1000, 1000, width=32)
angles = st.floats(-math.pi, math.pi)
boxes = st.builds(lambda x, y, w, h: [x, y, x + w, y + h], positions, positions, lengths, lengths)


def f32(values):
    return np.array(values, dtype=np.float32)


def test_examples_in_docstrings_hold():
    assert doctest.testmod(geometry).failed == 0


def test_areas_and_intersections():
    many = f32([[0, 0, 4, 2], [2, 1, 6, 5], [10, 10, 12, 11], [1, 0, 3, 2]])
    assert areas(many).tolist() == [8, 16, 2, 4]
    assert intersections(many[0], many).tolist() == [8, 2, 0, 4]


SUPPRESSED = {
    "one": ([[0, 0, 10, 10]], [0.9], [0]),
    "two apart": ([[0, 0, 10, 10], [20, 0, 30, 10]], [0.8, 0.9], [1, 0]),
    "the same face twice: the better score stays": ([[0, 0, 10, 10], [1, 0, 11, 10]], [0.8, 0.9], [1]),
    "neighbours that share a seventh": ([[0, 0, 10, 10], [7.5, 0, 17.5, 10]], [0.9, 0.8], [0, 1]),
    "a part scores less": ([[0, 0, 100, 100], [10, 10, 30, 30]], [0.9, 0.8], [0]),
    "a part scores more": ([[0, 0, 100, 100], [10, 10, 30, 30]], [0.8, 0.9], [0]),
    "a small face half behind a large one": ([[0, 0, 100, 100], [90, 10, 110, 30]], [0.9, 0.8], [0, 1]),
}


@pytest.mark.parametrize(("found", "scores", "kept"), SUPPRESSED.values(), ids=SUPPRESSED)
def test_suppression(found, scores, kept):
    assert suppress(f32(found), f32(scores), iou=0.3, inside=0.7).tolist() == kept


def test_suppression_of_nothing():
    assert suppress(np.zeros((0, 4), np.float32), np.zeros(0, np.float32), iou=0.3, inside=0.7).tolist() == []


@given(st.lists(st.tuples(boxes, st.floats(0, 1, width=32)), min_size=1, max_size=30))
def test_what_suppression_keeps_does_not_overlap(found):
    all_boxes, scores = f32([box for box, _ in found]), f32([score for _, score in found])
    kept = suppress(all_boxes, scores, iou=0.3, inside=0.7)
    assert len(kept)
    assert np.all(np.diff(scores[kept]) <= 0)
    for i in kept:
        shared = intersections(all_boxes[i], all_boxes[kept])
        union = areas(all_boxes)[i] + areas(all_boxes)[kept] - shared
        assert ((shared <= 0.3001 * union) | (kept == i)).all()


def test_cells_are_decoded_as_yunet_means_them():
    # Cell 5 of 4 columns is row 1, column 1; centre half a cell on, twice a cell wide, a cell high, stride 8.
    decoded, points = decode_cells(
        f32([[0.5, 0.5, math.log(2), 0]]),
        f32([[0, 0, 1, 1, -1, 2, 0.5, 0, 0, 0.25]]),
        np.array([5]),
        stride=8,
        columns=4,
    )
    np.testing.assert_allclose(decoded, [[4, 8, 20, 16]], rtol=1e-6)
    np.testing.assert_allclose(points[0], [[8, 8], [16, 16], [0, 24], [12, 8], [8, 10]])


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
@given(x=st.integers(0, 6), y=st.integers(0, 3))
def test_points_turn_back_with_the_picture(turns, x, y):
    picture = np.zeros((4, 7), bool)
    picture[y, x] = True
    row, column = np.argwhere(np.rot90(picture, turns))[0]
    middle = f32([[column + 0.5, row + 0.5]])
    assert turn_back(middle, turns, 7, 4).tolist() == [[x + 0.5, y + 0.5]]


@given(scale=st.floats(0.05, 20), angle=angles, x=positions, y=positions)
def test_a_similarity_is_found_again(scale, angle, x, y):
    factor = scale * np.exp(1j * angle)
    moved = (TEMPLATE[:, 0] + 1j * TEMPLATE[:, 1]) * factor + (x + 1j * y)
    target = f32(np.stack([moved.real, moved.imag], axis=1))
    found = similarity(TEMPLATE, target)
    assert scale_of(found) == pytest.approx(scale, rel=1e-3)
    assert np.abs(transformed(TEMPLATE, found) - target).max() < 1e-2


@given(st.lists(st.tuples(positions, positions), min_size=5, max_size=5, unique=True))
def test_the_least_squares_are_those_of_scikit_image(points):
    source = f32(points)
    if np.ptp(source, axis=0).max() < 1:
        return
    oracle = SimilarityTransform.from_estimate(source.astype(float), TEMPLATE.astype(float))
    if np.linalg.det(oracle.params[:2, :2]) <= 0:  # no fit without mirroring: the oracle degenerates
        return
    ours, theirs = transformed(source, similarity(source, TEMPLATE)), oracle(source)
    assert np.square(ours - TEMPLATE).sum() <= np.square(theirs - TEMPLATE).sum() * 1.001 + 0.1


@given(scale=st.floats(0.05, 20), angle=angles, x=positions, y=positions)
def test_an_inverse_undoes(scale, angle, x, y):
    transform = f32(
        [[scale * math.cos(angle), -scale * math.sin(angle), x], [scale * math.sin(angle), scale * math.cos(angle), y]]
    )
    back = transformed(transformed(TEMPLATE, transform), inverse(transform))
    assert np.abs(back - TEMPLATE).max() < 1e-3 * (1 + (abs(x) + abs(y)) / scale)


def test_a_scaled_source_gives_the_same_place():
    transform = similarity(TEMPLATE, TEMPLATE * 3 + 10)
    factor = f32([0.5, 0.25])
    np.testing.assert_allclose(
        transformed(TEMPLATE * factor, scaled_source(transform, factor)), transformed(TEMPLATE, transform), rtol=1e-5
    )


@given(x=positions, y=positions, side=lengths, lean=angles)
def test_a_square_is_cut_upright(x, y, side, lean):
    square = Square(f32([x, y]), side, lean)
    right = f32([math.cos(lean), math.sin(lean)]) * side / 2
    below = f32([-right[1], right[0]])
    centre = f32([x, y])
    corner_and_middle = transformed(f32([centre, centre + right + below]), square.transform(100))
    tolerance = 0.05 + (abs(x) + abs(y)) / side * 0.05
    assert np.abs(corner_and_middle - [[50, 50], [100, 100]]).max() < tolerance


@pytest.mark.parametrize(
    ("right", "degrees"), [((1, 0), 0), ((1, 1), 45), ((0, 1), 90), ((-1, 0), 180), ((1, -1), -45)]
)
def test_lean_is_clockwise(right, degrees):
    assert math.degrees(lean_of(f32([5, 5]), f32([5, 5]) + f32(right))) == pytest.approx(degrees)
