"""The page about models says what the cards say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from recognizance.models.card import Role
from recognizance.models.catalog import DEFAULT_PACK, FAST_PACK, PEOPLE, find_pack

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "models.md").read_text(encoding="utf-8")


def section(heading: str) -> str:
    """The text under a heading, up to the next one."""
    match = re.search(rf"^### {re.escape(heading)}\n(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert match, f"docs/models.md has no heading ### {heading}"
    return match[1]


@pytest.mark.parametrize("card", [*DEFAULT_PACK.cards, PEOPLE.card], ids=lambda card: card.name)
def test_every_card_has_its_heading_and_is_told_in_full(card):
    text = section(card.name)
    stated = [card.file, card.sha256, card.source.wheel, card.source.path, card.source.sha256, card.conversion]
    for value in stated:
        assert f"`{value}`" in text
    shape = ", ".join(map(str, card.input.shape))
    for phrase in (
        f"| licence | {card.licence}",
        f"| input | ({shape})",
        f"{card.input.colour}, mean {card.input.mean[0]:g}, scale",
        "| bad at |",
    ):
        assert phrase in text
    assert card.provenance.removesuffix(".") in text.replace("**", "")


@pytest.mark.parametrize("pack", [DEFAULT_PACK, FAST_PACK], ids=lambda pack: pack.name)
def test_every_pack_has_its_row(pack):
    assert re.search(rf"^\| `{pack.name}` \| .* \| `{pack.space}` \| {pack.model_version} \|$", PAGE, re.MULTILINE)


def test_the_spaces_of_the_embedder_are_told():
    embedder = DEFAULT_PACK.card(Role.EMBEDDER)
    text = section(embedder.name)
    assert f"`{FAST_PACK.space}`, {embedder.space.dim} numbers; with mirror image `{DEFAULT_PACK.space}`" in text


def test_the_example_of_an_own_card_is_accepted(tmp_path):
    example = re.search(r"^ +```toml\n(.*?)^ +```$", PAGE, re.MULTILINE | re.DOTALL)
    (tmp_path / "acme.toml").write_text(re.sub("^   ", "", example[1], flags=re.MULTILINE), encoding="utf-8")
    assert find_pack("acme-r50", tmp_path).space == "acme-r50-mirror/1"
