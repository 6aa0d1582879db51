"""Finding faces: all sizes, cut by edges, leaning and lying, and OpenCV's own YuNet as oracle."""

from __future__ import annotations

import csv
from dataclasses import replace

import cv2
import numpy as np
import pytest

from recognizance.models.catalog import YUNET
from recognizance.vision.detect import Detector, shrunk, wide_side
from recognizance.vision.geometry import suppress
from recognizance.vision.runtime import Network

from .cosine import cosine


@pytest.fixture(scope="module")
def detector(weights_dir):
    return Detector(Network(YUNET, weights_dir))


@pytest.fixture(scope="module")
def face(vision, portrait):
    [face] = vision.detect(vision.open(portrait))
    return face


def test_one_search_agrees_with_opencv(detector, weights_dir, portrait_pixels):
    oracle = cv2.FaceDetectorYN.create(str(weights_dir / YUNET.file), "", (512, 512), 0.6, 0.3)
    [expected] = oracle.detect(np.ascontiguousarray(portrait_pixels[:, :, ::-1]))[1]
    found = detector._run(portrait_pixels)
    [best] = suppress(found.boxes, found.scores, iou=0.3, inside=0.7)
    left, top, right, bottom = found.boxes[best]
    np.testing.assert_allclose([left, top, right - left, bottom - top], expected[:4], atol=0.1)
    np.testing.assert_allclose(found.points[best].ravel(), expected[4:14], atol=0.1)
    assert found.scores[best] == pytest.approx(expected[14], abs=1e-3)


def test_a_picture_without_a_face(vision, as_photo):
    noise = cv2.resize(np.random.default_rng(2).integers(0, 255, (20, 30, 3), np.uint8), (600, 400))
    assert vision.detect(as_photo(noise)) == []


