from __future__ import annotations

from dataclasses import replace

import pytest

from recognizance.models.card import PACK_ROLES, Pack, Source, Space
from recognizance.models.catalog import DEFAULT_PACK, FACE_MESH, FAST_PACK, SFACE, YUNET


def test_mirroring_makes_another_space():
    assert (DEFAULT_PACK.space, FAST_PACK.space) == ("sface-2021dec-mirror/2", "sface-2021dec/2")


@pytest.mark.parametrize("role", PACK_ROLES)
def test_a_pack_gives_the_card_of_a_role(role):
    assert DEFAULT_PACK.card(role).role is role


def test_a_source_is_required_as_pip_spells_it():
    source = Source("mediapipe-0.10.21-cp311-cp311-manylinux_2_28_x86_64.whl", "00", "a/b", "00")
    assert source.requirement == "mediapipe==0.10.21"


@pytest.mark.parametrize("space", ["", "SFace/1", "sface", "sface/one", "sface/1/2", "-sface/1", "s face/1"])
def test_a_space_id_of_another_form_is_refused(space):
    with pytest.raises(ValueError, match="a space id looks like name/1"):
        Space(space, 128)


def test_an_embedder_without_a_space_is_refused():
    with pytest.raises(ValueError, match="has an embedding space: sface-2021dec"):
        replace(SFACE, space=None)


def test_another_network_with_a_space_is_refused():
    with pytest.raises(ValueError, match="nothing else, has an embedding space: yunet-2023mar"):
        replace(YUNET, space=Space("yunet/1", 4))


@pytest.mark.parametrize(
    "cards",
    [DEFAULT_PACK.cards[1:], (*DEFAULT_PACK.cards, FACE_MESH)],
    ids=["one too few", "one twice"],
)
def test_a_pack_without_one_card_for_each_role_is_refused(cards):
    with pytest.raises(ValueError, match="the pack odd needs one card for each role"):
        Pack("odd", cards, "1.0", mirror=True)


@pytest.mark.parametrize("version", ["", "1.0-beta", "v1"])
def test_a_model_version_that_the_api_cannot_report_is_refused(version):
    with pytest.raises(ValueError, match="a model version has digits and dots alone"):
        replace(DEFAULT_PACK, model_version=version)
