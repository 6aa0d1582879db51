"""Landmarks, pose, eyes, mouth and gaze: pure logic on made-up meshes, then on real faces and their mirror images."""

from __future__ import annotations

import doctest
import math
from dataclasses import replace

import numpy as np
import pytest

from recognizance.values import Pose
from recognizance.vision import detail
from recognizance.vision.detail import detail_of, judge
from recognizance.vision.eyes import Eye
from recognizance.vision.gate import refusals
from recognizance.vision.landmarks import FIVE, POINTS, five_points
from recognizance.vision.mesh import Mesh
from recognizance.vision.pose import head_pose

TYPES = {
    "eyeLeft", "eyeRight", "nose", "mouthLeft", "mouthRight", "leftEyeBrowLeft", "leftEyeBrowRight", "leftEyeBrowUp",
    "rightEyeBrowLeft", "rightEyeBrowRight", "rightEyeBrowUp", "leftEyeLeft", "leftEyeRight", "leftEyeUp", "leftEyeDown",
    "rightEyeLeft", "rightEyeRight", "rightEyeUp", "rightEyeDown", "noseLeft", "noseRight", "mouthUp", "mouthDown",
    "leftPupil", "rightPupil", "upperJawlineLeft", "midJawlineLeft", "chinBottom", "midJawlineRight", "upperJawlineRight",
}  # fmt: skip
FRONTAL = Pose(0, 0, 0)
AHEAD = Eye(openness=0.33, pupil=np.float32([0, 0]), glance=np.float32([0, -0.065]))


def flat_mesh(**places) -> Mesh:
    """A mesh with its points at 0 but for those given as p<number>=(x, y)."""
    points = np.zeros((468, 3), np.float32)
    for name, place in places.items():
        points[int(name[1:]), :2] = place
    return Mesh(points, 1.0)


def lips(gap: float) -> Mesh:
    return flat_mesh(p13=(5, 0), p14=(5, gap), p78=(0, 0), p308=(10, 0))


def look(eyes=(AHEAD, AHEAD), pose=FRONTAL, mesh=None):
    mesh = lips(0) if mesh is None else mesh
    return detail_of(mesh, eyes, five_points(mesh), pose)


def test_examples_in_docstrings_hold():
    assert doctest.testmod(detail).failed == 0


def test_the_thirty_landmarks_are_those_of_the_api():
    assert set(POINTS) | set(FIVE) | {"leftPupil", "rightPupil"} == TYPES
    assert set(look().landmarks) == TYPES


JUDGED = {
    "far below": (0.0, False, 0.99),
    "just below": (0.249, False, 0.5),
    "just above": (0.251, True, 0.5),
    "far above": (0.6, True, 0.99),
}


@pytest.mark.parametrize(("ratio", "value", "least"), JUDGED.values(), ids=JUDGED)
def test_a_finding_is_surer_the_farther_from_the_middle(ratio, value, least):
    finding = judge(ratio, 0.25, 0.04)
    assert finding.value is value
    assert least <= finding.confidence <= 1


def opened(left, right):
    return replace(AHEAD, openness=left), replace(AHEAD, openness=right)


EYES = {
    "both open": (opened(0.3, 0.35), 0, True),
    "both shut": (opened(0.04, 0.05), 0, False),
    "a wink": (opened(0.3, 0.05), 0, False),
    "turned right, the far eye hidden": (opened(0.3, 0.05), 40, True),
    "turned left, the far eye hidden": (opened(0.05, 0.3), -40, True),
    "turned left, the near eye shut": (opened(0.3, 0.05), -40, False),
}


@pytest.mark.parametrize(("eyes", "yaw", "expected"), EYES.values(), ids=EYES)
def test_eyes_are_open_when_all_that_are_seen_are(eyes, yaw, expected):
    assert look(eyes, Pose(0, yaw, 0)).eyes_open.value is expected


@pytest.mark.parametrize(("gap", "expected"), [(0, False), (1.5, False), (4, True)], ids=["shut", "a smile", "open"])
def test_a_mouth_is_open_when_the_lips_are_apart(gap, expected):
    assert look(mesh=lips(gap)).mouth_open.value is expected


def test_what_no_model_measures_is_absent():
    assert look().face_occluded is None


def glancing(x, y=-0.065):
    eye = replace(AHEAD, glance=np.float32([x, y]))
    return eye, eye


