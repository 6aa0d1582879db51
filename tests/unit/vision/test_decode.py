"""The gatekeeper: what is decoded and how, and what is refused before a decoder runs."""

from __future__ import annotations

import io
import struct
import zlib

import cv2
import numpy as np
import pytest
import simplejpeg
from PIL import Image, ImageOps

from recognizance.errors import ImageFormatError, ImageTooLargeError, ImageTooSmallError
from recognizance.vision import jpeg
from recognizance.vision.decode import open_photo, upright

RNG = np.random.default_rng(3)
SIZE = (96, 120)  # height, width
PIXELS = cv2.resize(RNG.integers(0, 256, (8, 10, 3), dtype=np.uint8), SIZE[::-1], interpolation=cv2.INTER_CUBIC)
PICTURE = Image.fromarray(PIXELS)
GREY = PICTURE.convert("L")
ALPHA = Image.fromarray(np.repeat(np.arange(0, 240, 2, dtype=np.uint8)[None], SIZE[0], axis=0))


def png(picture: Image.Image, **options) -> bytes:
    file = io.BytesIO()
    picture.save(file, "PNG", **options)
    return file.getvalue()


def jpg(picture: Image.Image, **options) -> bytes:
    file = io.BytesIO()
    picture.save(file, "JPEG", **{"quality": 98, "subsampling": 0, **options})
    return file.getvalue()


def cv2_png(pixels) -> bytes:
    return cv2.imencode(".png", pixels)[1].tobytes()


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def header_only_png(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))


def interlaced_png(pixels) -> bytes:
    """PNG of RGB pixels in the seven passes of Adam7, which no encoder at hand writes."""
    height, width = pixels.shape[:2]
    passes = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1))
    rows = b"".join(
        b"\0" + row.tobytes() for top, left, down, right in passes for row in pixels[top::down, left::right]
    )
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 1)
    signature = b"\x89PNG\r\n\x1a\n"
    return signature + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def claiming_jpeg(width: int, height: int) -> bytes:
    """A small JPEG whose frame header claims another size."""
    data = bytearray(jpg(PICTURE))
    frame = data.index(b"\xff\xc0")
    data[frame + 5 : frame + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def rgb(picture: Image.Image):
    return np.asarray(picture.convert("RGB")).astype(int)


def on_white(picture: Image.Image):
    rgba = picture.convert("RGBA")
    return rgb(Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba))


TRANSPARENT = Image.merge("RGBA", (*PICTURE.split(), ALPHA))
GREY_TRANSPARENT = Image.merge("LA", (GREY, ALPHA))
PALETTE = PICTURE.quantize(32)
PALETTE_TRANSPARENT = Image.open(io.BytesIO(png(PALETTE, transparency=5)))
SIXTEEN = PIXELS.astype(np.uint16) * 257
DECODED = {
    "jpeg": (jpg(PICTURE), rgb(PICTURE)),
    "jpeg, chroma halved": (jpg(PICTURE, subsampling=2), rgb(PICTURE)),
    "jpeg, progressive": (jpg(PICTURE, progressive=True), rgb(PICTURE)),
    "jpeg, grey": (jpg(GREY), rgb(GREY)),
    "jpeg, cmyk as adobe writes it": (jpg(PICTURE.convert("CMYK")), rgb(PICTURE)),
    "jpeg, rgb without conversion": (jpg(PICTURE, keep_rgb=True), rgb(PICTURE)),
    "png": (png(PICTURE), rgb(PICTURE)),
    "png, 16 bits": (cv2_png(SIXTEEN[:, :, ::-1]), rgb(PICTURE)),
    "png, grey": (png(GREY), rgb(GREY)),
    "png, grey, 16 bits": (cv2_png(np.asarray(GREY).astype(np.uint16) * 257), rgb(GREY)),
    "png, grey and alpha": (png(GREY_TRANSPARENT), on_white(GREY_TRANSPARENT)),
    "png, alpha": (png(TRANSPARENT), on_white(TRANSPARENT)),
    "png, alpha, 16 bits": (
        cv2_png(np.dstack([SIXTEEN[:, :, ::-1], np.asarray(ALPHA).astype(np.uint16) * 257])),
        on_white(TRANSPARENT),
    ),
    "png, palette": (png(PALETTE), rgb(PALETTE)),
    "png, palette with a transparent colour": (png(PALETTE, transparency=5), on_white(PALETTE_TRANSPARENT)),
    "png, interlaced": (interlaced_png(PIXELS), rgb(PICTURE)),
    "png, one bit": (png(PICTURE.convert("1")), rgb(PICTURE.convert("1"))),
    "png, animated: the first frame": (
        png(PICTURE, save_all=True, append_images=[ImageOps.invert(PICTURE)]),
        rgb(PICTURE),
    ),
    "png with text and profile": (png(PICTURE, icc_profile=b"not a profile"), rgb(PICTURE)),
}


