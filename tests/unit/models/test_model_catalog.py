from __future__ import annotations

import re
from pathlib import Path

import pytest

from recognizance.errors import SettingsError
from recognizance.models.card import Conversion, InputContract, NormaliserFile, Role, Space
from recognizance.models.catalog import DEFAULT_PACK, FAST_PACK, PEOPLE, find_pack, list_packs

FREE_FOR_COMMERCIAL_USE = {"MIT", "Apache-2.0"}

OWN = """\
name = "acme-r50"
file = "acme-r50.onnx"
sha256 = "ab5d1f2f0c6bb0ec0e6b1b4ba5b1c2cbeb1e2d9f38a5b7e4a1d5ce8a2c1d0e5f"
licence = "LicenseRef-Acme-2026"
provenance = "Bought from Acme; trained on their own studio pictures."
model_version = "100.1"
mirror = true

[input]
colour = "RGB"
mean = [127.5, 127.5, 127.5]
scale = 0.00784

[space]
id = "acme-r50/1"
dim = 512
"""


@pytest.fixture
def cards(tmp_path: Path) -> Path:
    """A folder with one good card of an operator."""
    (tmp_path / "acme.toml").write_text(OWN, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("card", [*DEFAULT_PACK.cards, PEOPLE.card], ids=lambda card: card.name)
def test_the_default_pack_is_pinned_and_free_for_commercial_use(card):
    assert card.licence in FREE_FOR_COMMERCIAL_USE
    for digest in (card.sha256, card.source.sha256, card.source.wheel_sha256):
        assert re.fullmatch("[0-9a-f]{64}", digest)


@pytest.mark.parametrize(("name", "pack"), [("default", DEFAULT_PACK), ("fast", FAST_PACK)])
def test_a_shipped_pack_is_found_by_name(name, pack, tmp_path):
    assert find_pack(name, tmp_path / "no such folder") is pack


def test_a_shipped_pack_is_found_beside_a_broken_card(tmp_path):
    (tmp_path / "broken.toml").write_text("name =", encoding="utf-8")
    assert find_pack("default", tmp_path) is DEFAULT_PACK


def test_an_unknown_pack_is_refused_with_the_names_there_are(cards):
    with pytest.raises(
        SettingsError, match=f"no model pack is named 'best'; there are default, fast, acme-r50; .*{cards}"
    ):
        find_pack("best", cards)


def test_an_own_card_makes_a_pack_with_that_embedder(cards):
    pack = find_pack("acme-r50", cards)
    assert [card.name for card in pack.cards] == ["yunet-2023mar", "mediapipe-face-mesh", "mediapipe-iris", "acme-r50"]
    assert (pack.space, pack.model_version, pack.mirror) == ("acme-r50-mirror/1", "100.1", True)
    card = pack.card(Role.EMBEDDER)
    assert card.input == InputContract((1, 3, 112, 112), "RGB", (127.5, 127.5, 127.5), 0.00784)
    assert card.space == Space("acme-r50/1", 512)
    assert (card.source, card.conversion, card.licence) == (None, Conversion.NONE, "LicenseRef-Acme-2026")
    assert pack.normaliser is None


def test_an_own_card_may_name_a_normaliser(cards):
    lines = f'\n[normaliser]\nfile = "even.json"\nsha256 = "{"0" * 64}"\n'
    (cards / "acme.toml").write_text(OWN + lines, encoding="utf-8")
    assert find_pack("acme-r50", cards).normaliser == NormaliserFile("even.json", "0" * 64)


def test_shipped_packs_are_listed_first(cards):
    assert [pack.name for pack in list_packs(cards)] == ["default", "fast", "acme-r50"]


REFUSED = {
    "a field is missing": ('licence = "LicenseRef-Acme-2026"\n', "", "licence: Field required"),
    "a field is unknown": ("mirror = true", "mirror = true\nmiror = true", "miror: Extra inputs are not permitted"),
    "a digest is cut": ("ab5d1f2f", "", "sha256: String should match pattern"),
    "a file outside the folder": ("acme-r50.onnx", "../acme.onnx", "file: String should match pattern"),
    "a file of another format": ("acme-r50.onnx", "acme-r50.pt", "file: String should match pattern"),
    "a name that is no name": ('"acme-r50"\nfile', '"Acme R50"\nfile', "name: String should match pattern"),
    "an unknown colour order": ('"RGB"', '"GRB"', "input.colour: Input should be 'RGB' or 'BGR'"),
    "a mean for one channel": ("[127.5, 127.5, 127.5]", "[127.5]", "input.mean: List should have at least 3 items"),
    "a scale of zero": ("0.00784", "0.0", "input.scale: Input should be greater than 0"),
    "a text for a number": ("512", '"512"', "space.dim: Input should be a valid integer"),
    "a space without revision": ("acme-r50/1", "acme-r50", "a space id looks like name/1"),
    "a version with letters": ("100.1", "v2", "a model version has digits and dots alone, got 'v2'"),
    "no licence stated": ("LicenseRef-Acme-2026", "", "licence: String should have at least 1 character"),
    "not TOML": ("mirror = true", "mirror: true", "is not a model card: Expected '='"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_an_own_card_that_cannot_be_used_is_refused_in_one_line(case, cards):
    before, after, message = REFUSED[case]
    assert before in OWN
    (cards / "acme.toml").write_text(OWN.replace(before, after), encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        find_pack("acme-r50", cards)
    assert message in str(caught.value)
    assert str(caught.value).startswith(f"{cards / 'acme.toml'} is not a model card: ")
    assert "\n" not in str(caught.value)


def test_an_own_card_that_is_not_text_is_refused(cards):
    (cards / "acme.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match=r"acme\.toml is not a model card: .*decode"):
        find_pack("acme-r50", cards)


def test_an_own_card_that_cannot_be_read_is_refused(tmp_path):
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(SettingsError, match=r"folder\.toml cannot be read: Is a directory"):
        list_packs(tmp_path)


CLASHES = {
    "the name of a shipped pack": ('"acme-r50"\nfile', '"fast"\nfile', "the name fast is taken by the pack fast"),
    "the space of a shipped pack": (
        "acme-r50/1",
        "sface-2021dec/2",
        "sface-2021dec-mirror/2 is taken by the pack default",
    ),
    "a space that reads as mirrored": (
        'true\n\n[input]\ncolour = "RGB"\nmean = [127.5, 127.5, 127.5]\nscale = 0.00784\n\n[space]\nid = "acme-r50/1"',
        'false\n\n[input]\ncolour = "RGB"\nmean = [127.5, 127.5, 127.5]\nscale = 0.00784\n\n[space]\nid = "sface-2021dec-mirror/2"',
        "the embedding space sface-2021dec-mirror/2 is taken by the pack default",
    ),
    "the file of a shipped normaliser": (
        "dim = 512",
        f'dim = 512\n[normaliser]\nfile = "normaliser-fast.json"\nsha256 = "{"0" * 64}"',
        "the file name normaliser-fast.json is taken by the pack fast",
    ),
    "the file of a shipped card": ("acme-r50.onnx", "sface-2021dec.onnx", "the file name sface-2021dec.onnx is taken"),
}


@pytest.mark.parametrize("case", CLASHES)
def test_an_own_card_that_takes_what_another_has_is_refused(case, cards):
    before, after, message = CLASHES[case]
    assert before in OWN
    (cards / "acme.toml").write_text(OWN.replace(before, after), encoding="utf-8")
    with pytest.raises(SettingsError, match=f"acme.toml: .*{message}.*; choose another"):
        list_packs(cards)


def test_two_own_cards_in_one_space_are_refused(cards):
    (cards / "other.toml").write_text(OWN.replace('"acme-r50"', '"other"'), encoding="utf-8")
    with pytest.raises(SettingsError, match="embedding space acme-r50-mirror/1 is taken by the pack acme-r50"):
        find_pack("other", cards)
