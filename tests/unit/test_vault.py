"""What is sealed opens again, only with its own key and only where it belongs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from recognizance.errors import SealError
from recognizance.vault import Vault

MASTER = bytes(range(32))
VECTOR = np.linspace(-0.3, 0.3, 128, dtype=np.float32)


def collection_key(vault=None, collection_id="people", space="sface"):
    vault = vault or Vault(MASTER)
    return vault.collection_key(vault.new_collection_key(collection_id, space), collection_id, space)


@given(arrays.arrays(np.float32, st.integers(1, 600), elements=st.floats(-1, 1, width=32)))
def test_a_template_is_the_vector_rounded_to_float16(vector):
    key = collection_key()
    assert np.array_equal(key.open("f", *key.seal("f", vector)), vector.astype(np.float16))


@given(st.text())
def test_a_secret_opens_again(secret):
    vault = Vault(MASTER)
    assert vault.open_secret("RK1", vault.seal_secret("RK1", secret)) == secret


def test_the_same_vector_never_seals_to_the_same_bytes():
    key = collection_key()
    first, second = key.seal("f", VECTOR), key.seal("f", VECTOR)
    assert first.key != second.key
    assert first.template != second.template
    assert VECTOR.astype("<f2").tobytes()[:16] not in first.template


@pytest.mark.parametrize("position", [0, 1, 13, 40, -1])
@pytest.mark.parametrize("part", ["key", "template"])
def test_one_altered_byte_is_noticed(part, position):
    key = collection_key()
    sealed = key.seal("f", VECTOR)
    altered = bytearray(getattr(sealed, part))
    altered[position] ^= 1
    with pytest.raises(SealError, match="sealed value"):
        key.open("f", *sealed._replace(**{part: bytes(altered)}))


@pytest.mark.parametrize("sealed", [b"", b"\x01", b"\x01" + bytes(12), b"\x01" + bytes(20)])
def test_a_sealed_value_cut_short_does_not_open(sealed):
    with pytest.raises(SealError, match="sealed value"):
        collection_key().open("f", sealed, b"")


def test_an_unknown_version_says_so():
    with pytest.raises(SealError, match="starts with version 01, got 02"):
        Vault(MASTER).open_secret("RK1", b"\x02" + bytes(40))


def test_a_template_of_another_face_does_not_open():
    key = collection_key()
    with pytest.raises(SealError, match="moved"):
        key.open("other", *key.seal("f", VECTOR))


def test_a_template_of_another_collection_does_not_open():
    with pytest.raises(SealError, match="another key"):
        collection_key().open("f", *collection_key().seal("f", VECTOR))


@pytest.mark.parametrize(
    ("case", "collection_id", "space", "master"),
    [
        ("another collection", "others", "sface", MASTER),
        ("another space", "people", "arcface", MASTER),
        ("another master key", "people", "sface", bytes(32)),
    ],
)
def test_a_collection_key_opens_only_for_its_own(case, collection_id, space, master):
    sealed = Vault(MASTER).new_collection_key("people", "sface")
    with pytest.raises(SealError, match="does not open"):
        Vault(master).collection_key(sealed, collection_id, space)


def test_a_secret_of_another_name_does_not_open():
    vault = Vault(MASTER)
    with pytest.raises(SealError, match="does not open"):
        vault.open_secret("RK2", vault.seal_secret("RK1", "secret"))


def test_a_master_key_of_another_size_is_refused():
    with pytest.raises(ValueError, match="32 bytes, got 16"):
        Vault(bytes(16))


def test_a_portrait_opens_with_the_key_of_its_face_alone():
    key = collection_key()
    sealed_key, _ = key.seal("f", VECTOR)
    other_key, _ = key.seal("g", VECTOR)
    portrait = key.seal_portrait("f", sealed_key, b"jpeg")
    assert key.open_portrait("f", sealed_key, portrait) == b"jpeg"
    for face_id, face_key in (("g", other_key), ("f", other_key), ("f", b"")):
        with pytest.raises(SealError, match="sealed value"):
            key.open_portrait(face_id, face_key, portrait)


def test_a_portrait_is_not_taken_for_a_template():
    key = collection_key()
    sealed_key, _ = key.seal("f", VECTOR)
    with pytest.raises(SealError, match="does not open"):
        key.open("f", sealed_key, key.seal_portrait("f", sealed_key, b"jpeg"))


def test_the_picture_of_a_case_opens_with_the_key_of_that_case_alone():
    vault = Vault(MASTER)
    key, other = vault.new_case_key("c"), vault.new_case_key("d")
    picture = vault.seal_picture("c", key, b"jpeg")
    assert vault.open_picture("c", key, picture) == b"jpeg"
    for case_id, case_key in (("d", other), ("c", other), ("c", b"")):
        with pytest.raises(SealError, match="sealed value"):
            vault.open_picture(case_id, case_key, picture)