@pytest.mark.parametrize(("data", "expected"), DECODED.values(), ids=DECODED)
def test_every_kind_of_picture_becomes_rgb(data, expected):
    photo = open_photo(data)
    pixels = photo.view(1).pixels
    assert (photo.height, photo.width) == SIZE
    assert pixels.dtype == np.uint8
    assert pixels.flags.c_contiguous
    assert np.abs(pixels - expected).mean() < 4


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("order", ["little", "big"])
def test_exif_orientation_is_applied_to_jpeg(orientation, order):
    exif = Image.Exif()
    exif[0x010F] = "a maker"
    exif[0x0112] = orientation
    exif.endian = "<" if order == "little" else ">"
    data = jpg(PICTURE, exif=exif)
    expected = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    photo = open_photo(data)
    assert (photo.width, photo.height) == expected.size
    assert np.abs(photo.view(1).pixels - rgb(expected)).mean() < 1


def test_orientation_turns_a_scaled_view_too():
    exif = Image.Exif()
    exif[0x0112] = 6
    photo = open_photo(jpg(PICTURE.resize((800, 640)), exif=exif))
    view = photo.view(0.25)
    assert view.pixels.shape == (200, 160, 3)
    assert view.scale.tolist() == [0.25, 0.25]


def test_exif_orientation_of_png_is_ignored():
    exif = Image.Exif()
    exif[0x0112] = 6
    assert open_photo(png(PICTURE, exif=exif)).view(1).pixels.shape[:2] == SIZE


EXIF = {
    "no order mark": b"Exif\0\0XX*\0\x08\0\0\0",
    "directory beyond the end": b"Exif\0\0II*\0\xff\xff\0\0",
    "entries beyond the end": b"Exif\0\0II*\0\x08\0\0\0\x09\0",
    "another tag alone": b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<HHHIHHI", 1, 0x0100, 3, 1, 6, 0, 0),
    "orientation 9": b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<HHHIHHI", 1, 0x0112, 3, 1, 9, 0, 0),
    "not Exif": b"http://ns.adobe.com/xap/1.0/\0<x/>",
}


@pytest.mark.parametrize("content", EXIF.values(), ids=EXIF)
def test_damaged_exif_means_upright(content):
    plain = jpg(PICTURE)
    data = plain[:2] + b"\xff\xe1" + struct.pack(">H", len(content) + 2) + content + plain[2:]
    assert jpeg.read_orientation(data) == 1
    assert open_photo(data).view(1).pixels.shape[:2] == SIZE


def test_fill_bytes_before_a_marker_are_skipped():
    exif = Image.Exif()
    exif[0x0112] = 8
    plain = jpg(PICTURE, exif=exif)
    assert jpeg.read_orientation(plain[:2] + b"\xff\xff" + plain[2:]) == 8


def test_a_header_without_a_scan_has_no_orientation():
    assert jpeg.read_orientation(b"\xff\xd8\xff\xe0\x00\x04ab") == 1