GAZES = {
    "straight ahead": (glancing(0), FRONTAL, 0, 0),
    "to the image's right": (glancing(0.333 / 2), FRONTAL, 30, 0),
    "to the image's left": (glancing(-0.333 / 2), FRONTAL, -30, 0),
    "up": (glancing(0, -0.065 - 0.333 / 2), FRONTAL, 0, 30),
    "farther than an eye turns": (glancing(0.5), FRONTAL, 90, 0),
    "at the camera from a turned head": (glancing(-0.15 * math.tan(math.radians(20))), Pose(0, 20, 0), 0, 0),
}


@pytest.mark.parametrize(("eyes", "pose", "yaw", "pitch"), GAZES.values(), ids=GAZES)
def test_gaze(eyes, pose, yaw, pitch):
    gaze = look(eyes, pose).gaze
    assert gaze.yaw == pytest.approx(yaw, abs=0.5)
    assert gaze.pitch == pytest.approx(pitch, abs=0.5)


@pytest.mark.parametrize(("eyes", "yaw"), [(opened(0.3, 0.05), 0), (opened(0.3, 0.3), 35)], ids=["shut", "turned away"])
def test_gaze_is_absent_where_an_eye_is_not_seen(eyes, yaw):
    assert look(eyes, Pose(0, yaw, 0)).gaze is None


# --- on real faces ----------------------------------------------------------------------------


def swapped(name: str) -> str:
    """The landmark that a mirror image shows in the place of this one."""
    return (
        name.translate(str.maketrans("", ""))
        .replace("Left", "\0")
        .replace("Right", "Left")
        .replace("\0", "Right")
        .replace("left", "\0")
        .replace("right", "left")
        .replace("\0", "right")
    )


@pytest.fixture(scope="module")
def seen(vision, as_photo, portrait_pixels):
    """The portrait's face, and that of its mirror image."""
    faces = []
    for pixels in (portrait_pixels, portrait_pixels[:, ::-1]):
        photo = as_photo(pixels)
        faces.append(vision.describe(photo, vision.detect(photo)[0]))
    return faces


def test_a_mirror_image_turns_pose_and_gaze_around(seen):
    straight, mirrored = seen
    assert mirrored.pose.roll == pytest.approx(-straight.pose.roll, abs=3)
    assert mirrored.pose.yaw == pytest.approx(-straight.pose.yaw, abs=4)
    assert mirrored.pose.pitch == pytest.approx(straight.pose.pitch, abs=4)
    assert mirrored.detail.gaze.yaw == pytest.approx(-straight.detail.gaze.yaw, abs=6)
    assert mirrored.detail.gaze.pitch == pytest.approx(straight.detail.gaze.pitch, abs=6)


def test_a_mirror_image_swaps_left_and_right_landmarks(seen):
    straight, mirrored = seen
    assert {swapped(name) for name in TYPES} == TYPES
    for name, (x, y) in straight.detail.landmarks.items():
        other_x, other_y = mirrored.detail.landmarks[swapped(name)]
        assert math.hypot(512 - other_x - x, other_y - y) < 0.06 * straight.box.width, name


def test_left_is_the_images_left_and_up_is_up(seen):
    for face in seen:
        place = face.detail.landmarks
        assert place["eyeLeft"][0] < place["eyeRight"][0]
        assert place["upperJawlineLeft"][0] < place["midJawlineLeft"][0] < place["chinBottom"][0]
        assert place["chinBottom"][0] < place["midJawlineRight"][0] < place["upperJawlineRight"][0]
        for eye in ("left", "right"):
            left, right, up, down, pupil = (
                place[eye + end] for end in ("EyeLeft", "EyeRight", "EyeUp", "EyeDown", "Pupil")
            )
            brow_left, brow_up, brow_right = (place[f"{eye}EyeBrow{end}"] for end in ("Left", "Up", "Right"))
            assert left[0] < pupil[0] < right[0]
            assert up[1] < pupil[1] < down[1]
            assert brow_left[0] < brow_up[0] < brow_right[0]
            assert brow_up[1] < up[1]
        assert place["noseLeft"][0] < place["nose"][0] < place["noseRight"][0]
        assert (
            place["eyeLeft"][1]
            < place["nose"][1]
            < place["mouthUp"][1]
            < place["mouthDown"][1]
            < place["chinBottom"][1]
        )


def test_the_portrait_looks_into_the_camera_smiling_with_open_eyes(seen):
    face = seen[0]
    assert face.detail.eyes_open.value
    assert abs(face.detail.gaze.yaw) < 12
    assert abs(face.pose.yaw) < 20


