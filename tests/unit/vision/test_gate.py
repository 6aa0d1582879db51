"""The quality filter: one case a reason, and that stricter levels refuse at least as much."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizance.values import Box, Face, Pose, Quality
from recognizance.vision.gate import DEMANDS, refusals
from recognizance.vision.landmarks import POINTS

LEVELS = ("NONE", "LOW", "MEDIUM", "HIGH")
GOOD = Face(Box(10, 10, 120, 150), 0.999, np.zeros((5, 2), np.float32), Pose(0, 0, 0), Quality(55, 95))


@pytest.mark.parametrize("level", DEMANDS)
def test_a_good_face_passes_every_level(level):
    assert refusals(GOOD, level=level) == ()


REFUSED = {
    "turned away": (replace(GOOD, pose=Pose(0, 60, 0)), "EXTREME_POSE"),
    "turned away to the other side": (replace(GOOD, pose=Pose(0, -60, 0)), "EXTREME_POSE"),
    "bowed": (replace(GOOD, pose=Pose(0, 0, -50)), "EXTREME_POSE"),
    "dark": (replace(GOOD, quality=Quality(2, 95)), "LOW_BRIGHTNESS"),
    "blurred": (replace(GOOD, quality=Quality(55, 8)), "LOW_SHARPNESS"),
    "doubtful": (replace(GOOD, confidence=0.7), "LOW_CONFIDENCE"),
    "narrow": (replace(GOOD, box=Box(0, 0, 15, 200)), "SMALL_BOUNDING_BOX"),
    "small and soft": (replace(GOOD, box=Box(0, 0, 21, 27), quality=Quality(55, 20)), "LOW_FACE_QUALITY"),
}


@pytest.mark.parametrize(("face", "reason"), REFUSED.values(), ids=REFUSED)
@pytest.mark.parametrize("level", ["LOW", "MEDIUM", "HIGH", "AUTO"])
def test_each_reason(face, reason, level):
    assert reason in refusals(face, level=level)


@pytest.mark.parametrize("face", [face for face, _ in REFUSED.values()], ids=REFUSED)
def test_none_takes_every_face(face):
    assert refusals(face, level="NONE") == ()


def test_a_head_on_its_side_is_no_extreme_pose():
    assert refusals(replace(GOOD, pose=Pose(170, 0, 0)), level="HIGH") == ()


def test_several_reasons_come_in_a_fixed_order():
    face = replace(GOOD, pose=Pose(0, 80, 0), quality=Quality(1, 1), confidence=0.5, box=Box(0, 0, 5, 5))
    assert refusals(face, level="LOW") == (
        "EXTREME_POSE",
        "LOW_BRIGHTNESS",
        "LOW_SHARPNESS",
        "LOW_CONFIDENCE",
        "SMALL_BOUNDING_BOX",
        "LOW_FACE_QUALITY",
    )


degrees = st.floats(-180, 180)
percents = st.floats(0, 100)
faces = st.builds(
    Face,
    box=st.builds(Box, st.just(0), st.just(0), st.floats(1, 200), st.floats(1, 200)),
    confidence=st.floats(0.5, 1),
    points_px=st.just(GOOD.points_px),
    pose=st.builds(Pose, degrees, degrees, degrees),
    quality=st.builds(Quality, percents, percents),
)


@given(faces)
def test_a_stricter_level_refuses_for_at_least_the_same_reasons(face):
    reasons = [set(refusals(face, level=level)) for level in LEVELS]
    assert all(lax <= strict for lax, strict in pairwise(reasons))
    assert refusals(face, level="AUTO") == refusals(face, level="MEDIUM")


def documented_rows(*, columns):
    """Rows of the tables in docs/vision.md that have so many columns."""
    lines = (Path(__file__).parents[3] / "docs" / "vision.md").read_text().splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    return [row for row in rows if len(row) == columns]


def test_the_documentation_states_the_thresholds():
    documented = [[float(cell) for cell in row[2:]] for row in documented_rows(columns=5) if "_" in row[0]]
    order = ("confidence", "side", "brightness", "sharpness", "detail", "yaw", "pitch")
    levels = [DEMANDS[level] for level in ("LOW", "MEDIUM", "HIGH")]
    assert documented == [[getattr(level, name) for level in levels] for name in order]


def test_the_documentation_states_the_points_of_the_mesh():
    documented = {name: int(point) for name, point in documented_rows(columns=2) if point.isdigit()}
    assert documented == POINTS


def test_auto_takes_portraits_of_every_collection(vision, photos):
    folders = (
        "congress/images",
        "uk_parliament/images",
        "london",
        "global/ng_shineyoureye/images",
        "global/kr_assembly/images",
    )
    for folder in folders:
        for path in sorted((photos / folder).glob("*.jpg"))[:150:15]:
            face = vision.detect(vision.open(path.read_bytes()))[0]
            assert refusals(face, level="AUTO") == (), path