JPEG, PNG = jpg(PICTURE), png(PICTURE)
ALTERED = bytearray(PNG)
ALTERED[PNG.index(b"IDAT") + 10] ^= 0x55
REFUSED = {
    "nothing": (b"", "neither JPEG nor PNG"),
    "text": (b"hello, this is not a picture at all", "neither JPEG nor PNG"),
    "gif": (b"GIF89a" + bytes(100), "neither JPEG nor PNG"),
    "webp": (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "neither JPEG nor PNG"),
    "jpeg, first bytes alone": (JPEG[:3], "a JPEG that does not decode"),
    "jpeg, cut in the header": (JPEG[:100], "a JPEG that does not decode"),
    "jpeg, cut in the middle": (JPEG[: len(JPEG) // 2], "a JPEG that does not decode .*Premature end"),
    "jpeg, last bytes missing": (JPEG[:-40], "a JPEG that does not decode .*Premature end"),
    "progressive jpeg, cut": (jpg(PICTURE, progressive=True)[:-200], "a JPEG that does not decode"),
    "png, signature alone": (PNG[:8], "a PNG that does not decode .no header"),
    "png, header alone": (header_only_png(100, 100), "the end is missing"),
    "png, cut in the middle": (PNG[: len(PNG) // 2], "the end is missing"),
    "png, last byte missing": (PNG[:-1], "the end is missing"),
    "png, altered": (bytes(ALTERED), "the checksum of IDAT is wrong"),
    "png without pixels": (header_only_png(100, 100) + chunk(b"IEND", b""), "a PNG that does not decode"),
    "png, wider than any decoder takes": (
        header_only_png(1_100_000, 90) + chunk(b"IDAT", b"") + chunk(b"IEND", b""),
        "does not unpack",
    ),
    "png, pixels too few": (
        header_only_png(100, 100) + chunk(b"IDAT", zlib.compress(bytes(50))) + chunk(b"IEND", b""),
        "does not unpack",
    ),
}


@pytest.mark.parametrize(("data", "message"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_whole_picture_is_refused(data, message):
    with pytest.raises(ImageFormatError, match=f"Request has invalid image format: .*{message}"):
        open_photo(data).view(1)


BOMBS = {"png": header_only_png(20_000, 10_000), "jpeg": claiming_jpeg(20_000, 10_000)}


@pytest.mark.parametrize("data", BOMBS.values(), ids=BOMBS)
def test_a_bomb_is_refused_before_a_decoder_runs(data, monkeypatch):
    for module, name in ((cv2, "imdecode"), (simplejpeg, "decode_jpeg")):
        monkeypatch.setattr(module, name, lambda *_: pytest.fail("a decoder ran"))
    with pytest.raises(ImageTooLargeError, match=r"has 200 megapixels \(20000 x 10000\); at most 100 are decoded"):
        open_photo(data)


def test_a_jpeg_of_endless_scans_is_refused_before_a_decoder_runs():
    progressive = jpg(PICTURE, progressive=True)
    last = progressive.rindex(b"\xff\xda")
    with pytest.raises(ImageFormatError, match=r"a JPEG of 10\d\d scans; 100 are decoded"):
        open_photo(progressive[:last] + progressive[last:-2] * 1000 + progressive[-2:])


def test_the_limit_of_pixels_is_the_callers():
    data = png(PICTURE)
    open_photo(data, max_pixels=96 * 120)
    with pytest.raises(ImageTooLargeError, match=r"at most 0\.011519 are decoded"):
        open_photo(data, max_pixels=96 * 120 - 1)


@pytest.mark.parametrize("size", [(79, 200), (200, 79)])
@pytest.mark.parametrize("encode", [png, jpg])
def test_a_side_under_80_px_is_refused(size, encode):
    with pytest.raises(ImageTooSmallError, match=f"{size[0]} x {size[1]} px; each side needs at least 80 px"):
        open_photo(encode(PICTURE.resize(size)))


def test_a_side_of_80_px_is_taken():
    assert open_photo(jpg(PICTURE.resize((80, 80)))).view(1).pixels.shape == (80, 80, 3)


def test_views_are_decoded_as_small_as_serves_and_kept():
    photo = open_photo(jpg(PICTURE.resize((800, 640))))
    quarter = photo.view(0.2)
    assert quarter.pixels.shape == (160, 200, 3)
    assert photo.view(0.25) is quarter
    half = photo.view(0.26)
    assert half.scale.max() >= 0.26
    assert photo.view(0.1) is half
    assert photo.view(7).pixels.shape == (640, 800, 3)


def test_each_orientation_has_its_own_effect():
    stored = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    assert len({upright(stored, orientation).tobytes() for orientation in range(1, 9)}) == 8