def test_the_five_points_are_those_of_the_face(seen):
    for name, point in zip(FIVE, seen[0].points_px, strict=True):
        assert seen[0].detail.landmarks[name] == pytest.approx(point.tolist())


def described(vision, photos, name):
    photo = vision.open((photos / "attributes" / name).read_bytes())
    return vision.describe(photo, vision.detect(photo)[0])


POSES = {
    "to the image's left": ("pose_left_face.jpeg", "yaw", (-90, -35)),
    "to the image's right": ("pose_right_face.png", "yaw", (35, 90)),
    "down": ("pose_lower_face.jpeg", "pitch", (-60, -15)),
    "up": ("pose_rise_face.jpeg", "pitch", (15, 60)),
    "leaning left": ("pose_left_wryneck.png", "roll", (-75, -25)),
    "leaning right": ("pose_right_wryneck.png", "roll", (25, 75)),
}


@pytest.mark.parametrize(("name", "angle", "limits"), POSES.values(), ids=POSES)
def test_labelled_poses(vision, photos, name, angle, limits):
    assert limits[0] < getattr(described(vision, photos, name).pose, angle) < limits[1]


LABELLED_EYES = {"reaction_close_eyes.jpeg": False, "reaction_open_eyes.png": True, "bulk_mask2.jpg": True}


@pytest.mark.parametrize(("name", "expected"), LABELLED_EYES.items())
def test_labelled_eyes(vision, photos, name, expected):
    finding = described(vision, photos, name).detail.eyes_open
    assert finding.value is expected
    assert finding.confidence > 0.9


MOUTHS = {
    "stock-emotions-a-6.jpg": True,
    "stock-emotions-b-5.jpg": True,
    "emotion_sad.png": False,
    "emotion_happy.png": False,
}


@pytest.mark.parametrize(("name", "expected"), MOUTHS.items())
def test_mouths_as_people_see_them(vision, photos, name, expected):
    assert described(vision, photos, name).detail.mouth_open.value is expected


def test_people_photographed_frontally_have_open_eyes_that_look_into_the_camera(vision, photos):
    """Ten people who were asked to look into the camera, with a straight face and smiling."""
    for path in sorted((photos / "london").glob("*.jpg"))[:20]:
        photo = vision.open(path.read_bytes())
        face = vision.describe(photo, vision.detect(photo)[0])
        assert face.detail.eyes_open.value, path
        assert face.detail.eyes_open.confidence > 0.97, path
        assert not face.detail.mouth_open.value, path
        assert abs(face.detail.gaze.yaw) < 10, path
        assert abs(face.detail.gaze.pitch) < 15, path
        assert abs(face.pose.yaw) < 10, path
        assert abs(face.pose.roll) < 10, path
        assert refusals(face, level="HIGH") == (), path


def test_pose_of_a_made_up_head():
    """A head built in its own axes and turned by known angles is measured to have turned so."""
    generator = np.random.default_rng(4)
    points = np.zeros((468, 3))
    for left, right, x, y in ((33, 263, 45, -20), (133, 362, 15, -20), (127, 356, 70, -10), (234, 454, 75, 10)):
        points[[left, right]] = [[-x, y, 20], [x, y, 20]]
    for left, right, x, y in ((61, 291, 25, 50), (50, 280, 40, 20), (67, 297, 30, -70)):
        points[[left, right]] = [[-x, y, 10], [x, y, 10]]
    points[10], points[2], points[152] = [0, -80, 10], [0, 30, -10], [0, 95, 30]
    for _ in range(20):
        roll, yaw, pitch = np.radians(generator.uniform([-180, -60, -50], [180, 60, 50]))
        # A head that turns to the right in the image, and looks up, then leans clockwise; z points away.
        around_z = [[math.cos(roll), -math.sin(roll), 0], [math.sin(roll), math.cos(roll), 0], [0, 0, 1]]
        around_y = [[math.cos(yaw), 0, -math.sin(yaw)], [0, 1, 0], [math.sin(yaw), 0, math.cos(yaw)]]
        around_x = [[1, 0, 0], [0, math.cos(pitch), math.sin(pitch)], [0, -math.sin(pitch), math.cos(pitch)]]
        turned = points @ (np.array(around_z) @ around_y @ around_x).T
        pose = head_pose(Mesh(turned.astype(np.float32), 1.0))
        measured = pose.roll, pose.yaw, pose.pitch
        assert measured == pytest.approx(np.degrees([roll, yaw, pitch]), abs=0.1)
