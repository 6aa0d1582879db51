"""What is measured with: real photographs, and synthetic templates with identities in them.

Random pixels will not do. They drive activations into denormal numbers, which a processor computes many times more
slowly, so a network would be timed wrongly; and they have no face.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizance.errors import ImageError, SettingsError
from recognizance.ports import Vision
from recognizance.values import FloatArray
from recognizance.vision.decode import open_photo

Templates = NDArray[np.float16]
Item = TypeVar("Item")

DIM = 128
IMAGES_EACH = 4
"""Templates of one identity in a synthetic gallery."""

_MATED_SCORE = 0.6
"""Expected score of two images of one identity, as of real portraits."""

_CHUNK = 40_000
_GRAIN = 4.0
"""Standard deviation of the noise that stands for a sensor's in an enlarged photo, whose entropy would be too low."""


@dataclass(frozen=True, slots=True)
class Material:
    """Photographs as JPEG bytes, in a fixed order."""

    photos: tuple[bytes, ...]

    def spread(self, count: int) -> list[bytes]:
        """`count` of the photos, evenly over all; fewer where there are fewer."""
        return evenly(self.photos, count)

    def distinct(self, count: int) -> list[bytes]:
        """`count` pictures, no two with equal bytes: photos, and when they run out, photos encoded anew."""
        pictures = self.spread(count)
        for again in range(count - len(pictures)):
            turn, place = divmod(again, len(self.photos))
            pictures.append(encode(decode(self.photos[place]), quality=94 - turn))
        return pictures


def find_material(folder: Path | None, most: int) -> Material:
    """At most `most` photos under a folder, evenly over all; without a folder, the portrait of scikit-image.

    Raises SettingsError where there is neither.
    """
    if folder is None:
        return Material((_portrait(),))
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg"))
    photos = tuple(data for path in evenly(paths, most) if _is_usable(data := path.read_bytes()))
    if not photos:
        raise SettingsError(f"{folder} holds no .jpg file that can be used; give photographs with --photos DIR")
    return Material(photos)


def _is_usable(data: bytes) -> bool:
    """Whether a server takes the photo; names of files promise too much."""
    try:
        open_photo(data).view(0.1)
    except ImageError:
        return False
    return True


def evenly(items: Sequence[Item], count: int) -> list[Item]:
    """`count` of the items, evenly over all and in order; all of them where there are fewer."""
    places = np.linspace(0, len(items) - 1, min(count, len(items))).round().astype(int)
    return [items[place] for place in places]


def _portrait() -> bytes:
    try:
        from skimage.data import astronaut  # noqa: PLC0415 - a development package, not one of ours
    except ImportError:
        raise SettingsError(
            "there are no photographs to measure with; give a folder of them with --photos DIR"
        ) from None
    picture: NDArray[np.uint8] = astronaut()  # type: ignore[no-untyped-call] # it has no types
    return encode(np.ascontiguousarray(picture))


def one_face(photos: Sequence[bytes], vision: Vision) -> bytes:
    """That of some photos with exactly one face in which the face is largest. Raises SettingsError if there is none."""
    largest, best = 0.0, None
    for data in photos:
        faces = vision.detect(vision.open(data))
        if len(faces) == 1 and faces[0].box.area > largest:
            largest, best = faces[0].box.area, data
    if best is None:
        raise SettingsError("no photograph shows exactly one face; give other photographs with --photos DIR")
    return best


def at_megapixels(data: bytes, megapixels: float) -> bytes:
    """The photo scaled to a number of megapixels, as JPEG; grain is added where that enlarges it fourfold or more."""
    picture = decode(data)
    factor = (megapixels * 1e6 / (picture.shape[0] * picture.shape[1])) ** 0.5
    size = round(picture.shape[1] * factor), round(picture.shape[0] * factor)
    scaled = cv2.resize(picture, size, interpolation=cv2.INTER_CUBIC if factor > 1 else cv2.INTER_AREA)
    if factor >= 2:
        noise = np.random.default_rng(1).normal(0, _GRAIN, scaled.shape)
        scaled = np.clip(scaled + noise, 0, 255).astype(np.uint8)
    return encode(scaled)


def decode(data: bytes) -> NDArray[np.uint8]:
    """RGB pixels (h, w, 3) of a JPEG."""
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB)
    assert pixels is not None, "a photo that does not decode"
    return np.asarray(pixels, np.uint8)


def encode(pixels: NDArray[np.uint8], quality: int = 90) -> bytes:
    """A JPEG of RGB pixels (h, w, 3)."""
    _, data = cv2.imencode(".jpg", pixels[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return bytes(data)


def templates(count: int, seed: int = 1) -> Iterator[Templates]:
    """Unit vectors float16 (n, 128), `count` in all, in chunks: four images for each identity.

    Identities lie in all directions alike, so the nearest strangers of a probe are as near as they get.
    """
    rng = np.random.default_rng(seed)
    for start in range(0, count, _CHUNK):
        size = min(_CHUNK, count - start)
        centres = _unit(rng.standard_normal((-(-size // IMAGES_EACH), DIM), np.float32))
        yield _images(np.repeat(centres, IMAGES_EACH, axis=0)[:size], rng).astype(np.float16)


def probes(enrolled: Templates, count: int, seed: int = 2) -> FloatArray:
    """New images float32 (count, 128) of people among some templates (n, 128)."""
    rng = np.random.default_rng(seed)
    people = enrolled[rng.integers(0, len(enrolled), count)].astype(np.float32)
    return _images(_unit(people), rng)


def _images(centres: FloatArray, rng: np.random.Generator) -> FloatArray:
    """One image of each identity, whose score with another image of it is about 0.6."""
    noise = _unit(rng.standard_normal(centres.shape, np.float32))
    return _unit(np.sqrt(_MATED_SCORE) * centres + np.sqrt(1 - _MATED_SCORE) * noise)


def _unit(vectors: FloatArray) -> FloatArray:
    units: FloatArray = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return units
