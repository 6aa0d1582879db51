"""Keys of installations: what one signs only its own public key verifies, and a garbled key is refused by name."""

import base64

import pytest

from recognizance.errors import SettingsError, StartError
from recognizance.signing import PublicKey, SigningKey
from recognizance.storage.folder import DataFolder

KEY = SigningKey("here", bytes(range(32)))


def test_a_signature_verifies_with_its_own_key_over_its_own_message_alone():
    signature = KEY.sign(b"said")
    assert KEY.public.verifies(signature, b"said")
    assert not KEY.public.verifies(signature, b"unsaid")
    assert not SigningKey("here", bytes(32)).public.verifies(signature, b"said")
    assert not KEY.public.verifies(signature[:-1], b"said")


def test_a_public_key_survives_the_way_through_text():
    assert PublicKey.parse(f" {KEY.public}\n") == KEY.public


def test_a_key_id_is_the_one_of_signed_notes():
    # The example of the signed-note specification (C2SP): PeterNeumann's verifier key.
    key = PublicKey.parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    assert (key.name, key.id.hex()) == ("PeterNeumann", "c74f20a3")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "reads name"),
        ("here", "reads name"),
        ("here+00000000+***", "reads name"),
        ("here+00000000+" + base64.b64encode(b"\x02" + bytes(32)).decode(), "reads name"),
        ("here+00000000+" + base64.b64encode(b"\x01" + bytes(31)).decode(), "has 32 bytes"),
        ("here+00000000+" + base64.b64encode(b"\x01" + bytes(32)).decode(), "garbled: its hash is"),
        ("+00000000+" + base64.b64encode(b"\x01" + bytes(32)).decode(), "no space and no"),
        ("a b+00000000+" + base64.b64encode(b"\x01" + bytes(32)).decode(), "no space and no"),
    ],
)
def test_a_garbled_public_key_is_refused(text, message):
    with pytest.raises(SettingsError, match=message):
        PublicKey.parse(text)


def test_an_installation_keeps_one_key_which_only_its_owner_reads(tmp_path):
    with DataFolder.open(tmp_path / "data") as folder:
        made = folder.signing_key().public
        assert (folder.path / "signing.key").stat().st_mode & 0o077 == 0
    with DataFolder.open(tmp_path / "data") as folder:
        assert folder.signing_key().public == made
    with DataFolder.open(tmp_path / "other") as other:
        assert other.signing_key().public != made


def test_a_damaged_key_stops_the_start(tmp_path):
    with DataFolder.open(tmp_path / "data") as folder:
        folder.create_private("signing.key", b"name only\n")
        with pytest.raises(StartError, match="put your backup back"):
            folder.signing_key()
