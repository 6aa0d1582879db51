"""Signed checkpoints: what we sign opens, and nothing else does, step by step."""

from __future__ import annotations

import base64
import re

import pytest

from recognizance.ledger.note import sign, verifying_key
from recognizance.ledger.verifier import Checkpoint, Key, Tree, VerificationError, open_note
from recognizance.signing import PublicKey, SigningKey

SIGNER = SigningKey("recognizance-1", bytes(32))
OTHER = SigningKey("recognizance-1", bytes(31) + b"\x01")
KEY = verifying_key(SIGNER.public)


def tree_of(size):
    tree = Tree()
    for number in range(size):
        tree.add(bytes([number]) * 32)
    return tree


def signed(text, signer=SIGNER):
    signature = base64.b64encode(signer.public.id + signer.sign(text.encode())).decode()
    return f"{text}\n\u2014 {signer.public.name} {signature}\n"


@pytest.mark.parametrize("size", [0, 1, 7])
def test_what_was_signed_opens(size):
    tree = tree_of(size)
    assert open_note(sign(tree, SIGNER), KEY) == Checkpoint("recognizance-1/ledger", size, tree.root())


def test_a_note_reads_as_c2sp_has_it():
    note = sign(tree_of(3), SIGNER)
    root = base64.b64encode(tree_of(3).root()).decode()
    assert note.startswith(f"recognizance-1/ledger\n3\n{root}\n\n\u2014 recognizance-1 ")
    assert SIGNER.public.verifies(base64.b64decode(note.split(" ")[-1])[4:], note.partition("\n\n")[0].encode() + b"\n")


def test_empty_lines_after_a_note_are_passed_over():
    assert open_note(sign(tree_of(3), SIGNER) + "\n\n", KEY).size == 3


def test_signatures_of_witnesses_are_passed_over():
    note = sign(tree_of(3), SIGNER) + f"\u2014 witness.example/w {base64.b64encode(bytes(76)).decode()}\n"
    assert open_note(note, KEY).size == 3


GOOD = sign(tree_of(3), SIGNER)
ROOT = GOOD.split("\n")[2]


@pytest.mark.parametrize(
    ("note", "message"),
    [
        ("", "no signed note"),
        ("text\n", "no signed note"),
        (GOOD.replace("\u2014", "-"), "no signed note"),
        (GOOD + "\n \n", "no signed note"),
        (GOOD + "\u2014 witness\n", "no signed note"),
        (sign(tree_of(3), OTHER), "no signature of recognizance-1: it is another installation's"),
        (GOOD.replace("\u2014 recognizance-1", "\u2014 recognizance-2"), "no signature of recognizance-1"),
        (GOOD.replace("\n3\n", "\n4\n"), "signature is false"),
        (GOOD.replace("\n3\n", "\n3 \n"), "signature is false"),
        (GOOD + sign(tree_of(4), SIGNER).partition("\n\n")[2], "signature is false"),
        (signed(f"recognizance-2/ledger\n3\n{ROOT}\n"), "not one of a ledger"),
        (signed(f"recognizance-1/ledger\n03\n{ROOT}\n"), "not one of a ledger"),
        (signed(f"recognizance-1/ledger\n-3\n{ROOT}\n"), "not one of a ledger"),
        (signed(f"recognizance-1/ledger\n3\n{ROOT}\nmore\n"), "not one of a ledger"),
        (signed("recognizance-1/ledger\n3\n"), "not one of a ledger"),
        (signed("recognizance-1/ledger\n3\nAAAA\n"), "root is not 32 bytes"),
        (signed(f"recognizance-1/ledger\n3\n{ROOT}=\n"), "root is not 32 bytes"),
    ],
)
def test_what_was_not_signed_so_does_not_open(note, message):
    with pytest.raises(VerificationError, match=message):
        open_note(note, KEY)


def test_a_public_key_is_read_as_it_is_printed():
    assert Key.parse(f" {SIGNER.public}\n") == KEY
    assert PublicKey(KEY.name, KEY.raw) == SIGNER.public


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",
        "name+hash",
        re.sub(r"\+\w{8}\+", "+00000000+", str(SIGNER.public)),
        str(SIGNER.public)[:-4],
        "a+b+%%%",
    ],
)
def test_a_garbled_public_key_is_refused(text):
    with pytest.raises(VerificationError, match="this is no public key"):
        Key.parse(text)