def pasted(portrait_pixels, face, width):
    """A picture of 1920 x 1080 with the portrait's face as wide as said, and where the face lies: left, top."""
    factor = width / face.box.width
    small = cv2.resize(portrait_pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    gradient = np.linspace(60, 180, 1920 * 3).reshape(1, 1920, 3).repeat(1080, axis=0).astype(np.uint8)
    gradient[400 : 400 + small.shape[0], 1200 : 1200 + small.shape[1]] = small
    return gradient, 1200 + face.box.left * factor, 400 + face.box.top * factor


@pytest.mark.parametrize("width", [30, 40, 60])
def test_a_small_face_in_full_hd(vision, as_photo, portrait_pixels, face, width):
    picture, left, top = pasted(portrait_pixels, face, width)
    [found] = vision.detect(as_photo(picture))
    assert found.box.width == pytest.approx(width, rel=0.15)
    assert found.box.left == pytest.approx(left, abs=width / 6)
    assert found.box.top == pytest.approx(top, abs=width / 6)
    assert found.confidence > 0.9


def cropped(pixels, box, margin):
    left, top = (max(0, round(edge - margin * size)) for edge, size in ((box.left, box.width), (box.top, box.height)))
    right, bottom = round(box.left + (1 + margin) * box.width), round(box.top + (1 + margin) * box.height)
    return pixels[top:bottom, left:right]


FILLING = {
    f"{rim}, {side} px": (margin, side)
    for rim, margin in {"cut on all sides": -0.1, "to the edges": 0, "a narrow rim": 0.2}.items()
    for side in (112, 400, 1800)
}


@pytest.mark.parametrize("case", FILLING)
def test_a_face_that_fills_the_picture(vision, as_photo, portrait_pixels, face, case):
    margin, longer_side = FILLING[case]
    crop = cropped(portrait_pixels, face.box, margin)
    factor = longer_side / max(crop.shape)
    [found] = vision.detect(as_photo(cv2.resize(crop, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)))
    assert found.box.width == pytest.approx(face.box.width * factor, rel=0.25)


def test_the_box_of_a_cut_face_reaches_beyond_the_edge(vision, as_photo, portrait_pixels, face):
    half = portrait_pixels[:, round(face.box.left + 0.4 * face.box.width) :]
    [found] = vision.detect(as_photo(half))
    assert found.box.left < 0


TURNED = {
    "90": (cv2.ROTATE_90_CLOCKWISE, 90),
    "180": (cv2.ROTATE_180, 180),
    "270": (cv2.ROTATE_90_COUNTERCLOCKWISE, -90),
}


@pytest.mark.parametrize("case", TURNED)
def test_a_picture_on_its_side_or_head(vision, as_photo, portrait_pixels, face, case):
    rotation, degrees = TURNED[case]
    photo = as_photo(cv2.rotate(portrait_pixels, rotation))
    [found] = vision.detect(photo)
    roll = (found.pose.roll - face.pose.roll - degrees + 180) % 360 - 180
    assert roll == pytest.approx(0, abs=3)
    assert found.pose.yaw == pytest.approx(face.pose.yaw, abs=4)
    assert found.pose.pitch == pytest.approx(face.pose.pitch, abs=4)
    straight = vision.embed(as_photo(portrait_pixels), [face])[0].vector
    assert cosine(vision.embed(photo, [found])[0].vector, straight) > 0.97


@pytest.mark.parametrize("degrees", [-60, -30, -15, 15, 30, 60])
def test_a_leaning_head(vision, as_photo, portrait_pixels, face, degrees):
    # Positive is clockwise, OpenCV's is the other way round.
    centre = face.box.left + face.box.width / 2, face.box.top + face.box.height / 2
    turn = cv2.getRotationMatrix2D(centre, -degrees, 1)
    photo = as_photo(cv2.warpAffine(portrait_pixels, turn, (512, 512), borderMode=cv2.BORDER_REPLICATE))
    found = vision.detect(photo)[0]
    assert found.pose.roll - face.pose.roll == pytest.approx(degrees, abs=4)
    straight = vision.embed(as_photo(portrait_pixels), [face])[0].vector
    assert cosine(vision.embed(photo, [found])[0].vector, straight) > 0.93


def test_a_leaning_head_is_aligned_by_the_mesh_and_not_by_the_detector(
    vision, detector, as_photo, portrait_pixels, face
):
    centre = face.box.left + face.box.width / 2, face.box.top + face.box.height / 2
    turn = cv2.getRotationMatrix2D(centre, -30, 1)
    photo = as_photo(cv2.warpAffine(portrait_pixels, turn, (512, 512), borderMode=cv2.BORDER_REPLICATE))
    by_mesh = vision.detect(photo)[0]
    by_detector = replace(by_mesh, points_px=detector.find(photo.view(1).pixels, 512).points[0])
    straight = vision.embed(as_photo(portrait_pixels), [face])[0].vector
    scores = [cosine(embedding.vector, straight) for embedding in vision.embed(photo, [by_mesh, by_detector])]
    assert scores[0] > scores[1] + 0.1


def test_faces_come_largest_first(vision, as_photo, portrait_pixels, face):
    sizes = (60, 140, 90)
    picture = np.full((500, 1200, 3), 120, np.uint8)
    for number, width in enumerate(sizes):
        factor = width / face.box.width
        crop = cropped(portrait_pixels, face.box, 0.4)
        small = cv2.resize(crop, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
        picture[50 : 50 + small.shape[0], 400 * number : 400 * number + small.shape[1]] = small
    widths = [found.box.width for found in vision.detect(as_photo(picture))]
    assert widths == pytest.approx(sorted(sizes, reverse=True), rel=0.15)


def test_at_most_a_hundred_faces(detector, portrait_pixels, face):
    tile = cv2.resize(cropped(portrait_pixels, face.box, 0.3), (60, 80), interpolation=cv2.INTER_AREA)
    found = detector.find(np.tile(tile, (12, 12, 1)), 960)
    sides = np.prod(found.boxes[:, 2:] - found.boxes[:, :2], axis=1)
    assert len(found) == 100
    assert (np.diff(sides) <= 0).all()


@pytest.mark.parametrize(("height", "width"), [(100, 200), (80, 60), (101, 999), (1500, 1125)])
def test_a_shrunk_picture_has_its_parts_where_the_scale_says(height, width):
    picture = np.zeros((height, width, 3), np.uint8)
    picture[height // 2 : height // 2 + 20, width - 40 : width - 20] = 255
    smaller, scale = shrunk(picture, 100)
    assert max(smaller.shape) <= 100
    weights = smaller[:, :, 0].astype(float)
    rows, columns = np.indices(weights.shape) + 0.5
    centre = np.array([(columns * weights).sum(), (rows * weights).sum()]) / weights.sum()
    np.testing.assert_allclose(centre, np.array([width - 30, height // 2 + 10]) * scale, atol=0.15)


WIDE_SIDES = {
    "small: as it is": ((120, 160), 160),
    "up to 384 px: as it is": ((384, 100), 384),
    "hardly larger": ((500, 400), 384),
    "two thirds": ((900, 1200), 800),
    "full HD": ((1920, 1080), 1280),
    "larger": ((4000, 3000), 1280),
}


@pytest.mark.parametrize(("size", "expected"), WIDE_SIDES.values(), ids=WIDE_SIDES)
def test_wide_side(size, expected):
    assert wide_side(*size) == expected


def test_labelled_pictures_show_the_labelled_number_of_faces(vision, photos):
    folder = photos / "detection"
    rows = list(csv.DictReader((folder / "labels.csv").read_text().splitlines()))
    counts = {row["path"]: len(vision.detect(vision.open((folder / row["path"]).read_bytes()))) for row in rows}
    assert counts == {row["path"]: int(row["faces"]) for row in rows}


def test_each_labelled_nose_lies_on_a_face(vision, photos):
    folder = photos / "detection"
    rows = list(csv.DictReader((folder / "boxes.csv").read_text().splitlines()))
    faces = {path: vision.detect(vision.open((folder / path).read_bytes())) for path in {row["path"] for row in rows}}
    for row in rows:
        nose = np.array([float(row["x"]), float(row["y"])])
        assert any(np.linalg.norm(face.points_px[2] - nose) < 0.3 * face.box.width for face in faces[row["path"]]), row


def test_labelled_rotations_are_read(vision, photos):
    for degrees in (0, 90, 180, 270):
        data = (photos / "attributes" / f"rotate_rot_{degrees}.jpg").read_bytes()
        [found] = vision.detect(vision.open(data))
        assert (found.pose.roll - degrees + 180) % 360 - 180 == pytest.approx(0, abs=8)


def test_faces_under_masks_are_found_and_no_face_is_not(vision, photos):
    counts = {
        name: len(vision.detect(vision.open((photos / "attributes" / name).read_bytes())))
        for name in ("bulk_mask.png", "bulk_mask2.jpg", "crop_no_face.png")
    }
    assert counts == {"bulk_mask.png": 1, "bulk_mask2.jpg": 1, "crop_no_face.png": 0}
