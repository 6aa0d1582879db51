"""The whole of vision: formats, embeddings, threads, and what the operations may rely on."""

from __future__ import annotations

import csv
import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from PIL import Image, ImageOps

from recognizance.models.catalog import DEFAULT_PACK, FAST_PACK, SFACE
from recognizance.models.normaliser import Normaliser, load_normaliser
from recognizance.testing.vision import FakeVision, Person, sketch
from recognizance.values import Box, Detail
from recognizance.vision.align import TEMPLATE, chip, cut
from recognizance.vision.detect import Detections
from recognizance.vision.embed import Embedder
from recognizance.vision.geometry import similarity
from recognizance.vision.landmarks import five_points
from recognizance.vision.mesh import Mesh
from recognizance.vision.pipeline import OnnxVision, build_vision
from recognizance.vision.runtime import Network

from .cosine import cosine


def encoded(pixels, kind, mode="RGB", **options):
    file = io.BytesIO()
    Image.fromarray(pixels).convert(mode).save(file, kind, **options)
    return file.getvalue()


def stored_for(pixels, orientation):
    """JPEG bytes that look like the picture once their Exif orientation is applied."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    back = {6: 8, 8: 6}.get(orientation, orientation)
    undo = Image.Exif()
    undo[0x0112] = back
    tagged = Image.open(io.BytesIO(encoded(pixels, "PNG", exif=undo)))
    file = io.BytesIO()
    ImageOps.exif_transpose(tagged).save(file, "JPEG", quality=95, exif=exif)
    return file.getvalue()


def palette_png(pixels):
    file = io.BytesIO()
    Image.fromarray(pixels).quantize(256).save(file, "PNG")
    return file.getvalue()


FORMATS = {
    "jpeg": lambda p: encoded(p, "JPEG", quality=90),
    "progressive jpeg": lambda p: encoded(p, "JPEG", quality=90, progressive=True),
    "grey jpeg": lambda p: encoded(p, "JPEG", "L", quality=90),
    "cmyk jpeg": lambda p: encoded(p, "JPEG", "CMYK", quality=90),
    "png": lambda p: encoded(p, "PNG"),
    "grey png": lambda p: encoded(p, "PNG", "L"),
    "png with alpha": lambda p: encoded(p, "PNG", "RGBA"),
    "palette png": palette_png,
    "16-bit png": lambda p: cv2.imencode(".png", p[:, :, ::-1].astype(np.uint16) * 257)[1].tobytes(),
    **{f"orientation {n}": lambda p, n=n: stored_for(p, n) for n in range(1, 9)},
}


@pytest.mark.parametrize("encode", FORMATS.values(), ids=FORMATS)
def test_a_face_is_the_same_in_every_format(vision, portrait, portrait_pixels, overlap, encode):
    [expected] = vision.detect(vision.open(portrait))
    photo = vision.open(encode(portrait_pixels))
    [found] = vision.detect(photo)
    assert overlap(found.box, expected.box) > 0.9
    assert found.confidence > 0.99
    assert abs(found.points_px - expected.points_px).max() < 0.04 * expected.box.width


def test_a_large_photo_is_decoded_small_for_a_large_face(vision, portrait_pixels):
    large = cv2.resize(portrait_pixels, (3200, 3200), interpolation=cv2.INTER_CUBIC)
    photo = vision.open(encoded(large, "JPEG", quality=80))
    [found] = vision.detect(photo)
    vision.embed(photo, [found])
    assert found.box.width > 400
    assert max(photo.view(0).pixels.shape) < 2000


def test_a_large_photo_is_decoded_whole_for_a_small_face(vision, portrait_pixels):
    large = np.full((3000, 3200, 3), 90, np.uint8)
    large[:512, :512] = portrait_pixels
    photo = vision.open(encoded(large, "JPEG", quality=90))
    [found] = vision.detect(photo)
    assert photo.view(0).pixels.shape == large.shape
    alone = vision.open(encoded(portrait_pixels, "JPEG", quality=90))
    [expected] = vision.detect(alone)
    assert abs(found.points_px - expected.points_px).max() < 0.08 * expected.box.width
    assert cosine(vision.embed(photo, [found])[0].vector, vision.embed(alone, [expected])[0].vector) > 0.97


def test_an_aligned_face_has_its_points_where_the_template_says(vision, as_photo):
    """A picture of five dots, at any scale, is cut so that the dots lie on the template."""
    for side in (150, 700, 1900):
        picture = np.zeros((side, side, 3), np.uint8)
        points = (TEMPLATE * side / 140 + side / 10).astype(np.float32)
        for x, y in points:
            cv2.circle(picture, (round(float(x)), round(float(y))), max(1, side // 60), (255, 255, 255), -1)
        aligned = cut(as_photo(picture), similarity(points, TEMPLATE), 112)
        for x, y in TEMPLATE:
            around = aligned[round(float(y)) - 4 : round(float(y)) + 5, round(float(x)) - 4 : round(float(x)) + 5, 0]
            centre = np.array(np.nonzero(around > 60)).mean(axis=1) - 4
            assert np.abs(centre).max() < 1.5


def test_an_aligned_face_beyond_the_edge_is_black_there(vision, as_photo, portrait_pixels):
    photo = as_photo(portrait_pixels)
    [face] = vision.detect(photo)
    moved = replace(face, points_px=face.points_px - [face.box.left + face.box.width / 2, 0])
    aligned = chip(photo, moved)
    assert aligned.shape == (112, 112, 3)
    assert not aligned[:, :20].any()
    assert aligned[:, 80:].any()


def test_embeddings_are_unit_vectors_of_the_packs_space_in_the_order_given(vision, portrait):
    photo = vision.open(portrait)
    [face] = vision.detect(photo)
    shifted = replace(face, points_px=face.points_px + np.float32([0, 12]))
    first, second, again = vision.embed(photo, [face, shifted, face])
    assert first.space == vision.space == DEFAULT_PACK.space
    assert first.vector.shape == (128,)
    assert 0.5 < np.linalg.norm(first.vector) < 1 + 1e-5
    assert (first.vector == again.vector).all()
    assert 0.3 < first.vector @ second.vector < 0.999
    assert vision.embed(photo, []) == []


@pytest.mark.parametrize(("mirror", "same"), [(True, True), (False, False)], ids=["default pack", "fast pack"])
def test_a_mirror_image_has_the_same_embedding_only_where_both_are_added(vision, weights_dir, portrait, mirror, same):
    embedder = Embedder(Network(SFACE, weights_dir), space="a/1", mirror=mirror, normaliser=Normaliser.identity(128))
    photo = vision.open(portrait)
    aligned = chip(photo, vision.detect(photo)[0])
    straight, mirrored = embedder.embed(aligned), embedder.embed(np.ascontiguousarray(aligned[:, ::-1]))
    assert bool(cosine(straight.vector, mirrored.vector) > 0.99999) is same


def test_embeddings_are_the_networks_normalised(vision, weights_dir, portrait):
    bare = build_vision(replace(DEFAULT_PACK, normaliser=None), weights_dir)
    photo = vision.open(portrait)
    faces = vision.detect(photo)
    [of_network], [embedding] = bare.embed(photo, faces), vision.embed(photo, faces)
    assert np.linalg.norm(of_network.vector) == pytest.approx(1, abs=1e-5)
    expected = load_normaliser(DEFAULT_PACK, weights_dir).apply(of_network.vector[np.newaxis])[0]
    assert embedding.vector == pytest.approx(expected, abs=1e-5)
    assert cosine(embedding.vector, of_network.vector) < 0.99


def test_the_fast_pack_writes_into_another_space(vision, weights_dir):
    assert build_vision(FAST_PACK, weights_dir).space != vision.space


def test_threads_get_the_same_results_as_one(vision, portrait, portrait_pixels):
    pictures = [portrait, encoded(portrait_pixels[:, ::-1], "PNG"), encoded(portrait_pixels[40:, 60:], "JPEG")]

    def work(data):
        photo = vision.open(data)
        faces = [vision.describe(photo, face) for face in vision.detect(photo)]
        return repr(faces), [embedding.vector.tobytes() for embedding in vision.embed(photo, faces)]

    alone = [work(data) for data in pictures]
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(work, pictures * 4)) == alone * 4


def test_threads_may_share_a_photo(vision, portrait):
    photo = vision.open(portrait)
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda _: repr(vision.detect(photo)), range(8)))
    assert len(set(found)) == 1


def test_describing_what_is_no_face_gives_no_findings(vision, as_photo, portrait_pixels):
    photo = as_photo(portrait_pixels)
    [face] = vision.detect(photo)
    elsewhere = replace(face, box=Box(20, 400, 80, 90), points_px=face.points_px + np.float32([-150, 330]))
    assert vision.describe(photo, elsewhere).detail == Detail()


LOOKS = {
    "both networks see it": (0.93, 1.0, "mesh", 1.0),
    "the mesh alone is sure": (0.7, 0.95, "mesh", 0.95),
    "a profile: the detector alone is sure": (0.88, 0.01, "detector", 0.88),
    "the back of a head: neither is": (0.8, 0.01, None, None),
}


@pytest.mark.parametrize("case", LOOKS)
def test_two_networks_decide_what_is_a_face(as_photo, case):
    score, presence, points_of, confidence = LOOKS[case]
    shape = np.random.default_rng(1).uniform(20, 80, (468, 3)).astype(np.float32)
    proposed = (TEMPLATE / 2 + 20).astype(np.float32)
    found = Detections(np.float32([[20, 20, 80, 90]]), np.float32([score]), proposed[None])
    vision = OnnxVision(
        DEFAULT_PACK,
        SimpleNamespace(find=lambda *_: found),
        SimpleNamespace(fit=lambda *_: Mesh(shape, presence)),
        eye_reader=None,
        embedder=None,
        max_pixels=10_000,
    )
    faces = vision.detect(as_photo(np.full((100, 100, 3), 99, np.uint8)))
    assert [face.confidence for face in faces] == pytest.approx([confidence] if confidence else [])
    expected = {"mesh": five_points(Mesh(shape, presence)), "detector": proposed}
    for face in faces:
        np.testing.assert_allclose(face.points_px, expected[points_of])


def test_a_photo_of_another_vision_is_refused(vision):
    sketched = FakeVision().open(sketch(Person("ada")))
    with pytest.raises(TypeError, match="pass a photo that this vision opened, got SketchedPhoto"):
        vision.detect(sketched)


def test_versions_come_from_the_pack(vision):
    assert vision.model_version == DEFAULT_PACK.model_version


def test_the_same_person_scores_above_everybody_else(vision, photos):
    """24 people, a neutral and a smiling photo each: the best match of every photo is the same person's other one."""
    folder = photos / "london"
    rows = list(csv.DictReader((folder / "labels.csv").read_text().splitlines()))
    rows = sorted(rows, key=lambda row: (row["identity"], row["expression"]))[:48]
    opened = [vision.open((folder / row["path"]).read_bytes()) for row in rows]
    vectors = np.array([vision.embed(photo, vision.detect(photo)[:1])[0].vector for photo in opened])
    scores = vectors @ vectors.T - 2 * np.eye(len(rows))
    assert scores.argmax(axis=1).tolist() == [position ^ 1 for position in range(len(rows))]
    assert scores.max(axis=1).min() > 0.6
